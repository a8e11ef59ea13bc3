import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct UsagePropertyTests {
    let scratch = try! Scratch()

    static let seeds = (1...24).map { UInt64($0) }

    @Test(arguments: seeds)
    func `usage in a window is what the polls tell of it`(seed: UInt64) throws {
        var catalog = try PolledCatalog(scratch, seed: seed, steps: true)
        let reader = try CatalogReader(path: catalog.path)
        let edges = catalog.edges(12)
        var windows = zip(edges, edges.dropFirst()).map { TimeRange(from: $0, until: $1) }
        windows += [
            .unbounded, TimeRange(from: edges[3]), TimeRange(until: edges[7]),
            TimeRange(from: edges[2], until: edges[9]),
        ]
        for window in windows {
            let report = try reader.usage(
                by: [.sandbox], matching: RunQuery(range: window), zone: .utc, now: catalog.now)
            #expect(report.total == catalog.expected(window), "seed \(seed), \(window)")
            #expect(report.problems == [], "seed \(seed)")
            var sum = Usage()
            for group in report.groups { sum.add(group.usage) }
            #expect(sum == report.total, "seed \(seed)")
        }
        #expect(catalog.runs.contains { $0.polled.resetCount > 0 && $0.polled.gapCount > 0 })
    }

    @Test(arguments: seeds)
    func `what windows that meet use adds up, run by run`(seed: UInt64) throws {
        var catalog = try PolledCatalog(scratch, seed: seed, steps: true)
        // Some hours are forgotten as well: they are cut, and nothing is lost.
        let forgets = seed % 2 == 0
        if forgets {
            try tamper(
                catalog.path,
                """
                UPDATE sample_block SET has_detail = 0 WHERE id % 2 = 0;
                DELETE FROM sample_detail WHERE block_id % 2 = 0;
                """)
        }
        let reader = try CatalogReader(path: catalog.path)
        let edges = catalog.edges(20)
        func usage(_ from: Timestamp, _ until: Timestamp, _ label: [String: String]) throws -> Usage
        {
            try reader.usage(
                by: [], matching: RunQuery(labels: label, range: .init(from: from, until: until)),
                zone: .utc, now: catalog.now
            ).total
        }
        var approximateCount = 0
        for label in [[:], ["team": "a"]] as [[String: String]] {
            let whole = try usage(edges[0], edges[edges.count - 1], label)
            var sum = Usage()
            for (from, until) in zip(edges, edges.dropFirst()) {
                sum.add(try usage(from, until, label))
            }
            // A run counts in each window in which it is alive.
            #expect(sum.runCount >= whole.runCount)
            sum.runCount = whole.runCount
            sum.unlimitedRunCount = whole.unlimitedRunCount
            #expect(sum == whole, "seed \(seed)")
            approximateCount += whole.isApproximate ? 1 : 0
        }
        #expect(forgets || approximateCount == 0)
    }

    @Test(arguments: seeds)
    func `the days of a window add up to it, and each is the window of the day`(
        seed: UInt64
    ) throws {
        let catalog = try PolledCatalog(scratch, seed: seed, steps: true)
        let reader = try CatalogReader(path: catalog.path)
        // A zone whose midnight lies within the runs.
        let zone = LocalZone.fixed(secondsEast: 10 * 3600)
        let report = try reader.usage(
            by: [.calendar(.day), .label("team")], zone: zone, now: catalog.now)
        #expect(Set(report.groups.map(\.keys[0])).count > 1)
        var sum = Usage()
        for group in report.groups {
            sum.add(group.usage)
            guard case .label(_, let team) = group.keys[1] else { continue }
            let alone = try reader.usage(
                by: [.label("team")],
                matching: RunQuery(
                    labels: team.map { ["team": $0] } ?? [:], range: group.range),
                zone: zone, now: catalog.now)
            #expect(
                alone.groups.first { $0.keys == [group.keys[1]] }?.usage == group.usage,
                "seed \(seed)")
        }
        sum.runCount = report.total.runCount
        sum.unlimitedRunCount = report.total.unlimitedRunCount
        #expect(sum == report.total, "seed \(seed)")
    }

    @Test func `over its whole life a run used what its summary says`() throws {
        var comparedCount = 0
        for seed in Self.seeds {
            let catalog = try PolledCatalog(scratch, seed: 1_000 + seed, steps: true)
            let reader = try CatalogReader(path: catalog.path)
            for run in try reader.runs() {
                var total: Usage?
                try reader.connection.forEachMeteredRun(matching: RunQuery()) { metered in
                    guard metered.id == run.id else { return }
                    var progress = UsageProgress()
                    var problems: [String] = []
                    total =
                        try reader.connection.usages(
                            of: metered, in: UsageWindows(.unbounded), .counters, now: catalog.now,
                            progress: &progress, problems: &problems, { _ in }
                        ).first?.usage
                }
                #expect(total?.cpuTimeNanoseconds == run.usage.cpuTimeNanoseconds, "seed \(seed)")
                #expect(total?.netRxBytes == run.usage.netRxBytes, "seed \(seed)")
                if let duration = run.duration {
                    #expect(total?.durationMilliseconds == duration.milliseconds, "seed \(seed)")
                }
                comparedCount += total?.cpuTimeNanoseconds == nil ? 0 : 1
            }
        }
        #expect(comparedCount > 80)
    }
}
