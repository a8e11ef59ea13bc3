public import HistoryModel

/// Which events are asked for.
public struct EventQuery: Hashable, Sendable {
    /// Of this run only.
    public var run: RunID?
    /// Of the sandbox of this name, and of those that it fits as a pattern, only.
    public var sandbox: String?
    /// Of runs with all of these labels.
    public var labels: [String: String]
    /// That happened in this range.
    public var range: TimeRange
    /// Of these kinds only; empty for all.
    public var kinds: Set<LifecycleEvent.Kind>

    /// All events, or those that fit everything that is given.
    public init(
        run: RunID? = nil, sandbox: String? = nil, labels: [String: String] = [:],
        range: TimeRange = .unbounded, kinds: Set<LifecycleEvent.Kind> = []
    ) {
        self.run = run
        self.sandbox = sandbox
        self.labels = labels
        self.range = range
        self.kinds = kinds
    }

    /// The runs that are meant.
    public var runs: RunQuery { RunQuery(sandbox: sandbox, labels: labels) }
}

/// An event with the run that it happened to.
public struct RunEvent: Hashable, Sendable {
    /// The run.
    public var run: RunID
    /// The run's sandbox, as it came: not safe to print as it is.
    public var sandbox: String
    /// When the run started.
    public var runStartedAt: Timestamp
    /// What happened.
    public var event: LifecycleEvent

    /// `event`, which happened to `run`.
    public init(run: RunID, sandbox: String, runStartedAt: Timestamp, event: LifecycleEvent) {
        self.run = run
        self.sandbox = sandbox
        self.runStartedAt = runStartedAt
        self.event = event
    }
}

/// How far the events of a catalog were read, in the order in which they were written.
public struct EventPosition: Hashable, Sendable {
    let id: Int64

    /// Before the first event.
    public static let start = EventPosition(id: .min)
}
