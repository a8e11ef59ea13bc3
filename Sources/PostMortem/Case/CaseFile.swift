public import HistoryModel

/// All that a catalog knows of a run and of what was around it: what findings are made from.
///
/// A value: findings are made from it without looking anywhere else, so that a test can make one up.
public struct CaseFile: Sendable {
    /// The run.
    public var run: Run
    /// When it was asked for; up to here a run that still runs should have data.
    public var askedAt: Timestamp
    /// The whole run in at most some hundred steps, of ``columns``, with its gaps.
    public var history: Series
    /// Its last samples, each as it was taken, oldest first; empty if none were kept.
    public var moments: [Sample] = []
    /// Its last minutes as they were recorded, of ``columns``; what is left where there are no
    /// ``moments``. `nil` if there are.
    public var recent: Series?
    /// What happened to it, in order of time.
    public var events: [LifecycleEvent] = []
    /// What it, or its runtime, wrote last.
    public var logs: [RunLog] = []
    /// Runs of the same sandbox that began before it, the latest first.
    public var earlier: [Run] = []
    /// Other runs that were alive when it ended, the largest users first.
    public var neighbours: [Neighbour] = []
    /// The home of microsandbox that it is of, where the catalog has runs of several.
    public var home: String?
    /// What should be readable in the catalog and is not, a sentence each.
    public var problems: [String] = []

    /// What each step of ``history`` says, in this order.
    public static let columns: [Series.Column] = [
        .init(.cpu, .avg), .init(.cpu, .max), .init(.memory, .avg), .init(.memory, .max),
        .init(.diskRead, .avg), .init(.diskWrite, .avg), .init(.netRx, .avg), .init(.netTx, .avg),
    ]

    /// The case of `run`, of which nothing more is known yet.
    public init(of run: Run, askedAt: Timestamp, history: Series) {
        self.run = run
        self.askedAt = askedAt
        self.history = history
    }

    /// When it ended, or was asked for.
    public var end: Timestamp { run.terminatedAt ?? askedAt }
}

/// A run that was alive when another one ended.
public struct Neighbour: Hashable, Sendable {
    /// It; what it used in all is in its usage.
    public var run: Run
    /// Its average CPU in the last minutes before the other's end, in hundredths of a percent.
    public var cpuCentipercent: Double?
    /// Its highest memory in that time, in bytes.
    public var memoryBytes: Double?
    /// How fast it read and wrote storage in that time, in bytes per second.
    public var diskBytesPerSecond: Double?
    /// How fast it received and sent in that time, in bytes per second.
    public var netBytesPerSecond: Double?

    /// `run`, of whose use then nothing is known yet.
    public init(run: Run) {
        self.run = run
    }
}
