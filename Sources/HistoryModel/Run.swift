/// One life of a sandbox, as the catalog knows it.
///
/// `nil` is *not known*; nothing here is zero because nobody measured it.
public struct Run: Hashable, Sendable {
    /// Its id in the catalog.
    public var id: RunID
    /// The id that its source gave it; with ``startedAt`` its identity there.
    public var externalID: Int64?
    /// The sandbox's name, as it came: not safe to print as it is.
    public var sandbox: String
    /// The labels it had.
    public var labels: [String: String] = [:]
    /// Where it was recorded from.
    public var source: Source
    /// The process that was sampled.
    public var pid: Int32?
    /// The command's arguments.
    public var command: [String]?
    /// Whether it still runs.
    public var status: RunStatus
    /// The code it ended with.
    public var exitCode: Int32?
    /// The number of the signal that ended it.
    public var exitSignal: Int32?
    /// Whether it left a core dump.
    public var coreDumped: Bool?
    /// How the end is known.
    public var exitKnownBy: ExitKnowledge?
    /// Why it ended.
    public var terminationReason: TerminationReason?
    /// More about why it ended, in words.
    public var terminationDetail: String?
    /// When it started.
    public var startedAt: Timestamp
    /// When it ended.
    public var terminatedAt: Timestamp?
    /// How long it took: monotonic where that was measured, else the difference of the times.
    public var duration: Duration?
    /// Its memory limit.
    public var memoryLimitBytes: Int64?
    /// Where ``memoryLimitBytes`` comes from.
    public var memoryLimitKind: MemoryLimitKind?
    /// The most CPU that its cgroup grants, in hundredths of a percent of one core.
    public var cpuLimitCentipercent: Int64?
    /// How long its cgroup was held back by the CPU limit while it ran, in nanoseconds.
    public var cpuThrottledNanoseconds: Int64?
    /// What it used.
    public var usage = RunUsage()
    /// What its source's own catalog says of it; `nil` if that was not read.
    public var claim: RunClaim?

    /// A run of which only this much is known.
    public init(
        id: RunID, sandbox: String, source: Source, status: RunStatus, startedAt: Timestamp
    ) {
        self.id = id
        self.sandbox = sandbox
        self.source = source
        self.status = status
        self.startedAt = startedAt
    }
}

/// What a memory limit is a limit of.
///
/// The set is open: a later version may know more.
public struct MemoryLimitKind: RawRepresentable, Hashable, Sendable {
    /// The word in the catalog.
    public let rawValue: String

    /// The kind that the catalog calls `rawValue`.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Resident memory of its memory cgroup: at the limit the OOM killer strikes.
    public static let cgroup = MemoryLimitKind(rawValue: "cgroup")
    /// Address space of each process (`RLIMIT_AS`): at the limit allocations fail.
    public static let addressSpace = MemoryLimitKind(rawValue: "address_space")
    /// Data segment of each process (`RLIMIT_DATA`): at the limit allocations fail.
    public static let dataSegment = MemoryLimitKind(rawValue: "data_segment")
    /// What the sandbox's runtime was told to give it.
    public static let source = MemoryLimitKind(rawValue: "source")
}

/// What a run used from start to end, or so far.
public struct RunUsage: Hashable, Sendable {
    /// User and system time of the process and of all that it waited for.
    public var cpuTimeNanoseconds: Int64?
    /// The highest sampled CPU rate, in hundredths of a percent.
    public var cpuMaxCentipercent: Int64?
    /// The peak of the largest process as the kernel counted it, else the highest sampled.
    public var memoryPeakBytes: Int64?
    /// The highest sampled memory, over the whole process tree where the tree was sampled.
    public var memoryMaxBytes: Int64?
    /// Bytes read from storage.
    public var diskReadBytes: Int64?
    /// Bytes written to storage.
    public var diskWriteBytes: Int64?
    /// Bytes received.
    public var netRxBytes: Int64?
    /// Bytes sent.
    public var netTxBytes: Int64?
    /// Samples that went into rows; `nil` until a recorder has closed the run.
    public var sampleCount: Int64?

    /// Nothing known.
    public init() {}
}
