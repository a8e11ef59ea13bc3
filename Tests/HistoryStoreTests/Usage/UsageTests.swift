import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct UsageTests {
    let scratch = try! Scratch()

    /// Puts its clock forward by an hour on the 24th, 22 hours after noon of the 23rd, and back two days
    /// later.
    static let summer = LocalZone { $0 >= 1_795_514_400 && $0 < 1_795_687_200 ? 3600 : 0 }

    private func usage(
        _ groupings: [UsageGrouping] = [], _ from: Int64? = nil, _ until: Int64? = nil,
        zone: LocalZone = .utc, now: Int64 = 360_000_000
    ) throws -> UsageReport {
        try CatalogReader(path: scratch.catalog).usage(
            by: groupings,
            matching: RunQuery(
                range: TimeRange(
                    from: from.map { .noon(plus: $0) }, until: until.map { .noon(plus: $0) })),
            zone: zone, now: .noon(plus: now))
    }

    @Test func `nothing was used where nothing ran`() throws {
        _ = try scratch.makeCatalog()
        let report = try usage([.sandbox, .calendar(.day)])
        #expect(report.groups == [])
        #expect(report.total == Usage())
    }

    @Test func `days whose clock is changed have 23 and 25 hours`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(), of: .own)
        let report = try usage([.calendar(.day)], zone: Self.summer, now: 4 * 86_400_000)
        #expect(
            report.groups.map { $0.keys[0].text } == [
                "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27",
            ])
        #expect(
            report.groups.map { $0.usage.durationMilliseconds / 3_600_000 } == [12, 23, 24, 25, 12])
        #expect(report.total.durationMilliseconds == 4 * 86_400_000)
        #expect(report.groups.map(\.usage.runCount) == [1, 1, 1, 1, 1])
        #expect(report.total.runCount == 1)
    }

    @Test func `months are told apart, and labels that runs do not have are a group`() throws {
        let catalog = try scratch.makeCatalog()
        let day: Int64 = 86_400_000
        let first = try catalog.begin(.web(labels: ["team": "b"]), of: .own).id
        let second = try catalog.begin(.web(labels: ["team": "a", "x": "y"]), of: .own).id
        let third = try catalog.begin(.web(), of: .own).id
        for run in [first, second, third] { try catalog.end(run, at: .noon(plus: 10 * day)) }
        let report = try usage([.label("team"), .calendar(.month)], now: 40 * day)
        #expect(
            report.groups.map { $0.keys.map(\.text) } == [
                ["a", "2026-11"], ["a", "2026-12"], ["b", "2026-11"], ["b", "2026-12"],
                [nil, "2026-11"], [nil, "2026-12"],
            ])
        // From noon of 23 November to the end of the month, and on to noon of 3 December.
        #expect(report.groups[0].usage.durationMilliseconds == day * 15 / 2)
        #expect(report.groups[1].usage.durationMilliseconds == day * 5 / 2)
        #expect(report.total.runCount == 3)
        #expect(report.total.unlimitedRunCount == 3)
        #expect(report.total.memoryLimitByteHours == nil)
    }

    @Test func `an hour that is forgotten is cut in proportion, and its edges are exact`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        // Two hours of which each second reads a byte, of 1 GiB of memory.
        try catalog.write(
            (0..<720 as Range<Int64>).map { step in
                .tenSeconds(
                    of: run, at: .noon(plus: step * 10_000),
                    gauges: [.memory: .init(count: 10, average: 1 << 30, maximum: 1 << 30)],
                    counters: [.diskRead: .init(first: step * 10, last: step * 10 + 9)])
            })
        try catalog.end(run, at: .noon(plus: 7_200_000))
        _ = try catalog.seal(run)
        let exact = try usage([], 0, 3_600_000).total
        #expect(!exact.isApproximate)
        #expect(exact.diskReadBytes == 3_599)
        try tamper(
            scratch.catalog,
            "UPDATE sample_block SET has_detail = 0; DELETE FROM sample_detail;")
        let whole = try usage([], 0, 3_600_000).total
        #expect(whole.isApproximate)
        #expect(whole.diskReadBytes == 3_599)
        #expect(abs(whole.memoryByteHours! - exact.memoryByteHours!) < 1 << 20)
        let half = try usage([], 0, 1_800_000).total
        #expect(half.isApproximate)
        #expect(abs(half.diskReadBytes! - 1_800) <= 1)
        let other = try usage([], 1_800_000, 3_600_000).total
        #expect(half.diskReadBytes! + other.diskReadBytes! == 3_599)
        #expect(half.memoryByteHours! + other.memoryByteHours! == whole.memoryByteHours!)
    }

    @Test func `what cannot be read is taken from the summary, and said`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon, counters: [.diskRead: .init(first: 5, last: 9)])
        ])
        try catalog.end(run, at: .noon(plus: 10_000))
        _ = try catalog.seal(run)
        try tamper(scratch.catalog, "UPDATE sample_detail SET detail = x'00'")
        let report = try usage()
        #expect(report.total.diskReadBytes == 9)
        #expect(report.total.isApproximate)
        #expect(report.problems.count == 1)
        #expect(
            report.problems.first?.hasPrefix("run 1 of 'web', hour 2026-11-23T12:00:00.000Z: ")
                == true)
        #expect(
            report.problems.first?.hasSuffix("; its usage is taken from the hour's summary") == true
        )
    }

    @Test func `counters and clocks that nobody can believe do not stop it`() throws {
        let catalog = try scratch.makeCatalog()
        for index in 0..<3 {
            let run = try catalog.begin(.web(), of: .own).id
            let values: [Int64] = [.max, 0, .max - 1, -5, .min, .max, 7, 1 << 62]
            try catalog.write(
                values.enumerated().map { step, value in
                    .tenSeconds(
                        of: run, at: .noon(plus: Int64(step) * 10_000 * Int64(index * 400 + 1)),
                        count: index == 1 ? .max : 1,
                        gauges: [.memory: .init(count: 1, average: value, maximum: value)],
                        counters: [
                            .cpuTime: .init(first: value, last: .max),
                            .diskRead: .init(first: .max, last: value),
                        ])
                })
            if index > 0 { try catalog.end(run, at: .noon(plus: .max / 4 * Int64(index))) }
            if index > 1 { _ = try catalog.seal(run) }
        }
        try tamper(
            scratch.catalog,
            """
            UPDATE run SET started_at_ms = -9223372036854775808, memory_limit_bytes = 9223372036854775807
                WHERE id = 1;
            UPDATE run SET duration_ns = 9223372036854775807, net_rx_bytes = -9223372036854775808
                WHERE id = 2;
            UPDATE sample SET first_at_ms = -9223372036854775808 WHERE at_ms % 20000 = 0;
            UPDATE sample SET last_at_ms = 9223372036854775807 WHERE at_ms % 30000 = 0;
            UPDATE sample_block SET has_detail = 0, cpu_time_fallen_ns = 9223372036854775807,
                first_after_ms = 9223372036854775807, last_after_ms = -9223372036854775808;
            """)
        let report = try usage([.sandbox])
        #expect(report.total.runCount == 3)
        #expect(report.total.cpuTimeNanoseconds == .max)
        #expect(report.total.memoryByteHours ?? -1 >= 0)
        // Days that are too many to be true are cut off, and nothing of them is lost.
        let days = try usage([.calendar(.day)])
        #expect(days.groups.count <= 36_600)
        #expect(days.total.runCount == 3)
        let reader = try CatalogReader(path: scratch.catalog)
        for resource in TopQuery.Resource.allCases {
            for measure in TopQuery.Measure.allCases {
                for end in [nil, Timestamp.noon(plus: 15_000)] {
                    _ = try reader.top(
                        TopQuery(by: resource, measure, precision: .interval),
                        matching: RunQuery(range: TimeRange(from: .noon(plus: 5_000), until: end)),
                        now: .noon)
                }
            }
        }
    }

    @Test(
        arguments: [
            (nil, nil, nil, false), (0, nil, .completed, false), (1, nil, .failed, true),
            (nil, 9, nil, true), (0, nil, .maxDurationExceeded, true),
            (nil, 15, .shutdownRequested, false), (nil, nil, .internalError, true),
            (3, nil, nil, true), (nil, 15, .signal, false), (0, nil, .agentUnresponsive, true),
        ] as [(Int32?, Int32?, TerminationReason?, Bool)])
    func `a run failed unless it ended well or was told to end`(
        code: Int32?, signal: Int32?, reason: TerminationReason?, hasFailed: Bool
    ) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var ending = RunEnding(run, at: .noon(plus: 5_000), knownBy: .waited)
        (ending.exitCode, ending.exitSignal, ending.reason) = (code, signal, reason)
        var batch = FlushBatch()
        batch.endings = [ending]
        try catalog.flush(batch)
        #expect(try CatalogReader(path: scratch.catalog).runs()[0].hasFailed == hasFailed)
        // In the window in which it ended, and in no other.
        #expect(try usage([], 0, 5_000).total.failureCount == 0)
        #expect(try usage([], 5_000, 5_001).total.failureCount == (hasFailed ? 1 : 0))
    }
}
