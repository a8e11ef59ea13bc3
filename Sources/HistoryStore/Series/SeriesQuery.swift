public import HistoryModel

/// What is asked for of a run over time.
///
/// ```swift
/// let query = SeriesQuery(
///     [.init(.cpu, .max), .init(.memory, .p95)], in: TimeRange(from: yesterday),
///     step: .automatic(maximumPoints: 200))
/// ```
public struct SeriesQuery: Hashable, Sendable {
    /// How long the steps are.
    public enum Step: Hashable, Sendable {
        /// Each interval as it was recorded.
        case recorded
        /// So long, by the wall clock. A row counts in the step in which it begins; a row that is
        /// longer than the step, such as the summary of a forgotten hour, is a step of its own.
        case fixed(Duration)
        /// The shortest round length, a multiple of the recorded interval, with which the window has
        /// at most so many; where that is the recorded interval, as recorded.
        case automatic(maximumPoints: Int)
    }

    /// What a step says, in this order.
    public var columns: [Series.Column]
    /// The window. A row that reaches into it belongs to it.
    public var range: TimeRange
    /// How long the steps are.
    public var step: Step
    /// How much later than UTC's the clock is whose days and hours the steps begin with.
    public var clockOffset: Duration
    /// Takes the summaries of sealed hours in place of their intervals: points of an hour at least, of
    /// which nothing is decoded. For an overview of weeks.
    public var prefersSummaries = false

    /// So much of everything, as recorded.
    public init(
        _ columns: [Series.Column], in range: TimeRange = .unbounded, step: Step = .recorded,
        clockOffset: Duration = .zero
    ) {
        self.columns = columns
        self.range = range
        self.step = step
        self.clockOffset = clockOffset
    }
}

extension SeriesQuery.Step {
    /// The length of the steps in milliseconds, `nil` for that of the intervals, where rows of
    /// `interval` fill a window of `window` milliseconds.
    func milliseconds(interval: Int64, window: Int64) -> Int64? {
        switch self {
        case .recorded: return nil
        case .fixed(let length):
            let milliseconds = length.milliseconds
            return milliseconds > 0 ? milliseconds : nil
        case .automatic(let points):
            let least = max(1, window / Int64(max(1, points)))
            let interval = max(1, interval)
            guard least > interval else { return nil }
            let round = Self.round.first { $0 >= least && $0 % interval == 0 }
            if let round { return round }
            let (up, overflow) = (least / interval + 1).multipliedReportingOverflow(by: interval)
            return overflow ? least : up
        }
    }

    /// Lengths that divide minutes, hours and days, then days.
    private static let round: [Int64] = {
        let seconds: [Int64] = [1, 2, 5, 10, 15, 20, 30]
        let minutes: [Int64] = [1, 2, 5, 10, 15, 20, 30]
        let hours: [Int64] = [1, 2, 3, 4, 6, 8, 12]
        let days: [Int64] = [1, 2, 5, 7, 10, 14, 28]
        return [100, 200, 500] + seconds.map { $0 * 1_000 } + minutes.map { $0 * 60_000 }
            + hours.map { $0 * 3_600_000 } + days.map { $0 * 86_400_000 }
    }()
}
