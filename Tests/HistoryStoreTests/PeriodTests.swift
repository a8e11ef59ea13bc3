import HistoryModel
import HistoryStore
import Testing

/// A whole period, read at once.
struct PeriodTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let hour: Int64 = 3_600_000

    @Test func `runs, events, usage and the time before are those of the single queries`() throws {
        let catalog = try scratch.makeCatalog()
        for index in 0..<40 {
            let start = Timestamp.noon(plus: Int64(index) * Self.hour)
            let run = try catalog.begin(
                NewRun(
                    sandbox: index % 3 == 0 ? "web" : "ci", labels: ["n": "\(index % 2)"],
                    command: ["x"], startedAt: start, memoryLimitBytes: 1 << 30), of: .own
            ).id
            var ending = RunEnding(
                run, at: start.advanced(byMilliseconds: 60_000), knownBy: .waited)
            (ending.exitCode, ending.reason) =
                index % 5 == 0 ? (1, .failed) : (0, .completed)
            ending.usage.memoryPeakBytes = Int64(index) << 20
            ending.usage.cpuTimeNanoseconds = Int64(index) * 1_000_000_000
            var batch = FlushBatch()
            batch.events = [
                (run, LifecycleEvent(.oomKill, at: start, seenBy: .supervisor)),
                (run, LifecycleEvent(.started, at: start, seenBy: .supervisor)),
            ]
            batch.endings = [ending]
            batch.closed = [run]
            try catalog.flush(batch)
        }
        let (from, until) = (
            Timestamp.noon(plus: 20 * Self.hour), Timestamp.noon(plus: 30 * Self.hour)
        )
        let reader = try CatalogReader(path: scratch.catalog)
        for filters in [
            RunQuery(), RunQuery(sandbox: "w*"), RunQuery(labels: ["n": "1"]),
            RunQuery(sandbox: "no"),
        ] {
            let period = try reader.period(
                from: from, until: until, matching: filters, events: [.oomKill], now: until)
            var query = filters
            query.range = TimeRange(from: from, until: until)
            let runs = try reader.runs(matching: query)
            #expect(Set(period.runs.map(\.id)) == Set(runs.map(\.id)))
            for run in runs {
                let outline = try #require(period.runs.first { $0.id == run.id })
                #expect(outline.hasFailed == run.hasFailed && outline.sandbox.name == run.sandbox)
                #expect(outline.highestMemoryBytes == run.usage.memoryPeakBytes)
                #expect(outline.durationMilliseconds == run.duration?.milliseconds)
            }
            let failed = runs.filter(\.hasFailed)
            #expect(Set(period.events.keys) == Set(failed.map(\.id)))
            #expect(period.events.values.allSatisfy { $0.map(\.kind) == [.oomKill] })
            query.range = TimeRange(from: .noon(plus: 10 * Self.hour), until: from)
            let before = try reader.runs(matching: query)
            #expect(period.endedBefore == before.count)
            #expect(period.failedBefore == before.count { $0.hasFailed })
            query.range = TimeRange(from: from, until: until)
            let usage = try reader.usage(by: [], matching: query, now: until).total
            #expect(period.usage.cpuTimeNanoseconds == usage.cpuTimeNanoseconds)
            #expect(period.usage.runCount == usage.runCount)
        }
    }

    @Test func `sandboxes of one name are told apart by machine and registry, not by their age`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let home = Source(
            kind: .microsandbox, name: "/msb-v2", home: "/root/.microsandbox", host: .here)
        var newer = home
        newer.name = "/msb-v3"
        let elsewhere = Source.own.on(Host(name: "granite", bootID: nil))
        for (index, source) in [Source.own, elsewhere, home, newer].enumerated() {
            let run = try catalog.begin(
                NewRun(
                    sandbox: "web", command: ["x"],
                    startedAt: .noon(plus: Int64(index) * 1_000)), of: source
            ).id
            var batch = FlushBatch()
            var ending = RunEnding(
                run, at: .noon(plus: Int64(index) * 1_000 + 500), knownBy: .waited)
            ending.usage.cpuTimeNanoseconds = 1_000_000_000
            batch.endings = [ending]
            batch.closed = [run]
            try catalog.flush(batch)
        }
        let period = try CatalogReader(path: scratch.catalog).period(
            from: .noon, until: .noon(plus: Self.hour), matching: RunQuery(), events: [],
            now: .noon(plus: Self.hour))
        #expect(period.usage.cpuTimeNanoseconds == 4_000_000_000)
        let used = period.usageOfSandboxes.mapValues { $0.cpuTimeNanoseconds ?? 0 }
        #expect(Set(period.runs.map(\.sandbox)) == Set(used.keys))
        let identities = used.keys.sorted()
        #expect(identities.map(\.name) == ["web", "web", "web"])
        let seconds = identities.map { (used[$0] ?? 0) / 1_000_000_000 }
        #expect(seconds.sorted() == [1, 1, 2])
        let microsandbox = try #require(identities.first { $0.kind == .microsandbox })
        #expect(
            microsandbox.registry == "/root/.microsandbox" && microsandbox.host == Host.here.name)
        #expect(used[microsandbox] == 2_000_000_000)
    }

    @Test func `a recorder is missed between its lives, never before its first one`() throws {
        _ = try scratch.makeCatalog()
        let noon = Timestamp.noon.unixMilliseconds
        func session(_ from: Int64, _ to: Int64, _ ended: Bool) -> String {
            "(1, 'record', 1, 1000, 10000, \(noon + from), \(noon + to), \(ended ? "\(noon + to)" : "NULL"))"
        }
        try tamper(
            scratch.catalog,
            """
            INSERT INTO source VALUES (1, 'varve', '/r', NULL, 'here', NULL, 0, 0);
            INSERT INTO recorder_session (source_id, kind, pid, poll_ms, interval_ms, started_at_ms,
                heartbeat_at_ms, ended_at_ms) VALUES
                \(session(1_000, 50_000, true)), \(session(40_000, 60_000, true)),
                \(session(100_000, 150_000, false));
            """)
        let reader = try CatalogReader(path: scratch.catalog)
        let period = try reader.period(
            from: .noon(plus: -100_000), until: .noon(plus: 200_000), matching: RunQuery(),
            events: [], now: .noon(plus: 190_000))
        #expect(
            period.recorders == [
                RecorderPresence(
                    registry: "/r", host: "here",
                    absences: [
                        .init(from: .noon(plus: 60_000), to: .noon(plus: 100_000)),
                        .init(from: .noon(plus: 160_000), to: .noon(plus: 190_000)),
                    ])
            ])
    }

    @Test func `gaps are cut by the period and added up by reason`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(NewRun.web(), of: .own).id
        let noon = Timestamp.noon.unixMilliseconds
        try tamper(
            scratch.catalog,
            """
            INSERT INTO gap (run_id, from_at_ms, reason, to_at_ms) VALUES
                (\(run), \(noon + 1_000), 'stalled', \(noon + 4_000)),
                (\(run), \(noon + 9_000), 'stalled', \(noon + 90_000)),
                (\(run), \(Int64.min), 'odd', \(Int64.max)),
                (\(run), \(noon + 50_000), 'torn', \(noon + 60_000));
            """)
        let reader = try CatalogReader(path: scratch.catalog)
        let period = try reader.period(
            from: .noon, until: .noon(plus: 10_000), matching: RunQuery(), events: [],
            now: .noon(plus: 10_000))
        #expect(period.gaps.map(\.reason) == ["odd", "stalled"])
        #expect(period.gaps.map(\.milliseconds) == [10_000, 4_000])
        #expect(period.gaps.map(\.count) == [1, 2])
    }
}
