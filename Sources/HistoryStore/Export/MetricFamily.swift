public import HistoryModel

/// What OpenMetrics calls a family: the values of one statistic of one metric, of all runs.
///
/// Base units are those that the specification wants: seconds, bytes, and ratios (1 is one full core).
///
/// Source: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
public struct MetricFamily: Hashable, Sendable {
    /// How values behave, as the specification calls it.
    public enum Kind: String, Hashable, Sendable {
        /// A level, or anything else that may fall.
        case gauge
        /// A total; its samples are called `…_total`.
        case counter
    }

    /// Its name, with the unit as its end.
    public let name: String
    /// How its values behave.
    public let kind: Kind
    /// The unit of its values.
    public let unit: String
    /// What it is, in a sentence.
    public let help: String
    /// By how many places the catalog's integers are shifted to be in that unit: 4 of CPU, which is kept
    /// in hundredths of a percent, 9 of nanoseconds.
    let places: Int

    /// What samples are called.
    var sampleName: String { kind == .counter ? name + "_total" : name }

    /// The family of `column`.
    public init(_ column: Series.Column) {
        let metric = column.metric
        let unit =
            switch metric {
            case .cpu: "ratio"
            case .cpuTime: "seconds"
            default: "bytes"
            }
        places =
            switch metric {
            case .cpu: 4
            case .cpuTime: 9
            default: 0
            }
        let isTotal = column.statistic == .total
        let isRate = metric.kind == .counter && !isTotal && column.statistic != .sum
        let statistic = column.statistic == .avg || isTotal ? "" : "_\(column.statistic.rawValue)"
        self.unit = isRate ? unit + "_per_second" : unit
        kind = isTotal ? .counter : .gauge
        name = "varve_\(metric.rawValue)\(statistic)_\(self.unit)"
        help = "\(metric.help), \(column.statistic.help(of: metric))."
    }

    /// What there is of every interval: the average and the maximum of gauges, the value of counters.
    static let ofIntervals: [(column: Series.Column, family: MetricFamily)] =
        (Metric.gauges.flatMap { [Series.Column($0, .avg), Series.Column($0, .max)] }
        + Metric.counters.map { Series.Column($0, .total) })
        .map { ($0, MetricFamily($0)) }
}

extension Metric {
    fileprivate var help: String {
        switch self {
        case .cpu: "CPU in use, 1 is one full core"
        case .memory: "Memory in use"
        case .memoryAvailable: "Memory that the guest could still use"
        case .memoryHostResident: "Memory of the host that the sandbox occupies"
        case .upperUsed: "Space used on the writable layer"
        case .upperFree: "Space free on the writable layer"
        case .upperHostAllocated: "Space that the writable layer occupies on the host"
        case .cpuTime: "CPU time used"
        case .diskRead: "Bytes read from storage"
        case .diskWrite: "Bytes written to storage"
        case .netRx: "Bytes received from the network"
        case .netTx: "Bytes sent to the network"
        }
    }
}

extension Statistic {
    fileprivate func help(of metric: Metric) -> String {
        let isCounter = metric.kind == .counter
        return switch self {
        case .avg: isCounter ? "growth per second" : "average"
        case .min: isCounter ? "lowest growth per second of an interval" : "lowest of an interval"
        case .max: isCounter ? "highest growth per second of an interval" : "highest sample"
        case .last: isCounter ? "growth per second at last" : "last"
        case .sum: isCounter ? "growth" : "sum over runs"
        case .total: "since the run started"
        case .p50, .p95, .p99: "percentile \(rawValue.dropFirst()) of intervals"
        }
    }
}
