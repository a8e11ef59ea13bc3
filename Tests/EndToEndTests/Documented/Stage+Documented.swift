import Foundation
import HistoryModel
import HistoryStore
import Testing

extension Stage {
    /// A name that no format may take for its own.
    static let hostileName = "\u{1b}[2J=evil,\"x\"\r\n{層}\u{202e}"

    private static func instant(_ milliseconds: Int64) -> Timestamp {
        Timestamp(unixMilliseconds: noon + milliseconds)
    }

    /// Adds to ``makeHistory()`` what makes every documented key have a value, and be null.
    func makeDocumentedHistory() async throws {
        try makeHistory()
        try "ts,cpu_percent\n1795435200,1\n1795435210,2\n".write(
            toFile: path("imported.csv"), atomically: false, encoding: .utf8)
        try await varve("db", "import", "imported.csv", "--quiet")
        let source = Source(
            kind: .microsandbox, name: "/msb-met-\u{7}", home: nil,
            host: Host(name: "basalt", bootID: "boot-1"))
        let catalog = try Catalog(path: catalog, now: Self.instant(0))
        try catalog.setRetention(Retention(keepDetail: .seconds(86_400), maxSizeBytes: 1 << 30))
        try addHostile(to: catalog, of: source)
        try addOld(to: catalog, of: source)
        var ofHome = source
        ofHome.name = "/msb-met-home"
        ofHome.home = "/home/\u{1b}[1m=a\"lice\""
        try addClaims(to: catalog, of: ofHome)
        _ = try catalog.prune(now: Self.instant(10 * 86_400_000), limit: 1_000)
        _ = try catalog.seal(RunID(rawValue: 1))
        try addSessions(to: catalog, of: source)
    }

    /// A run of a name and labels that are code to somebody, of which everything was measured.
    private func addHostile(to catalog: borrowing Catalog, of source: Source) throws {
        let start: Int64 = -7_200_000
        let run = try catalog.begin(
            NewRun(
                sandbox: Self.hostileName,
                labels: ["team": "=1+1", "\u{1b}[31m": "a,\"b\"\n", "": "ü\u{202e}"],
                command: ["=cmd", "a\u{1b}b", "", "\u{0}"],
                process: ProcessIdentity(pid: 404, startTimeNanoseconds: 3),
                startedAt: Self.instant(start), memoryLimitBytes: 1 << 30, externalID: 42),
            of: source
        ).id
        var batch = FlushBatch()
        for step in 0..<3 as Range<Int64> {
            let at = start + step * 10_000
            var row = SampleRow(
                run: run, at: Self.instant(at), intervalMilliseconds: 10_000,
                firstAt: Self.instant(at + 1_000), lastAt: Self.instant(at + 10_000),
                sampleCount: 10, implausibleCount: 0)
            // Nothing but a sign of life was seen in the second.
            if step != 1 {
                for (index, metric) in Metric.gauges.enumerated() {
                    let value = Int64(index + 1) << 20
                    row[gauge: metric] = .init(count: 10, average: value, maximum: value + step)
                }
                for metric in Metric.counters {
                    row[counter: metric] = .init(first: step << 30, last: (step + 1) << 30)
                }
            }
            batch.rows.append(row)
        }
        var ending = RunEnding(run, at: Self.instant(start + 60_000), knownBy: .pidfd)
        ending.memoryLimitBytes = 1 << 30
        ending.memoryLimitKind = .cgroup
        ending.cpuLimitCentipercent = 15_000
        ending.cpuThrottledNanoseconds = 2_000_000_000
        ending.exitSignal = 9
        ending.coreDumped = false
        ending.reason = .agentUnresponsive
        ending.detail = "no answer\u{1b}[0m for 10 s"
        ending.usage.memoryPeakBytes = 3 << 20
        ending.usage.cpuTimeNanoseconds = 30_000_000_000
        batch.endings = [ending]
        batch.closed = [run]
        batch.events = [
            (
                run,
                LifecycleEvent(
                    .oomKill, at: Self.instant(start + 59_000), detail: "1\u{7}\r\n,\"",
                    seenBy: .recorder)
            )
        ]
        var last = Sample(at: Self.instant(start + 59_000))
        for metric in Metric.allCases { last[metric] = 1 << 20 }
        batch.finalMoments = [(run, [Sample(at: Self.instant(start + 58_000)), last])]
        try catalog.flush(batch)
    }

    /// A run of last month, of which only the summaries of hours are left.
    private func addOld(to catalog: borrowing Catalog, of source: Source) throws {
        let start: Int64 = -30 * 86_400_000
        let observed = ObservedRun(
            externalID: 7, sandboxExternalID: 1, sandbox: "old", pid: 77,
            processStartNanoseconds: nil, startedAt: Self.instant(start), memoryLimitBytes: nil,
            seenAt: Self.instant(start))
        let run = try catalog.adopt([observed], of: source)[0].id
        var row = SampleRow(
            run: run, at: Self.instant(start), intervalMilliseconds: 10_000,
            firstAt: Self.instant(start + 1_000), lastAt: Self.instant(start + 10_000),
            sampleCount: 10, implausibleCount: 0)
        row[gauge: .memory] = .init(count: 10, average: 100 << 20, maximum: 900 << 20)
        row[counter: .netRx] = .init(first: 0, last: 1 << 20)
        var batch = FlushBatch()
        batch.rows = [row]
        batch.endings = [RunEnding(run, at: Self.instant(start + 10_000), knownBy: .unknown)]
        batch.closed = [run]
        try catalog.flush(batch)
        _ = try catalog.seal(run)
    }

