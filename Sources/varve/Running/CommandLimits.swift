internal import HistoryModel
internal import HistoryStore
internal import ProcessWatch
internal import Recorder

/// What limits a command from outside, and what the kernel did to it because of that.
struct CommandLimits {
    private let pid: Int32
    private var cgroups: CgroupTrail
    private var resources: ResourceLimits
    private let kernelLog: KernelLog?
    /// What the last look at its end saw.
    private var lastKills: [OOMKills] = []

    /// Looks at the process `pid`, which has not started the command yet.
    ///
    /// - Parameter isEvidenceKept: Whether anybody will be told of ``events(killed:at:)``.
    init(of pid: Int32, isEvidenceKept: Bool) {
        self.pid = pid
        kernelLog = isEvidenceKept ? KernelLog() : nil
        cgroups = CgroupTrail(of: pid, in: CgroupMounts())
        resources = ResourceLimits.of(pid: pid) ?? ResourceLimits()
    }

    /// Its memory limit, as it was when last seen.
    var memory: MemoryLimit? {
        MemoryLimit(cgroupBytes: cgroups.memoryLimitBytes, resources: resources)
    }

    /// Its CPU limit, as it was when last seen.
    var cpuCentipercent: Int64? { cgroups.cpuLimitCentipercent }

    /// Looks whether the command has moved to another cgroup, and what the out-of-memory killer did.
    ///
    /// - Returns: What it did since the last look.
    mutating func look() -> [LifecycleEvent] {
        cgroups.look()
        return cgroups.takeOOMKills().map(LifecycleEvent.init)
    }

    /// Looks a last time at the command, which has ended at `instant` and was not reaped.
    mutating func finish(at instant: Timestamp) {
        cgroups.look(at: instant)
        lastKills = cgroups.takeOOMKills()
        cgroups.readLimits()
        // A command may limit itself, as a shell does with `ulimit`.
        if let last = ResourceLimits.of(pid: pid) { resources = last }
    }

    /// What the out-of-memory killer did between the last look before and the end of the command.
    ///
    /// - Parameter isKilled: Whether the command was ended by SIGKILL.
    func lastOOMKills(isKilled: Bool, at instant: Timestamp) -> [LifecycleEvent] {
        if isKilled, let victim = kernelLog?.oomVictims().first(where: { $0.pid == pid }) {
            // It is counted, too.
            return [
                LifecycleEvent(
                    .oomKill, at: instant, detail: victim.sentence, seenBy: .supervisor)
            ]
        }
        return lastKills.map(LifecycleEvent.init)
    }

    /// How its cgroup refused it processes.
    var processLimitEvent: LifecycleEvent? {
        guard let refused = cgroups.refusedForks else { return nil }
        return LifecycleEvent(
            .processLimit, at: refused.seenAt, detail: refused.sentence, seenBy: .supervisor)
    }

    /// Adds to `ending` what limited the command.
    func describe(in ending: inout RunEnding) {
        ending.memoryLimitBytes = memory?.bytes
        ending.memoryLimitKind = memory?.kind
        ending.cpuLimitCentipercent = cpuCentipercent
        ending.cpuThrottledNanoseconds = cgroups.throttledNanoseconds
    }
}

extension OOMVictim {
    /// What happened, in words. The cgroup's name is as it came: not safe to print as it is.
    var sentence: String {
        let place =
            switch cause {
            case .cgroup(let path): " at the limit of the memory cgroup \(path)"
            case .someCgroup: " at the limit of its memory cgroup"
            case .host: ", as the host had no memory left"
            }
        return OOMKillText.named(pid: pid, place)
    }
}

extension LifecycleEvent {
    /// That `kills` were seen by the supervisor.
    fileprivate init(_ kills: OOMKills) {
        self.init(.oomKill, at: kills.seenAt, detail: kills.sentence, seenBy: .supervisor)
    }
}

extension RefusedForks {
    /// What happened, in words. The cgroup's name is as it came: not safe to print as it is.
    var sentence: String {
        let times = count == 1 ? "a new process" : "\(count) new processes"
        return EventBound.after(
            notBefore, "the cgroup \(cgroup) refused \(times): it had as many as it may (pids.max)")
    }
}
