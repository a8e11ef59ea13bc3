public import HistoryModel

/// What a recorder writes in one transaction.
public struct FlushBatch: Sendable {
    /// Rows, each replacing an earlier state of itself.
    public var rows: [SampleRow] = []
    /// What happened, and to which run.
    public var events: [(run: RunID, event: LifecycleEvent)] = []
    /// Runs that ended. Of two endings of a run the first that was written stays.
    public var endings: [RunEnding] = []
    /// Runs of which no more samples come: their summaries are made from their rows.
    public var closed: [RunID] = []
    /// The recorder that lives.
    public var heartbeat: Heartbeat?

    /// A recorder's sign of life.
    public struct Heartbeat: Hashable, Sendable {
        /// Which recorder.
        public var session: RecorderSessionID
        /// When it lived.
        public var at: Timestamp
        /// Whether this is its orderly end.
        public var isLast: Bool

        /// A sign of life of `session` at `at`.
        public init(session: RecorderSessionID, at: Timestamp, isLast: Bool = false) {
            self.session = session
            self.at = at
            self.isLast = isLast
        }
    }

    /// An empty batch.
    public init() {}

    /// Whether there is nothing to write but perhaps a sign of life.
    public var isIdle: Bool {
        rows.isEmpty && events.isEmpty && endings.isEmpty && closed.isEmpty
    }
}
