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
    /// The last samples of runs that ended, oldest first; of two of a run the first written stays.
    public var finalMoments: [(run: RunID, samples: [Sample])] = []
    /// Stretches without data of which the recorder saw why. One that begins where one of the same
    /// reason began replaces it.
    public var gaps: [(run: RunID, gap: Series.Gap)] = []
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
        /// What it has done so far.
        public var statistics: RecorderStatistics

        /// A sign of life of `session` at `at`.
        public init(
            session: RecorderSessionID, at: Timestamp, isLast: Bool = false,
            statistics: RecorderStatistics = RecorderStatistics()
        ) {
            self.session = session
            self.at = at
            self.isLast = isLast
            self.statistics = statistics
        }
    }

    /// An empty batch.
    public init() {}

    /// Whether there is nothing to write but perhaps a sign of life.
    public var isIdle: Bool {
        rows.isEmpty && events.isEmpty && endings.isEmpty && closed.isEmpty
            && finalMoments.isEmpty && gaps.isEmpty
    }
}
