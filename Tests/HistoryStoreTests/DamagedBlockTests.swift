import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

/// An hour that cannot be read is missed by itself; everything else still answers.
struct DamagedBlockTests {
    let scratch = try! Scratch()

    /// What is wrong with the second of three hours, and what is said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let sql: String
        let sentence: String
        var testDescription: String { sentence }
    }

    static let cases = [
        Case(
            sql: """
                UPDATE sample_detail SET detail = substr(detail, 1, 40)
                WHERE block_id = (SELECT id FROM sample_block WHERE at_ms = 1795438800000)
                """,
            sentence: "the block is damaged: its checksum is wrong"),
        Case(
            sql: """
                UPDATE sample_detail SET detail = CAST(x'09' || substr(detail, 2) AS BLOB)
                WHERE block_id = (SELECT id FROM sample_block WHERE at_ms = 1795438800000)
                """,
            sentence:
                "the block has format 9, written by a newer varve; this one reads format 1"),
        Case(
            sql: """
                DELETE FROM sample_detail
                WHERE block_id = (SELECT id FROM sample_block WHERE at_ms = 1795438800000)
                """,
            sentence: "its detail is missing"),
        Case(
            sql: """
                UPDATE sample_detail SET detail = (SELECT detail FROM sample_detail
                    WHERE block_id = (SELECT id FROM sample_block WHERE at_ms = 1795435200000))
                WHERE block_id = (SELECT id FROM sample_block WHERE at_ms = 1795438800000)
                """,
            sentence: "its detail holds rows of another hour"),
        Case(
            sql: "UPDATE sample_block SET row_count = 7 WHERE at_ms = 1795438800000",
            sentence: "its detail holds 6 rows, and its summary speaks of 7"),
    ]

    private func threeHours(_ catalog: borrowing Catalog) throws -> RunID {
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(SealingTests.rows(of: run, hours: 0..<3))
        _ = try catalog.seal(before: SealingTests.hour(3), limit: 9)
        return run
    }

    @Test(arguments: cases)
    func `its hour is named, and shown by its summary`(damage: Case) throws {
        let catalog = try scratch.makeCatalog()
        let run = try threeHours(catalog)
        try tamper(scratch.catalog, damage.sql)
        let reader = try CatalogReader(path: scratch.catalog)
        let place = "run 1 of 'web', hour 2026-11-23T13:00:00.000Z"
        let series = try reader.series(
            of: RunReference("web"), metrics: [.memory, .diskWrite], now: SealingTests.hour(3))
        #expect(
            series.problems == ["\(place): \(damage.sentence); the hour is shown by its summary"])
        #expect(series.points.count == 13)
        #expect(series.points[6].at == SealingTests.hour(1))
        #expect(series.points[6].sampleCount == 60)
        #expect(series.points[6].values[0] == 85)
        #expect(series.points[6].values[1] == 115)
        // Sixty bytes from the last sample of the hour before to the last one of this.
        #expect(series.points[6].values[2] == 60.0 / 3_600)
        #expect(try reader.runs().map(\.usage.diskWriteBytes) == [180])
        #expect(try reader.problems() == ["\(place): \(damage.sentence)"])
        // What comes for that hour has a block of its own, and nothing is lost.
        try catalog.write([.tenSeconds(of: run, at: SealingTests.hour(1, plus: 3_300_000))])
        #expect(try reader.problems() == ["\(place): \(damage.sentence)"])
        for _ in 0..<2 {
            #expect(
                try reader.series(of: RunReference("web"), metrics: [.cpu], now: .noon).points.map {
                    $0.at.milliseconds(since: .noon)
                }[5...8] == [3_000_000, 3_600_000, 6_900_000, 7_200_000])
            #expect(try catalog.seal(run).blockCount <= 1)
        }
        #expect(
            try catalog.connection.rows(
                "SELECT at_ms - 1795435200000, row_count FROM sample_block WHERE id > 3")
                == [["3600001", "1"]])
        // That one can be opened again.
        try catalog.write([.tenSeconds(of: run, at: SealingTests.hour(1, plus: 3_400_000))])
        #expect(try catalog.connection.integer("SELECT count(*) FROM sample") == 2)
        _ = try catalog.seal(run)
        #expect(
            try catalog.connection.integer("SELECT row_count FROM sample_block WHERE id > 3") == 2)
        #expect(try reader.summary().sampleCount == 200)
    }

    @Test func `a summary that is not that of its detail is found, and an hour in both`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try threeHours(catalog)
        try tamper(
            scratch.catalog,
            """
            UPDATE sample_block SET memory_max_bytes = 1, disk_write_fallen_bytes = 9
                WHERE at_ms = 1795435200000;
            INSERT INTO sample (run_id, at_ms, sequence, interval_ms, first_at_ms, last_at_ms,
                sample_count) VALUES (1, 1795435200001, 1, 1, 1, 1, 1);
            UPDATE sample_block SET has_detail = 0 WHERE at_ms = 1795442400000;
            """)
        let noon = "run 1 of 'web', hour 2026-11-23T12:00:00.000Z"
        #expect(
            try CatalogReader(path: scratch.catalog).problems().sorted() == [
                "\(noon): it is sealed, and has rows besides",
                "\(noon): its summary is not that of its detail (memory, disk_write)",
                """
                run 1 of 'web', hour 2026-11-23T14:00:00.000Z: its detail is there, but counts as \
                forgotten
                """,
            ])
    }

    @Test func `final moments that cannot be read are an error that names the run`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var batch = FlushBatch()
        batch.finalMoments = [(run, [Sample(at: .noon)])]
        try catalog.flush(batch)
        try tamper(scratch.catalog, "UPDATE final_moments SET detail = x''")
        let reader = try CatalogReader(path: scratch.catalog)
        let error = #expect(throws: StoreError.self) { try reader.finalMoments(of: run) }
        #expect(error?.code == .malformed)
        #expect(
            error?.description == """
                the final moments of run 1 in \(scratch.catalog) cannot be read: the block is \
                damaged: it is empty
                """)
        #expect(
            try reader.problems()
                == ["the final moments of run 1 of 'web': the block is damaged: it is empty"])
    }
}
