import HistoryModel
import HistoryStore

extension Stage {
    /// 2026-11-23T12:00:00Z.
    static let noon: Int64 = 1_795_435_200_000

    private static func instant(_ milliseconds: Int64) -> Timestamp {
        Timestamp(unixMilliseconds: noon + milliseconds)
    }

    /// Makes a catalog whose every value is known: of another host, so that nobody looks here for
    /// its processes.
    func makeHistory() throws {
        let source = Source(
            kind: .varve, name: "/varve-fixed", home: nil,
            host: Host(name: "basalt", bootID: "boot-1"))
        let catalog = try Catalog(path: catalog, now: Self.instant(0))
        try addBuild(to: catalog, of: source)
        try addCrash(to: catalog, of: source)
        _ = try catalog.begin(
            NewRun(
                sandbox: "serve", command: ["serve", "--port", "80"],
                process: ProcessIdentity(pid: 303, startTimeNanoseconds: 9),
                startedAt: Self.instant(7_200_000), memoryLimitBytes: 256 << 20),
            of: source)
    }

    /// A run that completed, with three rows and a gap between the last two.
    private func addBuild(to catalog: borrowing Catalog, of source: Source) throws {
        let run = try catalog.begin(
            NewRun(
                sandbox: "build", labels: ["team": "web", "app": "x,\"y\""],
                command: ["make", "-j4"],
                process: ProcessIdentity(pid: 101, startTimeNanoseconds: 5),
                startedAt: Self.instant(0), memoryLimitBytes: 1 << 30),
            of: source
        ).id
        var batch = FlushBatch()
        for (index, start) in [0, 10_000, 60_000].enumerated() {
            let step = Int64(index)
            var row = SampleRow(
                run: run, at: Self.instant(Int64(start)), intervalMilliseconds: 10_000,
                firstAt: Self.instant(Int64(start) + 1_000),
                lastAt: Self.instant(Int64(start) + 10_000), sampleCount: 10, implausibleCount: 0)
            row[gauge: .cpu] = .init(count: 10, average: 5_000 + step, maximum: 20_000 + step)
            row[gauge: .memory] = .init(
                count: 10, average: (100 + step) << 20, maximum: (200 + step) << 20)
            row[counter: .diskRead] = .init(first: step << 20, last: (step + 1) << 20)
            row[counter: .diskWrite] = .init(first: 0, last: 0)
            batch.rows.append(row)
        }
        batch.events = [
            (run, LifecycleEvent(.started, at: Self.instant(4), seenBy: .supervisor)),
            (run, LifecycleEvent(.firstSample, at: Self.instant(1_000), seenBy: .recorder)),
            (
                run,
                LifecycleEvent(
                    .exited, at: Self.instant(75_500), detail: "code 0", seenBy: .supervisor)
            ),
        ]
        var ending = RunEnding(run, at: Self.instant(75_500), knownBy: .waited)
        ending.durationNanoseconds = 75_496_000_000
        ending.exitCode = 0
        ending.coreDumped = false
        ending.reason = .completed
        ending.usage.cpuTimeNanoseconds = 61_250_000_000
        ending.usage.memoryPeakBytes = 150 << 20
        ending.usage.diskReadBytes = 3 << 20
        ending.usage.diskWriteBytes = 0
        batch.endings = [ending]
        batch.closed = [run]
        try catalog.flush(batch)
    }

    /// A run that was killed before it was sampled.
    private func addCrash(to catalog: borrowing Catalog, of source: Source) throws {
        let run = try catalog.begin(
            NewRun(
                sandbox: "crash", command: ["crash"],
                process: ProcessIdentity(pid: 202, startTimeNanoseconds: 7),
                startedAt: Self.instant(3_600_000)),
            of: source
        ).id
        var ending = RunEnding(run, at: Self.instant(3_600_750), knownBy: .waited)
        ending.durationNanoseconds = 750_000_000
        ending.exitSignal = 11
        ending.coreDumped = true
        ending.reason = .failed
        var batch = FlushBatch()
        batch.events = [
            (
                run,
                LifecycleEvent(
                    .killed, at: Self.instant(3_600_750), detail: "SIGSEGV, core dumped",
                    seenBy: .supervisor)
            )
        ]
        batch.endings = [ending]
        batch.closed = [run]
        try catalog.flush(batch)
    }
}
