import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct SealingTests {
    let scratch = try! Scratch()

    /// Noon and so many hours.
    static func hour(_ hours: Int64, plus milliseconds: Int64 = 0) -> Timestamp {
        .noon(plus: hours * 3_600_000 + milliseconds)
    }

    /// Six rows of each of `hours`, ten minutes apart, of a counter that grows by ten a row.
    static func rows(of run: RunID, hours: Range<Int64>) -> [SampleRow] {
        hours.flatMap { hour in
            (0..<6 as Range<Int64>).map { step in
                let value = (hour * 6 + step) * 10
                return .tenSeconds(
                    of: run, at: Self.hour(hour, plus: step * 600_000),
                    gauges: [.memory: .init(count: 10, average: value, maximum: value + 5)],
                    counters: [.diskWrite: .init(first: value, last: value + 10)])
            }
        }
    }

    func blocks() throws -> [[String]] {
        try Connection(path: scratch.catalog, mode: .readOnly).rows(
            """
            SELECT run_id, (at_ms - 1795435200000) / 3600000.0, row_count, has_detail
            FROM sample_block ORDER BY run_id, at_ms
            """)
    }

    @Test func `hours that are over are sealed, and every hour of a closed run`() throws {
        let catalog = try scratch.makeCatalog()
        let open = try catalog.begin(.web(), of: .own).id
        let closed = try catalog.begin(.web(), of: .own).id
        try catalog.write(Self.rows(of: open, hours: 0..<3) + Self.rows(of: closed, hours: 2..<3))
        try catalog.end(closed, at: Self.hour(3))
        // A millisecond before the end of its second hour.
        let report = try catalog.seal(before: Self.hour(2, plus: -1), limit: 100)
        #expect(report.blockCount == 2 && report.rowCount == 12)
        #expect(report.detailBytes > 0 && report.duration > .zero)
        #expect(!report.hasMore && report.problems == [])
        #expect(try blocks() == [["1", "0.0", "6", "1"], ["2", "2.0", "6", "1"]])
        #expect(try catalog.seal(before: Self.hour(2), limit: 100).blockCount == 1)
        let summary = try CatalogReader(path: scratch.catalog).summary()
        #expect(summary.rowCount == 24 && summary.hotRowCount == 6)
        #expect(summary.sampleCount == 240)
        #expect(summary.blockCount == 3 && summary.forgottenBlockCount == 0)
        #expect(summary.lastAt == Self.hour(3))
        #expect(try CatalogReader(path: scratch.catalog).problems() == [])
    }

    @Test func `no more is sealed in one go than is asked for`() throws {
        let catalog = try scratch.makeCatalog()
        for _ in 0..<3 {
            let run = try catalog.begin(.web(), of: .own).id
            try catalog.write(Self.rows(of: run, hours: 0..<2))
        }
        var counts: [Int] = []
        var hasMore = true
        while hasMore {
            let report = try catalog.seal(before: Self.hour(9), limit: 4)
            counts.append(report.blockCount)
            hasMore = report.hasMore
        }
        #expect(counts == [4, 2])
        #expect(try catalog.seal(before: Self.hour(9), limit: 0) == SealReport())
    }

    @Test func `sealing where nothing is to be sealed writes nothing`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(Self.rows(of: run, hours: 0..<1))
        let before = catalog.connection.totalChanges
        let other = try Connection(path: scratch.catalog, mode: .readWrite)
        try other.prepareForWriting()
        try other.transaction(.immediate) {
            // It does not even wait for the lock.
            let report = try catalog.seal(before: .noon, limit: 9)
            #expect(report.blockCount == 0)
        }
        #expect(catalog.connection.totalChanges == before)
    }

    @Test func `a run's end seals all of it`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(Self.rows(of: run, hours: 0..<2))
        #expect(try catalog.seal(run).blockCount == 2)
        #expect(try catalog.seal(run).blockCount == 0)
        #expect(try blocks().count == 2)
    }

    @Test func `a summary is that of its rows`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var late = SampleRow.tenSeconds(
            of: run, at: .noon(plus: 20_000), count: 2,
            gauges: [
                .cpu: .init(count: 2, average: 50, maximum: 60),
                .memory: .init(count: 1, average: 7, maximum: 9),
            ],
            counters: [
                .cpuTime: .init(first: 3, last: 8), .netRx: .init(first: 200, last: 200),
            ])
        late.implausibleCount = 3
        late.intervalMilliseconds = 5_000
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon, count: 8,
                gauges: [.cpu: .init(count: 7, average: 100, maximum: 900)],
                counters: [
                    .cpuTime: .init(first: 10, last: 40), .netRx: .init(first: 0, last: 100),
                ]),
            .tenSeconds(
                of: run, at: .noon(plus: 10_000), counters: [.cpuTime: .init(first: 40, last: 45)]),
            late,
        ])
        _ = try catalog.seal(run)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows(
                """
                SELECT at_ms = 1795435200000, interval_ms, first_at_ms - at_ms, last_at_ms - at_ms,
                    first_sequence, last_sequence, row_count, sample_count, implausible_count
                FROM sample_block
                """) == [["1", "5000", "0", "29000", "1", "3", "3", "20", "3"]])
        // 7 samples of 100 and 2 of 50; the counter fell from 45.
        #expect(
            try connection.rows(
                """
                SELECT cpu_count, cpu_min_centipercent, cpu_avg_centipercent, cpu_max_centipercent,
                    memory_count, memory_min_bytes, memory_avg_bytes, memory_max_bytes,
                    upper_free_count, upper_free_min_bytes, cpu_time_first_ns, cpu_time_last_ns,
                    cpu_time_fallen_ns, net_rx_first_bytes, net_rx_last_bytes, net_rx_fallen_bytes,
                    net_tx_first_bytes, net_tx_fallen_bytes
                FROM sample_block
                """) == [
                    [
                        "9", "50", "89", "900", "1", "7", "7", "9", "0", "-", "10", "8", "45", "0",
                        "200", "0", "-", "-",
                    ]
                ])
        let usage = try CatalogReader(path: scratch.catalog).run(RunReference("web")).usage
        #expect(usage.cpuTimeNanoseconds == 53)
        #expect(usage.netRxBytes == 200)
        #expect(usage.netTxBytes == nil)
        #expect(usage.cpuMaxCentipercent == 900 && usage.memoryMaxBytes == 9)
        #expect(usage.sampleCount == 20)
    }

    @Test func `what a counter had reached counts, whether it fell within an hour or between two`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        func write(_ at: Timestamp, _ first: Int64, _ last: Int64) throws {
            try catalog.write([
                .tenSeconds(of: run, at: at, counters: [.diskRead: .init(first: first, last: last)])
            ])
        }
        try write(Self.hour(0), 0, 100)
        try write(Self.hour(0, plus: 10_000), 5, 30)
        try write(Self.hour(1), 20, 40)
        try write(Self.hour(2), 1, 2)
        let reader = try CatalogReader(path: scratch.catalog)
        for _ in 0..<2 {
            #expect(try reader.run(RunReference("web")).usage.diskReadBytes == 100 + 30 + 40 + 2)
            _ = try catalog.seal(before: Self.hour(2), limit: 9)
        }
        #expect(try blocks().count == 2)
        try catalog.end(run, at: Self.hour(3))
        #expect(try reader.run(RunReference("web")).usage.diskReadBytes == 172)
    }

    @Test func `hours before 1970 and at the ends of time are hours too`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        let times: [Int64] = [.min, -3_600_001, -3_600_000, -1, 0, 3_599_999, .max - 1]
        try catalog.write(
            times.map {
                SampleRow(
                    run: run, sample: Sample(at: Timestamp(unixMilliseconds: $0)),
                    intervalMilliseconds: 1)
            })
        #expect(
            try catalog.seal(before: Timestamp(unixMilliseconds: 3_599_999), limit: 9).blockCount
                == 3)
        #expect(try catalog.seal(run).blockCount == 2)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows("SELECT at_ms, row_count FROM sample_block ORDER BY at_ms") == [
                ["\(Int64.min)", "1"], ["-7200000", "1"], ["-3600000", "2"], ["0", "2"],
                ["\(Int64.max / 3_600_000 * 3_600_000)", "1"],
            ])
        let series = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: [.cpu], now: .noon)
        #expect(series.points.map(\.at.unixMilliseconds) == times)
    }

    @Test func `a row that comes late opens its hour again, and its order goes on`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        let rows = Self.rows(of: run, hours: 0..<2)
        try catalog.write(rows)
        _ = try catalog.seal(before: Self.hour(2), limit: 9)
        // The later state of the last row, and one more row.
        var last = try #require(rows.last)
        last.sampleCount = 11
        try catalog.write([last, .tenSeconds(of: run, at: Self.hour(1, plus: 3_300_000))])
        #expect(try blocks() == [["1", "0.0", "6", "1"]])
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows("SELECT sequence, sample_count FROM sample ORDER BY at_ms").suffix(
                3)
                == [["11", "10"], ["12", "11"], ["13", "10"]])
        _ = try catalog.seal(before: Self.hour(2), limit: 9)
        #expect(try blocks() == [["1", "0.0", "6", "1"], ["1", "1.0", "7", "1"]])
        // With no row left, the order goes on from the blocks.
        try catalog.write([.tenSeconds(of: run, at: Self.hour(2))])
        #expect(try connection.integer("SELECT sequence FROM sample") == 14)
        #expect(try CatalogReader(path: scratch.catalog).problems() == [])
    }

    @Test func `an hour that is opened again before a later one does not turn the order back`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(Self.rows(of: run, hours: 0..<2))
        _ = try catalog.seal(before: Self.hour(2), limit: 9)
        // The clock stepped back into the first hour, and then forward beyond all.
        try catalog.write([
            .tenSeconds(
                of: run, at: Self.hour(0, plus: 60_000),
                counters: [.diskWrite: .init(first: 120, last: 130)])
        ])
        try catalog.write([
            .tenSeconds(
                of: run, at: Self.hour(3), counters: [.diskWrite: .init(first: 130, last: 140)])
        ])
        #expect(try blocks() == [["1", "1.0", "6", "1"]])
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows("SELECT sequence FROM sample ORDER BY at_ms").map { $0[0] }
                == ["1", "13", "2", "3", "4", "5", "6", "13"])
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.run(RunReference("web")).usage.diskWriteBytes == 140)
        _ = try catalog.seal(before: Self.hour(4), limit: 9)
        #expect(try reader.run(RunReference("web")).usage.diskWriteBytes == 140)
        #expect(try reader.problems() == [])
    }

    @Test func `a run whose rows are all sealed is adopted, and closed, by what its blocks tell`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.adopt([.box()], of: .foreign)[0].id
        try catalog.write(Self.rows(of: run, hours: 0..<1))
        _ = try catalog.seal(before: Self.hour(1), limit: 9)
        let adopted = try catalog.adopt([.box()], of: .foreign)[0]
        #expect(adopted.id == run)
        #expect(adopted.lastSampleAt == Self.hour(0, plus: 3_009_000))
        struct Nothing: AbandonedRunEvidence {
            func isRunning(_ process: ProcessIdentity) -> Bool { false }
            func lastSample(of run: AbandonedRun) -> Sample? { nil }
            var bootedAt: Timestamp? { nil }
        }
        #expect(try catalog.reconcile(on: .here, now: Self.hour(5), evidence: Nothing()) == [run])
        let found = try CatalogReader(path: scratch.catalog).run(RunReference("box"))
        #expect(found.terminatedAt == Self.hour(0, plus: 3_009_000))
        #expect(found.usage.sampleCount == 60)
        #expect(found.usage.diskWriteBytes == 60)
    }

    @Test func `final moments come back whole, and the first ones stay`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        let samples = (0..<120).map { second in
            var sample = Sample(at: .noon(plus: Int64(second) * 1000))
            sample[.memory] = second % 7 == 0 ? nil : Int64(second) << 20
            sample[.cpuTime] = .max - Int64(second)
            return sample
        }
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.finalMoments(of: run) == nil)
        var batch = FlushBatch()
        batch.finalMoments = [(run, samples), (run, [Sample(at: .noon)])]
        try catalog.flush(batch)
        batch.finalMoments = [(run, [])]
        try catalog.flush(batch)
        #expect(try reader.finalMoments(of: run) == samples)
        #expect(
            try catalog.connection.rows(
                """
                SELECT first_at_ms - 1795435200000, last_at_ms - 1795435200000, sample_count
                FROM final_moments
                """) == [["0", "119000", "120"]])
        #expect(try reader.summary().finalMomentsCount == 1)
        #expect(try reader.problems() == [])
        try tamper(scratch.catalog, "UPDATE final_moments SET sample_count = 3")
        #expect(
            try reader.problems()
                == ["the final moments of run 1 of 'web' hold 120 samples and speak of 3"])
    }
}
