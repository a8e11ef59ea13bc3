public import HistoryModel

/// A column of the table `interval`: of a plain copy, of `query sql`, and of what is exported.
///
/// Names and units are those of the table `sample`.
public enum IntervalColumn: Hashable, Sendable {
    /// The run's id.
    case runID
    /// The name of the run's sandbox.
    case sandbox
    /// Start of the interval, Unix milliseconds.
    case at
    /// The interval's length in milliseconds; 3,600,000 for an hour of which only the summary is left.
    case interval
    /// When its first sample was taken, Unix milliseconds.
    case firstAt
    /// When its last sample was taken, Unix milliseconds.
    case lastAt
    /// How many samples it folds.
    case sampleCount
    /// How many values were refused as impossible.
    case implausibleCount
    /// How many samples held the gauge.
    case count(Metric)
    /// The gauge's average.
    case average(Metric)
    /// The gauge's maximum.
    case maximum(Metric)
    /// The counter's first value.
    case first(Metric)
    /// The counter's last value.
    case last(Metric)
    /// 1 if it lies in a block, 0 while it is hot.
    case isSealed

    /// Every column, in its order.
    public static let all: [IntervalColumn] =
        [.runID, .sandbox, .at, .interval, .firstAt, .lastAt, .sampleCount, .implausibleCount]
        + columns(of: Metric.gauges) + columns(of: Metric.counters) + [.isSealed]

    /// The columns of `metrics` alone, in the order in which those are given.
    public static func columns(of metrics: [Metric]) -> [IntervalColumn] {
        metrics.flatMap { metric -> [IntervalColumn] in
            metric.kind == .gauge
                ? [.count(metric), .average(metric), .maximum(metric)]
                : [.first(metric), .last(metric)]
        }
    }

    /// Its name.
    public var name: String {
        switch self {
        case .runID: "run_id"
        case .sandbox: "sandbox"
        case .at: "at_ms"
        case .interval: "interval_ms"
        case .firstAt: "first_at_ms"
        case .lastAt: "last_at_ms"
        case .sampleCount: "sample_count"
        case .implausibleCount: "implausible_count"
        case .count(let metric): "\(metric.columnPrefix)_count"
        case .average(let metric): "\(metric.columnPrefix)_avg_\(metric.columnUnit)"
        case .maximum(let metric): "\(metric.columnPrefix)_max_\(metric.columnUnit)"
        case .first(let metric): "\(metric.columnPrefix)_first_\(metric.columnUnit)"
        case .last(let metric): "\(metric.columnPrefix)_last_\(metric.columnUnit)"
        case .isSealed: "is_sealed"
        }
    }

    /// Its type and what must hold of it, as a table's declaration says it.
    var declaration: String {
        switch self {
        case .sandbox: "\(name) TEXT NOT NULL"
        case .average, .maximum, .first, .last: "\(name) INTEGER"
        default: "\(name) INTEGER NOT NULL"
        }
    }

    /// Its number in `row`; `nil` if it was not measured, and for ``sandbox``, which is no number.
    public func integer(of row: SampleRow, isSealed: Bool) -> Int64? {
        switch self {
        case .runID: row.run.rawValue
        case .sandbox: nil
        case .at: row.at.unixMilliseconds
        case .interval: row.intervalMilliseconds
        case .firstAt: row.firstAt.unixMilliseconds
        case .lastAt: row.lastAt.unixMilliseconds
        case .sampleCount: row.sampleCount
        case .implausibleCount: row.implausibleCount
        case .count(let metric): row[gauge: metric]?.count ?? 0
        case .average(let metric): row[gauge: metric]?.average
        case .maximum(let metric): row[gauge: metric]?.maximum
        case .first(let metric): row[counter: metric]?.first
        case .last(let metric): row[counter: metric]?.last
        case .isSealed: isSealed ? 1 : 0
        }
    }
}
