public import HistoryModel

/// What came of the wish to watch a process.
public enum WatchOutcome: Hashable, Sendable {
    /// This very process is held: ``ProcessReport/died(token:at:)`` and then
    /// ``ProcessReport/ended(token:_:)`` will tell of its end.
    case watching(ProcessIdentity)
    /// It has died already, nobody knows when, and its parent has not waited for it yet. Only
    /// ``ProcessReport/ended(token:_:)`` will follow.
    case dead(ProcessIdentity)
    /// No process has the pid. Nothing will follow.
    case gone
    /// The pid was given out again, to this process. Nothing will follow.
    case another(ProcessIdentity)
    /// The system cannot hold it, or not tell which one it is: old kernel, no descriptors left. The
    /// caller has to look for itself.
    case unsupported(errorNumber: Int32)
}

/// What a wait tells of a watched process.
public enum ProcessReport: Hashable, Sendable {
    /// The out-of-memory killer struck in its memory cgroup while it lived, see
    /// ``ProcessWatch/lookForKills()``.
    case oomKills(token: UInt64, OOMKills)
    /// It died; `at` is the wall clock's time when the wait noticed.
    case died(token: UInt64, at: Timestamp)
    /// How it ended, as far as anybody will know; the watch of it is over.
    case ended(token: UInt64, ProcessEnd)
}

/// How a watched process ended, with its evidence.
public struct ProcessEnd: Hashable, Sendable {
    /// Who told how a process ended.
    public enum Source: Hashable, Sendable {
        /// `PIDFD_GET_INFO` with `PIDFD_INFO_EXIT`; Linux 6.15 and later.
        case pidfd
        /// `/proc/<pid>/stat` field 52, before its parent had waited for it.
        case stat
        /// `NOTE_EXITSTATUS` of `kqueue(2)`; macOS.
        case kqueue
    }

    /// Code or signal; `nil` if nobody can tell.
    public let exit: ProcessExit?
    /// Who told; `nil` with ``exit``.
    public let source: Source?
    /// How far the kills of the out-of-memory killer rose in its memory cgroup between the last look at
    /// them and its death; `nil` if nobody can tell.
    public let oomKills: OOMKills?

    /// An end that `source` told; without an exit nobody did.
    public init(exit: ProcessExit?, source: Source?, oomKills: OOMKills?) {
        self.exit = exit
        self.source = exit == nil ? nil : source
        self.oomKills = oomKills
    }
}
