/// A run's measurements over time.
public struct Series: Hashable, Sendable {
    /// One step of a series.
    public struct Point: Hashable, Sendable {
        /// The start of the step.
        public var at: Timestamp
        /// When the last sample in it was taken.
        public var lastAt: Timestamp
        /// Samples in the step.
        public var sampleCount: Int64
        /// For each of ``Series/metrics``, in their order: of a gauge its average (hundredths of a
        /// percent, bytes), of a counter its growth per second (nanoseconds, bytes); `nil` if absent.
        public var values: [Double?]
        /// For each of ``Series/metrics``: of a gauge its maximum over all samples; of a counter `nil`.
        public var maxima: [Int64?]

        /// A step with its values.
        public init(
            at: Timestamp, lastAt: Timestamp, sampleCount: Int64, values: [Double?],
            maxima: [Int64?]
        ) {
            self.at = at
            self.lastAt = lastAt
            self.sampleCount = sampleCount
            self.values = values
            self.maxima = maxima
        }
    }

    /// A stretch of the run without data.
    public struct Gap: Hashable, Sendable {
        /// Why there is none.
        public enum Reason: String, CaseIterable, Hashable, Sendable {
            /// No recorder was at work.
            case recorderDown = "recorder_down"
            /// A recorder was at work, but the sandbox's slot held no new sample, or there was none.
            case notSampled = "not_sampled"
            /// Its sampler stopped writing while its process lived.
            case stalled
            /// Its slot could not be read whole: a writer that died, or never ends, in the middle.
            case torn
            /// Its slot held samples of an impossible time.
            case implausible
            /// The wall clock was set forward: the stretch never was.
            case clockStepped = "clock_stepped"
            /// The machine was down, or asleep.
            case hostDown = "host_down"
            /// What was measured had to be given up: the catalog could not be written for too long.
            case dropped
        }

        /// The last instant with data before it, or the start of the run.
        public var from: Timestamp
        /// The first instant with data after it, or the end of the run.
        public var to: Timestamp
        /// Why there is none.
        public var reason: Reason

        /// The stretch from `from` to `to`.
        public init(from: Timestamp, to: Timestamp, reason: Reason) {
            self.from = from
            self.to = to
            self.reason = reason
        }
    }

    /// Whose measurements they are.
    public var run: Run
    /// What was asked for.
    public var metrics: [Metric]
    /// The length of a step; `nil` without points.
    public var stepMilliseconds: Int64?
    /// The steps that hold data, in order of time.
    public var points: [Point]
    /// The stretches in the window that should hold data and do not.
    public var gaps: [Gap]
    /// Hours whose intervals should be readable and are not, a sentence each; their points are those
    /// of their summaries, an hour long.
    public var problems: [String]

    /// Points and gaps of `run`.
    public init(
        run: Run, metrics: [Metric], stepMilliseconds: Int64?, points: [Point], gaps: [Gap],
        problems: [String] = []
    ) {
        self.run = run
        self.metrics = metrics
        self.stepMilliseconds = stepMilliseconds
        self.points = points
        self.gaps = gaps
        self.problems = problems
    }
}
