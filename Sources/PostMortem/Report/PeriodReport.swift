public import HistoryModel
public import HistoryStore

/// A period for a team: what ran, what failed and why, what was large, what was not recorded.
public struct PeriodReport: Sendable {
    /// Runs that ended in a stretch of time, and those of them that failed.
    public struct Tally: Hashable, Sendable {
        /// Runs that ended.
        public var ended = 0
        /// Those of them that failed.
        public var failed = 0

        /// The part that failed, 1 being all; `nil` if none ended.
        public var failureRate: Double? { ended > 0 ? Double(failed) / Double(ended) : nil }
    }

    /// A day or a month of the period.
    public struct Unit: Hashable, Sendable {
        /// `2026-11-22` or `2026-11`.
        public var name: String
        /// Where it begins, within the period.
        public var from: Timestamp
        /// The first instant after it, within the period.
        public var until: Timestamp
        /// What ended in it.
        public var tally = Tally()
    }

    /// Failed runs of one cause.
    public struct Cause: Hashable, Sendable {
        /// How a failure looked, as `exit code 1`, and how often.
        public struct Ending: Hashable, Sendable {
            /// The signal's name or the code.
            public var words: String
            /// How often.
            public var count: Int
        }

        /// The cause.
        public var kind: Finding.Kind
        /// Runs that failed of it.
        public var count = 0
        /// How they ended, the most frequent first.
        public var endings: [Ending] = []
        /// Their sandboxes, counted.
        public var sandboxCount = 0
        /// The latest of them.
        public var latest: RunOutline
    }

    /// What the runs of one sandbox did.
    public struct Sandbox: Hashable, Sendable {
        /// Which it is.
        public var identity: SandboxIdentity
        /// Runs that were alive.
        public var runCount = 0
        /// What ended.
        public var tally = Tally()
        /// The most frequent cause of its failures.
        public var mainCause: Finding.Kind?
        /// Its failed run that ended last.
        public var latestFailure: RunOutline?
        /// Its longest run: how long it took, or goes on, in milliseconds.
        public var longest: (run: RunOutline, milliseconds: Int64)?
        /// The run with the highest memory.
        public var hungriest: RunOutline?
        /// The longest row of failures that each began soon after the one before.
        public var loop: Loop?

        /// Two sandboxes are the same if they have the same identity: all else follows from the runs.
        public static func == (one: Sandbox, other: Sandbox) -> Bool {
            one.identity == other.identity
        }
        /// Hashes the identity.
        public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
    }

    /// Runs of a sandbox in a row that ended the same way.
    public struct Loop: Hashable, Sendable {
        /// How many.
        public var count: Int
        /// How each ended.
        public var endWords: String
        /// The first of them.
        public var first: RunOutline
        /// The last of them.
        public var last: RunOutline
    }

    /// A sandbox whose memory limit does not fit.
    public struct Sizing: Hashable, Sendable {
        /// Which it is.
        public var sandbox: SandboxIdentity
        /// The highest memory of its runs, in bytes.
        public var peakBytes: Int64
        /// The limit of its latest run, in bytes.
        public var limitBytes: Int64
        /// What it should be, in bytes.
        public var advisedBytes: Int64
        /// The run with the peak.
        public var run: RunID
        /// Whether the limit is too small; else it is too large.
        public var isTooSmall: Bool
    }

    /// A failure that was looked into.
    public struct Example: Hashable, Sendable {
        /// The run.
        public var run: RunID
        /// Its sandbox.
        public var sandbox: SandboxIdentity
        /// When it ended.
        public var endedAt: Timestamp?
        /// How many failures of its sandbox have the same cause.
        public var count: Int
        /// What its post-mortem says.
        public var verdict: Verdict
        /// What it advises first.
        public var advice: String?
    }

    /// The period.
    public var period: TimeRange
    /// When it was asked for.
    public var askedAt: Timestamp
    /// Which runs it is about, in words: `web-*`, `team=web`; empty for all.
    public var filters: [String] = []
    /// Runs that were alive.
    public var runCount = 0
    /// Those that started in it.
    public var startedCount = 0
    /// Those that still run.
    public var runningCount = 0
    /// Those that ended, and nobody knows how.
    public var unknownEndCount = 0
    /// Those that ended without a single sample.
    public var unsampledCount = 0
    /// What ended in it.
    public var tally = Tally()
    /// What ended in the stretch of the same length before.
    public var before = Tally()
    /// What its units are.
    public var calendar = CalendarUnit.day
    /// Day by day, or month by month if it is long.
    public var units: [Unit] = []
    /// Why runs failed, the most frequent first.
    public var causes: [Cause] = []
    /// All sandboxes, in order of their names.
    public var sandboxes: [Sandbox] = []
    /// Limits that do not fit, the worst first.
    public var sizings: [Sizing] = []
    /// Failures that were looked into.
    public var examples: [Example] = []
    /// What was used.
    public var usage = Usage()
    /// The same by sandbox.
    public var usageOfSandboxes: [SandboxIdentity: Usage] = [:]
    /// Stretches without data that recorders wrote down.
    public var gaps: [GapSum] = []
    /// When the standing recorders were not at work.
    public var recorders: [RecorderPresence] = []
    /// What should be readable and is not, a sentence each.
    public var problems: [String] = []
}
