/// What a process's handle says of its exit.
enum ExitAnswer: Hashable {
    /// Its wait status.
    case known(Int32)
    /// Its parent has not waited for it.
    case notYet
    /// Nor will it ever be told.
    case never
}

/// What has become of a process that is held.
enum HeldState: Hashable {
    case alive
    /// Dead, and not waited for by its parent.
    case zombie
    /// Gone for good; its pid may be another's.
    case reaped
}

/// One process that is watched, and what is known of its death so far.
struct WatchedProcess: Sendable {
    let token: UInt64
    let handle: HeldProcess
    var cgroup: MemoryCgroup?
    var hasDied = false
    /// Its wait status as `/proc` showed it when it had just died.
    var statStatus: Int32?
    var oomKills: OOMKills?
    /// How often it was reported already that kills were seen.
    var killReportCount = 0
    /// The monotonic time at which the question how it ended is closed.
    var settleBy: UInt64 = .max

    init(token: UInt64, handle: HeldProcess, cgroup: MemoryCgroup?) {
        self.token = token
        self.handle = handle
        self.cgroup = cgroup
    }

    /// Its end as `/proc` told it, if that did.
    func end() -> ProcessEnd {
        ProcessEnd(
            exit: statStatus.flatMap { ProcessExit(waitStatus: $0) }, source: .stat,
            oomKills: oomKills)
    }

    /// Its end as the system told it with `status`.
    ///
    /// A pidfd tells the status of the thread that led the process. When another thread brought the
    /// core dump about, bit 7 is missing there (seen on Linux 6.18); `/proc` has the process's own.
    func end(told status: Int32, by source: ProcessEnd.Source) -> ProcessEnd {
        if let statStatus, statStatus & ~0x80 == status & ~0x80 {
            return ProcessEnd(
                exit: ProcessExit(waitStatus: statStatus), source: source, oomKills: oomKills)
        }
        // Where the two differ, what wait(2) tells the parent is what /proc says.
        if statStatus != nil { return end() }
        return ProcessEnd(
            exit: ProcessExit(waitStatus: status, tellsCoreDumps: source != .pidfd),
            source: source, oomKills: oomKills)
    }
}
