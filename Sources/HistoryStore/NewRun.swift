public import HistoryModel

/// A run that is about to start, supervised by this program.
public struct NewRun: Hashable, Sendable {
    /// The sandbox's name.
    public var sandbox: String
    /// The run's labels.
    public var labels: [String: String]
    /// The command's arguments.
    public var command: [String]
    /// The command's process, if there is one already.
    public var process: ProcessIdentity?
    /// When it starts.
    public var startedAt: Timestamp
    /// Its memory limit, if it has one.
    public var memoryLimitBytes: Int64?
    /// What that is a limit of.
    public var memoryLimitKind: MemoryLimitKind?
    /// The most CPU that its cgroup grants, in hundredths of a percent of one core.
    public var cpuLimitCentipercent: Int64?
    /// The id in its slot, where the slot was filled before the catalog could be reached.
    public var externalID: Int64?

    /// A run of `command` in the sandbox `sandbox`.
    public init(
        sandbox: String, labels: [String: String] = [:], command: [String],
        process: ProcessIdentity? = nil, startedAt: Timestamp, memoryLimitBytes: Int64? = nil,
        externalID: Int64? = nil
    ) {
        self.sandbox = sandbox
        self.labels = labels
        self.command = command
        self.process = process
        self.startedAt = startedAt
        self.memoryLimitBytes = memoryLimitBytes
        self.externalID = externalID
    }
}

/// What the catalog calls a run that it was told of.
public struct BegunRun: Hashable, Sendable {
    /// The run.
    public let id: RunID
    /// Its sandbox.
    public let sandbox: SandboxID
}

/// A run as a recorder sees it in its slot.
public struct ObservedRun: Hashable, Sendable {
    /// The slot's run id.
    public var externalID: Int64
    /// The slot's sandbox id.
    public var sandboxExternalID: Int64
    /// The slot's sandbox name.
    public var sandbox: String
    /// The slot's process, and its start time if it could still be read.
    public var pid: Int32
    /// When that process started, see `ProcessIdentity`.
    public var processStartNanoseconds: Int64?
    /// When the slot says that it started, or when it was first seen if that cannot be true.
    public var startedAt: Timestamp
    /// The slot's memory limit; `nil` if it names none.
    public var memoryLimitBytes: Int64?
    /// When it was seen.
    public var seenAt: Timestamp

    /// A run in a slot.
    public init(
        externalID: Int64, sandboxExternalID: Int64, sandbox: String, pid: Int32,
        processStartNanoseconds: Int64?, startedAt: Timestamp, memoryLimitBytes: Int64?,
        seenAt: Timestamp
    ) {
        self.externalID = externalID
        self.sandboxExternalID = sandboxExternalID
        self.sandbox = sandbox
        self.pid = pid
        self.processStartNanoseconds = processStartNanoseconds
        self.startedAt = startedAt
        self.memoryLimitBytes = memoryLimitBytes
        self.seenAt = seenAt
    }
}

/// What the catalog knows of an observed run.
public struct AdoptedRun: Hashable, Sendable {
    /// The run.
    public let id: RunID
    /// Whether a `varve run` watches over it and will tell its end.
    public let isSupervised: Bool
    /// Whether a recorder has already closed its samples: nothing is to be added.
    public let isClosed: Bool
    /// Whether its end is already known.
    public let isTerminated: Bool
    /// The time of the last sample that the catalog has of it.
    public let lastSampleAt: Timestamp?

    init(
        id: RunID, isSupervised: Bool, isClosed: Bool, isTerminated: Bool, lastSampleAt: Timestamp?
    ) {
        self.id = id
        self.isSupervised = isSupervised
        self.isClosed = isClosed
        self.isTerminated = isTerminated
        self.lastSampleAt = lastSampleAt
    }

    /// A run that this program has begun itself, and of which nothing was recorded yet.
    public init(begun run: BegunRun) {
        self.init(
            id: run.id, isSupervised: true, isClosed: false, isTerminated: false,
            lastSampleAt: nil)
    }
}

/// How a run ended, and what it used as far as the kernel told exactly.
public struct RunEnding: Hashable, Sendable {
    /// The run.
    public var run: RunID
    /// When it ended.
    public var at: Timestamp
    /// How long it took by the monotonic clock.
    public var durationNanoseconds: Int64?
    /// The code it ended with.
    public var exitCode: Int32?
    /// The number of the signal that ended it.
    public var exitSignal: Int32?
    /// Whether it left a core dump.
    public var coreDumped: Bool?
    /// How the end is known.
    public var knownBy: ExitKnowledge
    /// Why it ended; `nil` if nobody knows.
    public var reason: TerminationReason?
    /// More about why, in words.
    public var detail: String?
    /// What is noted in the lifecycle if this is the ending that stays.
    public var event: LifecycleEvent?
    /// Exact figures, which go before sampled ones. `RunUsage.sampleCount` is not read.
    public var usage: RunUsage
    /// Its memory limit as it was last; `nil` leaves what is known already.
    public var memoryLimitBytes: Int64?
    /// What ``memoryLimitBytes`` is a limit of; not read without one.
    public var memoryLimitKind: MemoryLimitKind?
    /// Its CPU limit as it was last, in hundredths of a percent of one core; `nil` leaves what is
    /// known already.
    public var cpuLimitCentipercent: Int64?
    /// How long its cgroup was held back by the CPU limit, in nanoseconds.
    public var cpuThrottledNanoseconds: Int64?
    /// The ends of what it wrote as text, kept if this is the ending that stays.
    public var logs: [RunLog] = []

    /// The end of `run` at `at`.
    public init(_ run: RunID, at: Timestamp, knownBy: ExitKnowledge) {
        self.run = run
        self.at = at
        self.knownBy = knownBy
        self.usage = RunUsage()
    }
}
