import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

/// What is asked of the catalog beside a run: its earlier ones, its neighbours, and weeks at a glance.
struct AroundTests {
    let scratch = try! Scratch()

    @Test func `an overview takes hours as they are summed up, and decodes none`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(SealingTests.rows(of: run, hours: 0..<3))
        _ = try catalog.seal(before: SealingTests.hour(3), limit: 9)
        // No detail can be read any more, which nobody notices who does not want it.
        try tamper(scratch.catalog, "UPDATE sample_detail SET detail = x'00'")
        let reader = try CatalogReader(path: scratch.catalog)
        var query = SeriesQuery([.init(.cpu, .avg), .init(.cpu, .max)])
        query.prefersSummaries = true
        let coarse = try reader.series(of: RunReference("web"), query, now: SealingTests.hour(3))
        #expect(coarse.problems.isEmpty)
        #expect(coarse.points.count == 3)
        query.prefersSummaries = false
        let fine = try reader.series(of: RunReference("web"), query, now: SealingTests.hour(3))
        #expect(fine.problems.count == 3)
        #expect(fine.points == coarse.points)
    }

    @Test func `earlier runs are of the same sandbox and source, the latest first`() throws {
        let catalog = try scratch.makeCatalog()
        let first = try catalog.begin(.web(at: .noon(plus: -300_000)), of: .own).id
        let second = try catalog.begin(.web(at: .noon(plus: -200_000)), of: .own).id
        _ = try catalog.begin(.web(at: .noon(plus: -100_000)), of: Source.own.on(.elsewhere))
        let run = try catalog.begin(.web(), of: .own).id
        _ = try catalog.begin(.web(at: .noon(plus: 100_000)), of: .own)
        let reader = try CatalogReader(path: scratch.catalog)
        let wanted = try reader.run(RunReference("\(run)"))
        #expect(try reader.runs(before: wanted, limit: 9).map(\.id) == [second, first])
        #expect(try reader.runs(before: wanted, limit: 1).map(\.id) == [second])
    }

    @Test
    func `neighbours are those of the machine that were alive then, with what they used then`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        let near = try catalog.begin(.web(), of: Source.foreign).id
        let ended = try catalog.begin(.web(), of: Source.foreign).id
        _ = try catalog.begin(.web(), of: Source.own.on(.elsewhere))
        _ = try catalog.begin(.web(at: .noon(plus: 120_000)), of: .own)
        try catalog.end(ended, at: .noon(plus: 10_000))
        try catalog.write(
            (0..<12).map { index in
                .tenSeconds(
                    of: near, at: .noon(plus: Int64(index) * 10_000),
                    gauges: [
                        .cpu: .init(count: 10, average: 1_000 * Int64(index), maximum: 90_000),
                        .memory: .init(count: 10, average: 5, maximum: Int64(index)),
                    ])
            })
        let reader = try CatalogReader(path: scratch.catalog)
        let uses = try reader.use(
            besides: try reader.run(RunReference("\(run)")), from: .noon(plus: 90_000),
            to: .noon(plus: 120_000), limit: 9, now: .noon(plus: 120_000))
        #expect(uses.map(\.run.id) == [near])
        #expect(uses.first?.cpuCentipercent == 10_000)
        #expect(uses.first?.memoryBytes == 11)
        #expect(uses.first?.diskBytesPerSecond == nil)
    }

    @Test func `a burst in a neighbour's first moments is not taken for what it did all along`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        let near = try catalog.begin(.web(), of: Source.foreign).id
        var first = SampleRow.tenSeconds(
            of: near, at: .noon, count: 1,
            counters: [.diskWrite: .init(first: 30_000_000, last: 30_000_000)])
        // Its only sample: 30 MB in 100 ms.
        (first.firstAt, first.lastAt) = (.noon(plus: 100), .noon(plus: 100))
        let second = SampleRow.tenSeconds(
            of: near, at: .noon(plus: 10_000),
            counters: [.diskWrite: .init(first: 30_000_000, last: 30_000_000)])
        try catalog.write([first, second])
        let reader = try CatalogReader(path: scratch.catalog)
        let uses = try reader.use(
            besides: try reader.run(RunReference("\(run)")), from: .noon,
            to: .noon(plus: 20_000), limit: 9, now: .noon(plus: 20_000))
        let rate = try #require(uses.first?.diskBytesPerSecond)
        #expect(rate <= 3_000_000)
        #expect(rate >= 1_500_000)
    }
}
