import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct SeriesTests {
    let scratch = try! Scratch()

    func series(
        _ metrics: [Metric], from: Int64? = nil, until: Int64? = nil, now: Int64 = 60_000
    ) throws -> Series {
        try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: metrics,
            range: TimeRange(
                from: from.map(Timestamp.noon(plus:)), until: until.map(Timestamp.noon(plus:))),
            now: .noon(plus: now))
    }

    /// The run `web` with a row for each `(start, counter's first and last)`.
    func record(_ rows: [(at: Int64, first: Int64, last: Int64)]) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(
            rows.map { row in
                .tenSeconds(
                    of: run, at: .noon(plus: row.at),
                    gauges: [.memory: .init(count: 10, average: row.at / 10, maximum: row.at)],
                    counters: [.diskWrite: .init(first: row.first, last: row.last)])
            })
    }

    @Test func `gauges have averages and maxima, counters have rates that join up`() throws {
        try record([(0, 100, 900), (10_000, 1_000, 1_900), (20_000, 1_900, 1_900)])
        let series = try series([.memory, .diskWrite, .cpu])
        #expect(
            series.columns == [
                .init(.memory, .avg), .init(.memory, .max), .init(.diskWrite, .avg),
                .init(.cpu, .avg), .init(.cpu, .max),
            ])
        #expect(series.stepMilliseconds == 10_000)
        #expect(series.points.map(\.at) == [.noon, .noon(plus: 10_000), .noon(plus: 20_000)])
        #expect(series.points.map(\.lastAt).last == .noon(plus: 29_000))
        #expect(series.points.map(\.sampleCount) == [10, 10, 10])
        #expect(
            series.points.map(\.values) == [
                [0, 0, 100, nil, nil], [1_000, 10_000, 100, nil, nil],
                [2_000, 20_000, 0, nil, nil],
            ])
    }

    @Test func `a counter that falls starts a new segment, never a negative rate`() throws {
        try record([(0, 0, 900), (10_000, 100, 1_000), (20_000, 2_000, 1_000)])
        let rates = try series([.diskWrite]).points.map(\.values)
        // The growth within the row alone; of a row that holds a fall nothing is said.
        #expect(rates == [[100], [100], [nil]])
    }

    @Test func `a rate does not reach over a gap`() throws {
        try record([(0, 0, 900), (100_000, 50_000, 50_900)])
        let rates = try series([.diskWrite], now: 110_000).points.map(\.values)
        #expect(rates == [[100], [100]])
    }

    @Test func `a counter counts from the run's start, unless it is first seen late`() throws {
        try record([(50_000, 9_000, 9_900)])
        #expect(try series([.diskWrite]).points.map(\.values) == [[100]])
    }

    @Test(
        arguments: [
            (nil, nil, [0, 10_000, 20_000]),
            (0, 30_000, [0, 10_000, 20_000]),
            (9_000, 10_000, [0]), (9_001, 10_001, [10_000]), (9_001, 10_000, []),
            (15_000, 16_000, [10_000]), (19_000, nil, [10_000, 20_000]), (29_001, nil, []),
            (nil, 10_000, [0]), (nil, 10_001, [0, 10_000]), (nil, 0, []), (-50_000, 1, [0]),
            (500_000, 600_000, []), (20_000, 10_000, []),
        ] as [(Int64?, Int64?, [Int64])])
    func `a step belongs to a window that it reaches into`(
        from: Int64?, until: Int64?, expected: [Int64]
    ) throws {
        try record([(0, 0, 900), (10_000, 1_000, 1_900), (20_000, 2_000, 2_900)])
        let series = try series([.diskWrite], from: from, until: until)
        #expect(series.points.map(\.at) == expected.map(Timestamp.noon(plus:)))
        // The rate is the same as in the whole series: it begins in the row before the window.
        for point in series.points {
            #expect(point.values == [point.at == .noon ? 100 : 100])
        }
        #expect((series.stepMilliseconds == nil) == expected.isEmpty)
    }

    @Test func `a short run of two samples has a rate`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(at: .noon(plus: 3)), of: .own).id
        var row = SampleRow.tenSeconds(of: run, at: .noon, count: 2)
        row.firstAt = .noon(plus: 3)
        row.lastAt = .noon(plus: 53)
        row[counter: .diskWrite] = .init(first: 0, last: 5_000)
        try catalog.write([row])
        #expect(try series([.diskWrite]).points.map(\.values) == [[100_000]])
    }

    @Test func `a run without rows has no points and no step`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(), of: .own)
        let series = try series(Metric.allCases, now: 1_000)
        #expect(series.points.isEmpty && series.gaps.isEmpty)
        #expect(series.stepMilliseconds == nil)
    }

    @Test func `a series of a run that is not there is refused`() throws {
        _ = try scratch.makeCatalog()
        let error = #expect(throws: StoreError.self) { try series([.cpu]) }
        #expect(error?.code == .noSuchRun)
    }

    @Test func `a clock that stepped back gives no false rate`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        for (at, first) in [
            (0, 0), (10_000, 1_000), (20_000, 2_000), (5_000, 3_000), (10_500, 4_000),
        ] {
            try catalog.write([
                .tenSeconds(
                    of: run, at: .noon(plus: Int64(at)),
                    counters: [.diskWrite: .init(first: Int64(first), last: Int64(first) + 900)])
            ])
        }
        let rates = try series([.diskWrite]).points.compactMap { $0.values[0] }
        #expect(rates.count == 5)
        #expect(rates.allSatisfy { $0 >= 99 && $0 <= 101 })
        #expect(
            try CatalogReader(path: scratch.catalog).runs().first?.usage.diskWriteBytes == 4_900)
    }

    @Test func `values and times at the ends of their range do not crash`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(), of: .own)
        let extremes = [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max]
        var random = SeededRandom(seed: 7)
        func any() -> Int64 { extremes.randomElement(using: &random) ?? 0 }
        var sql = ""
        for _ in 0..<400 {
            let columns = ["sequence"] + SampleRow.columns.dropFirst(2)
            let some = columns.indices.map { _ in "\(any())" }.joined(separator: ", ")
            sql += """
                INSERT OR IGNORE INTO sample (run_id, at_ms, \(columns.joined(separator: ", ")))
                VALUES (1, \(any() ^ Int64.random(in: 0...3, using: &random)), \(some));\n
                """
        }
        for start in [Int64.min, 0, .max] {
            try tamper(
                scratch.catalog,
                """
                DELETE FROM sample; DELETE FROM recorder_session;
                UPDATE run SET started_at_ms = \(start), duration_ns = NULL,
                    terminated_at_ms = nullif(\(any()), 1);
                INSERT INTO recorder_session (id, source_id, kind, run_id, pid, boot_id, poll_ms,
                    interval_ms, started_at_ms, heartbeat_at_ms, ended_at_ms) VALUES (1, 1, 'record', NULL, 1, NULL, 1, \(Int64.max),
                    \(Int64.min), \(Int64.max), NULL), (2, 1, 'run', 1, 1, NULL, 1, -1,
                    \(Int64.min), \(Int64.max), \(Int64.max));
                """ + sql)
            let reader = try CatalogReader(path: scratch.catalog)
            var pointCount = 0
            for from in [nil, Int64.min, 0, .max] {
                for until in [nil, Int64.min, 0, .max] {
                    for now in [Int64.min, 0, .max] {
                        let series = try reader.series(
                            of: RunReference("web"), metrics: Metric.allCases,
                            range: TimeRange(
                                from: from.map(Timestamp.init(unixMilliseconds:)),
                                until: until.map(Timestamp.init(unixMilliseconds:))),
                            now: Timestamp(unixMilliseconds: now))
                        pointCount += series.points.count
                        for case let (metric, value?) in series.points.flatMap({
                            zip(series.columns, $0.values)
                        }) where metric.metric.kind == .counter {
                            #expect(value >= 0)
                        }
                    }
                }
            }
            #expect(pointCount > 0)
            #expect(try reader.runs().count == 1)
            try catalog.end(RunID(rawValue: 1), at: .noon)
        }
    }
}
