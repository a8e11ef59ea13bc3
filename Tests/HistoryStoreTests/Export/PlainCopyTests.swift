import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct PlainCopyTests {
    let scratch = try! Scratch()

    private var copyPath: String { scratch.path("copy.db") }

    private func copy(
        of path: String? = nil, matching query: RunQuery = RunQuery(), replacing: Bool = false
    ) throws -> CatalogReader.IntervalsEnd {
        try CatalogReader(path: path ?? scratch.catalog).writePlainCopy(
            to: copyPath, matching: query, replacing: replacing, now: ToldCatalog.now)
    }

    @Test func `a copy is one private file, closed, whole, and of its own`() throws {
        _ = try ToldCatalog(scratch)
        let end = try copy()
        #expect(end.runCount == 2 && end.intervalCount == 788 && end.problems.isEmpty)
        #expect(try scratch.mode("copy.db") == 0o600)
        #expect(try scratch.names.filter { $0.hasPrefix("copy") } == ["copy.db"])
        let copy = try Connection(path: copyPath, mode: .readOnly)
        #expect(try copy.journalMode == "delete")
        #expect(try copy.integrityCheck() == [])
        #expect(try copy.rows("PRAGMA foreign_key_check") == [])
        #expect(try copy.applicationID == 0)
        let error = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: copyPath)
        }
        #expect(error?.code == .foreignDatabase)
        #expect(
            try copy.rows("SELECT reason, from_at_ms, to_at_ms FROM gap WHERE reason = 'stalled'")
                .count
                == 1)
    }

    @Test func `its tables are those of the catalog, and its views have the same columns`() throws {
        _ = try ToldCatalog(scratch)
        _ = try copy()
        let live = try Connection(path: scratch.catalog, mode: .readOnly)
        let copy = try Connection(path: copyPath, mode: .readOnly)
        for table in ["source", "sandbox", "run", "run_label", "lifecycle_event"] {
            let rows = try live.rows("SELECT * FROM \(table)")
            #expect(!rows.isEmpty)
            #expect(try copy.rows("SELECT * FROM \(table)") == rows, "\(table)")
        }
        for view in ["run_view", "event_view"] {
            let rows = try live.rows("SELECT * FROM \(view)")
            #expect(!rows.isEmpty)
            #expect(try copy.rows("SELECT * FROM \(view)") == rows, "\(view)")
        }
        for view in ["run_view", "event_view", "gap_view", "usage_view", "sandbox_label"] {
            let columns = "SELECT name FROM pragma_table_info('\(view)')"
            #expect(try copy.rows(columns) == live.rows(columns), "\(view)")
        }
    }

    @Test func `a file of that name is kept unless it may be replaced`() throws {
        _ = try ToldCatalog(scratch)
        try scratch.write(Data("precious".utf8), to: "copy.db")
        let error = #expect(throws: StoreError.self) { try copy() }
        #expect(error?.code == .destinationExists)
        #expect(
            error?.description == "cannot write \(copyPath): a file of that name exists already")
        #expect(try scratch.bytes("copy.db") == Data("precious".utf8))
        _ = try copy(replacing: true)
        #expect(
            try Connection(path: copyPath, mode: .readOnly).integer("SELECT count(*) FROM run") == 2
        )
    }

    @Test func `a copy that is given up leaves nothing`() throws {
        struct Enough: Error {}
        _ = try ToldCatalog(scratch)
        let before = try scratch.ownNames
        #expect(throws: Enough.self) {
            try CatalogReader(path: scratch.catalog).writePlainCopy(
                to: copyPath, now: ToldCatalog.now
            ) { _ in throw Enough() }
        }
        #expect(try scratch.ownNames == before)
        let error = #expect(throws: StoreError.self) {
            try CatalogReader(path: scratch.catalog).writePlainCopy(
                to: scratch.path("none/copy.db"), now: ToldCatalog.now)
        }
        #expect(
            error?.description.hasPrefix("cannot write \(scratch.path("none/copy.db")): ") == true)
    }

    @Test func `runs are chosen, and of a window the intervals that begin in it`() throws {
        _ = try ToldCatalog(scratch)
        let range = TimeRange(from: .noon(plus: 7_200_000), until: .noon(plus: 7_260_000))
        let end = try copy(matching: RunQuery(labels: ["team": "blue"], range: range))
        #expect(end.runCount == 1 && end.intervalCount == 6)
        let connection = try Connection(path: copyPath, mode: .readOnly)
        #expect(try connection.rows("SELECT min(run_id), count(*) FROM interval") == [["2", "6"]])
        #expect(try connection.integer("SELECT count(DISTINCT run_id) FROM lifecycle_event") == 1)
        _ = try copy(matching: RunQuery(sandbox: "none"), replacing: true)
        let empty = try Connection(path: copyPath, mode: .readOnly)
        #expect(try empty.integer("SELECT count(*) FROM interval") == 0)
        #expect(try empty.rows("SELECT * FROM usage_view") == [])
    }

    @Test(arguments: (1...12).map { UInt64($0) })
    func `its intervals are those of the catalog, and growth adds up as usage does`(
        seed: UInt64
    ) throws {
        let catalog = try PolledCatalog(scratch, seed: seed, steps: false)
        let end = try CatalogReader(path: catalog.path).writePlainCopy(
            to: copyPath, now: catalog.now)
        let query = """
            SELECT \(IntervalColumn.all.map(\.name).joined(separator: ", ")) FROM interval
            ORDER BY run_id, at_ms
            """
        let live = try ToldCatalog.rows(query, in: catalog.path)
        let copy = try Connection(path: copyPath, mode: .readOnly)
        var rows: [[SQLValue]] = []
        try copy.withStatement(query) { statement in
            while try statement.step() {
                rows.append((0..<statement.columnCount).map { statement.value(at: $0) })
            }
        }
        #expect(rows == live && rows.count == end.intervalCount, "seed \(seed)")
        #expect(rows.count > 100)
        // Sealed hours and hot rows of the catalog, and intervals of the copy, grow by the same.
        let reader = try Connection(path: catalog.path, mode: .readOnly)
        let growth = "SELECT run_id, sum(net_rx_bytes) FROM usage_view GROUP BY 1 ORDER BY 1"
        #expect(try copy.rows(growth) == reader.rows(growth), "seed \(seed)")
        for (id, _) in catalog.runs {
            let series = try CatalogReader(path: catalog.path).series(
                of: RunReference("\(id)"), SeriesQuery([.init(.netRx, .avg)]), now: catalog.now)
            let gaps = try copy.rows(
                "SELECT from_at_ms, to_at_ms, reason FROM gap WHERE run_id = \(id) ORDER BY 1")
            #expect(
                gaps
                    == series.gaps.map {
                        [
                            "\($0.from.unixMilliseconds)", "\($0.to.unixMilliseconds)",
                            $0.reason.rawValue,
                        ]
                    })
        }
    }
}