    /// What a runtime says of two runs that nobody saw: everything, and next to nothing.
    private func addClaims(to catalog: borrowing Catalog, of source: Source) throws {
        var whole = RunClaim(seenAt: Self.instant(-900_000))
        whole.status = "Terminated"
        whole.sandboxStatus = "Crashed"
        whole.exitCode = 9
        whole.exitSignal = 15
        whole.terminationReason = .failed
        whole.terminationDetail = "\u{1b}[1mgone,\"\"\n"
        whole.startedAt = Self.instant(-1_000_000)
        whole.terminatedAt = Self.instant(-950_000)
        whole.goneAt = Self.instant(-900_000)
        var bare = RunClaim(seenAt: Self.instant(-800_000))
        bare.status = "Terminated"
        bare.startedAt = Self.instant(-850_000)
        var empty = RunClaim(seenAt: Self.instant(-700_000))
        empty.terminatedAt = Self.instant(-750_000)
        let entries = [whole, bare, empty].enumerated().map { index, claim in
            ClaimEntry(
                ClaimedRun(
                    externalID: 900 + Int64(index), sandboxExternalID: 90 + Int64(index),
                    sandbox: "claimed", claim: claim), mayMake: true)
        }
        _ = try catalog.note(
            entries, of: source, bootedAt: nil, now: Self.instant(-600_000))
    }

    /// A recorder that has ended and told what it did, and one that was killed before that.
    private func addSessions(to catalog: borrowing Catalog, of source: Source) throws {
        for life in 0..<2 as Range<Int64> {
            let session = try catalog.beginSession(
                of: source, run: nil, pid: 40 + Int32(life), poll: .seconds(1),
                interval: .seconds(10), at: Self.instant(life * 60_000))
            guard life == 0 else { continue }
            var statistics = RecorderStatistics()
            for count in RecorderStatistics.counts { statistics[keyPath: count.path] = 3 }
            var batch = FlushBatch()
            batch.heartbeat = .init(
                session: session, at: Self.instant(59_000), isLast: true, statistics: statistics)
            try catalog.flush(batch)
        }
    }

    /// Fills the registry with slots of every sort; the first has a second sample.
    func makeDocumentedSlots() async throws -> (ForeignRuntime, ForeignRuntime.Slot) {
        let now = Timestamp.now().unixMilliseconds
        let runtime = try ForeignRuntime(on: self, abi: 3)
        try await runtime.create()
        var slots: [ForeignRuntime.Slot] = []
        for (index, name) in [Self.hostileName, "fresh", "old", "later"].enumerated() {
            let slot = try await runtime.reserve(
                sandbox: 1, limit: index == 0 ? 1 << 29 : 0, name: Array(name.utf8))
            slots.append(slot)
            // One knows no process, one chose its own id, one says that it starts tomorrow.
            try await runtime.activate(
                slot, run: name == "fresh" ? -7 : 7, pid: name == "fresh" ? -1 : 1,
                startedAt: name == "fresh" ? 0 : now + (name == "later" ? 86_400_000 : -60_000))
            guard name != "fresh" else { continue }
            try await runtime.write(Self.documentedSample(at: now, 1), to: slot)
            if name == "old" { try await runtime.release(slot) }
        }
        return (runtime, slots[0])
    }

    /// A sample that holds everything.
    static func documentedSample(at: Int64, _ step: UInt64) -> ForeignRuntime.Sample {
        ForeignRuntime.Sample(
            at: at, flags: 0x7f, cpuTime: step * 1_000_000, cpuPercent: 150, memory: 1 << 28,
            diskRead: step * 1024, diskWrite: step * 2048, netRx: step * 5, netTx: step * 6)
    }
}

extension MicrosandboxStage {
    /// Fills registries of the first and of the newest release with slots of every sort; the first has a
    /// second sample.
    func makeDocumentedSandboxes() async throws -> (ForeignRuntime, ForeignRuntime.Slot) {
        try open(isNewest: true)
        try insert(sandbox: 1, "given", run: 7, pid: 1)
        let now = Timestamp.now().unixMilliseconds
        let newest = try await foreign(3)
        let oldest = try await foreign(1)
        var first: ForeignRuntime.Slot?
        for (runtime, name, run) in [
            (newest, Stage.hostileName, 7), (newest, "fresh", -7), (newest, "over", 8),
            (oldest, "old", 9),
        ] {
            let isFresh = name == "fresh"
            let slot = try await runtime.reserve(
                sandbox: 1, limit: isFresh ? 0 : 1 << 29, name: Array(name.utf8))
            first = first ?? slot
            try await runtime.activate(
                slot, run: Int32(run), pid: 1, startedAt: isFresh ? 0 : now - 60_000)
            guard !isFresh else { continue }
            try await runtime.write(Stage.documentedSample(at: now, 1), to: slot)
            if name == "over" { try await runtime.release(slot) }
        }
        return (newest, try #require(first))
    }
}
