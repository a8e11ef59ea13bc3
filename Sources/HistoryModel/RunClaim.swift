/// What a run's source itself says of it, beside what was seen.
///
/// microsandbox says `Stopped` of a sandbox whose command ended with 9, and gives the time of its sweep
/// as the end of a run that crashed: so both are kept.
public struct RunClaim: Hashable, Sendable {
    /// The run's status in the source's words, as `Running` or `Terminated`.
    public var status: String?
    /// The sandbox's status in the source's words, as `Stopped` or `Crashed`.
    public var sandboxStatus: String?
    /// The code it says the run ended with.
    public var exitCode: Int32?
    /// The number of the signal that it says ended the run.
    public var exitSignal: Int32?
    /// Why it says the run ended.
    public var terminationReason: TerminationReason?
    /// What it says besides: not safe to print as it is.
    public var terminationDetail: String?
    /// When it says the run started; `nil` if it does not say, or nothing that can be true.
    public var startedAt: Timestamp?
    /// When it says the run ended.
    public var terminatedAt: Timestamp?
    /// Whether the sandbox is removed when it ends; `nil` before microsandbox 0.5.10 or so.
    public var isEphemeral: Bool?
    /// When this was read.
    public var seenAt: Timestamp
    /// When its row was found to be gone; `nil` while it is there.
    public var goneAt: Timestamp?

    /// Nothing but that something was read at `seenAt`.
    public init(seenAt: Timestamp) {
        self.seenAt = seenAt
    }

    /// Whether it says that the run has ended.
    public var isOfEnd: Bool { status == RunStatus.terminated.rawValue || terminatedAt != nil }

    /// Whether the end was written by a sweep that found the run's process gone: then its time is that
    /// of the sweep, and its reason says only that.
    public var isOfSweep: Bool {
        isOfEnd && terminationReason == .internalError && exitCode == nil && exitSignal == nil
    }
}

/// A run as its source's own catalog has it.
public struct ClaimedRun: Hashable, Sendable {
    /// The run's id there.
    public var externalID: Int64
    /// Its sandbox's id there.
    public var sandboxExternalID: Int64
    /// Its sandbox's name, as it came: not safe to print as it is.
    public var sandbox: String
    /// The process that runs it.
    public var pid: Int32?
    /// What is said of it.
    public var claim: RunClaim
    /// The sandbox's labels; `nil` if they could not be read.
    public var labels: [String: String]?
    /// The memory that the sandbox is given.
    public var memoryLimitBytes: Int64?
    /// The CPU that the sandbox is given, in hundredths of a percent of one core.
    public var cpuLimitCentipercent: Int64?

    /// A run of which only this much is known.
    public init(
        externalID: Int64, sandboxExternalID: Int64, sandbox: String, claim: RunClaim
    ) {
        self.externalID = externalID
        self.sandboxExternalID = sandboxExternalID
        self.sandbox = sandbox
        self.claim = claim
    }
}
