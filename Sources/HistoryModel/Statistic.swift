/// What a step of a series says of the samples in it.
///
/// A row of the catalog holds the average and the maximum of a gauge, not its samples; so ``min``,
/// ``last`` and the percentiles are those of the averages of intervals (10 s by default), weighted by
/// their samples. Of a counter they are those of the rates of intervals, weighted by their time.
public enum Statistic: String, CaseIterable, Hashable, Sendable {
    /// The average over all samples; of a counter its growth over the time in which it grew.
    case avg
    /// The lowest average, or rate, of an interval.
    case min
    /// The highest sample; of a counter the highest rate of an interval.
    case max
    /// The average, or rate, of the last interval.
    case last
    /// How much a counter grew; a gauge has none.
    case sum
    /// What a counter had reached since the run started, what it had reached before each fall counted
    /// on top; a gauge has none.
    case total
    /// The median of intervals.
    case p50
    /// What 95 of 100 intervals do not exceed.
    case p95
    /// What 99 of 100 intervals do not exceed.
    case p99

    /// The part of the intervals that a percentile separates; `nil` of the others.
    public var fraction: Double? {
        switch self {
        case .p50: 0.5
        case .p95: 0.95
        case .p99: 0.99
        default: nil
        }
    }

    /// Whether it can be said of `metric`.
    public func applies(to metric: Metric) -> Bool {
        metric.kind == .counter || (self != .sum && self != .total)
    }
}
