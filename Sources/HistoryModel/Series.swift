/// A run's measurements over time, or those of several runs of one sandbox.
///
/// ```swift
/// let cpu = Series.Column(.cpu, .max)
/// for point in series.points {
///     print(point.at.rfc3339, point.values[series.columns.firstIndex(of: cpu)!] ?? "no value")
/// }
/// ```
public struct Series: Equatable, Sendable {
    /// What one of the values of a step is.
    public struct Column: Hashable, Sendable {
        /// What was measured.
        public var metric: Metric
        /// What is said of it.
        public var statistic: Statistic

        /// `statistic` of `metric`.
        public init(_ metric: Metric, _ statistic: Statistic) {
            self.metric = metric
            self.statistic = statistic
        }

        /// The average and the maximum of gauges, the rates of counters.
        public static func standard(of metrics: [Metric]) -> [Column] {
            metrics.flatMap { metric in
                metric.kind == .gauge
                    ? [Column(metric, .avg), Column(metric, .max)] : [Column(metric, .avg)]
            }
        }
    }

    /// One step of a series.
    public struct Point: Hashable, Sendable {
        /// The start of the step, by the wall clock.
        public var at: Timestamp
        /// The length of the step; where only the summary of an hour is left, that of an hour.
        public var milliseconds: Int64
        /// When the last sample in it was taken.
        public var lastAt: Timestamp
        /// Samples in the step.
        public var sampleCount: Int64
        /// Whether the step is not over yet, or the window cuts it.
        public var isPartial: Bool
        /// For each of ``Series/columns``, in their order: hundredths of a percent, bytes or
        /// nanoseconds, of a counter's rates per second; `nil` if absent.
        public var values: [Double?]

        /// A step with its values.
        public init(
            at: Timestamp, milliseconds: Int64, lastAt: Timestamp, sampleCount: Int64,
            isPartial: Bool, values: [Double?]
        ) {
            self.at = at
            self.milliseconds = milliseconds
            self.lastAt = lastAt
            self.sampleCount = sampleCount
            self.isPartial = isPartial
            self.values = values
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

    /// The run whose measurements they are; of several the latest.
    public var run: Run
    /// What was asked for.
    public var columns: [Column]
    /// The length of a step; `nil` without points.
    public var stepMilliseconds: Int64?
    /// The steps that hold data, in order of time.
    public var points: Points
    /// The stretches in the window that should hold data and do not.
    public var gaps: [Gap]
    /// Hours whose intervals should be readable and are not, a sentence each; their points are those
    /// of their summaries, an hour long.
    public var problems: [String]

    /// Points and gaps of `run`.
    public init(
        run: Run, columns: [Column], stepMilliseconds: Int64?, points: Points, gaps: [Gap],
        problems: [String] = []
    ) {
        self.run = run
        self.columns = columns
        self.stepMilliseconds = stepMilliseconds
        self.points = points
        self.gaps = gaps
        self.problems = problems
    }
}
