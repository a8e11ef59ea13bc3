internal import HistoryModel
internal import ProcessWatch
internal import Recorder
internal import SlotRegistry

/// Sandboxes that run, end and begin again: each every few hours, some of them killed.
struct Fleet {
    let stage: Stage
    let processes = SimulatedProcesses()
    private(set) var endCount = 0
    private(set) var killCount = 0
    private let stepSeconds: Int
    private var sandboxes: [Sandbox] = []
    private var nextRun: Int32 = 1

    private struct Sandbox {
        var load: SandboxLoad
        var writer: SlotWriter?
        var pid: Int32 = 0
        /// When it ends, or begins again.
        var changesAt = 0
    }

    /// How long a sandbox is away between two runs, in seconds.
    private static let pause = 20

    init(_ count: Int, stepSeconds: Int) throws {
        stage = try Stage(capacity: max(16, count * 2))
        self.stepSeconds = stepSeconds
        for index in 0..<count {
            let load = SandboxLoad(index, stepSeconds: stepSeconds, hasEverything: false)
            sandboxes.append(Sandbox(load: load))
        }
    }

    static func time(_ second: Int) -> Timestamp {
        Timestamp(unixMilliseconds: Stage.start + Int64(second) * 1000)
    }

    /// Writes what all show at `second`; ends those whose time has come, and begins others.
    mutating func advance(to second: Int, _ recorder: inout Recorder) throws {
        for index in sandboxes.indices {
            if second >= sandboxes[index].changesAt {
                try change(index, at: second, &recorder)
            }
            guard let writer = sandboxes[index].writer else { continue }
            // Sampled in the second before, each at a time of its own.
            let at = Self.time(second).unixMilliseconds - 1000 + Int64(index * 7 % 1000)
            try writer.write(sandboxes[index].load.next(at: at))
        }
    }

    private mutating func change(
        _ index: Int, at second: Int, _ recorder: inout Recorder
    ) throws {
        if let writer = sandboxes[index].writer {
            try end(index, writer, at: second, &recorder)
            sandboxes[index].writer = nil
            sandboxes[index].changesAt = second + Self.pause
            return
        }
        let pid = nextRun
        processes.start(pid)
        let probe = processes
        sandboxes[index].writer = try stage.run(
            nextRun, sandbox: Int32(index + 1), pid: pid, startedAt: Self.time(second),
            isGone: { probe.isGone($0) })
        sandboxes[index].load = SandboxLoad(
            Int(nextRun), stepSeconds: stepSeconds, hasEverything: false)
        sandboxes[index].pid = pid
        nextRun += 1
        // Two to eight hours, no two alike.
        sandboxes[index].changesAt = second + 7_200 + (Int(nextRun) * 7_919) % 21_600
    }

    private mutating func end(
        _ index: Int, _ writer: SlotWriter, at second: Int, _ recorder: inout Recorder
    ) throws {
        endCount += 1
        let pid = sandboxes[index].pid
        let isKilled = endCount.isMultiple(of: 5)
        let token = processes.token(of: pid)
        processes.end(pid)
        // One that is killed leaves its slot as it is.
        if isKilled { killCount += 1 } else { try writer.release(to: .stale) }
        guard let token else { return }
        let now = ClockReading(inStepWith: Self.time(second))
        recorder.note(.died(token: token, at: now.wall))
        try recorder.readSlot(of: token, stage.reader, now: now)
        // As wait(2) has it: killed by signal 9, or exited with 0.
        let exit = ProcessExit(waitStatus: isKilled ? 9 : 0)
        recorder.note(
            .ended(token: token, ProcessEnd(exit: exit, source: .pidfd, oomKills: nil)))
    }
}
