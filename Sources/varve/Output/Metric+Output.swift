import HistoryModel

/// What a metric is called where a series is printed.
extension Metric {
    /// The heading of its column.
    var heading: String {
        switch self {
        case .cpu: "CPU"
        case .memory: "MEMORY"
        case .memoryAvailable: "MEM AVAIL"
        case .memoryHostResident: "MEM HOST"
        case .upperUsed: "UPPER USED"
        case .upperFree: "UPPER FREE"
        case .upperHostAllocated: "UPPER HOST"
        case .cpuTime: "CPU TIME/S"
        case .diskRead: "DISK R"
        case .diskWrite: "DISK W"
        case .netRx: "NET RX"
        case .netTx: "NET TX"
        }
    }
}

/// What a value of a series is called and how it is shown.
extension Series.Column {
    /// The key of its value in a point, with its unit.
    var key: String {
        let name = statistic == .avg ? metric.rawValue : "\(metric.rawValue)_\(statistic.rawValue)"
        // Older than the other statistics, and kept.
        if metric == .cpu {
            return statistic == .avg ? "cpu_percent" : "cpu_percent_\(statistic.rawValue)"
        }
        let unit = metric == .cpuTime ? "ns" : "bytes"
        return isRate ? "\(name)_\(unit)_per_second" : "\(name)_\(unit)"
    }

    /// Whether its value is one per second.
    var isRate: Bool {
        metric.kind == .counter && statistic != .sum && statistic != .total
    }

    /// Whether its value is what a counter grew, in all or per second: 0 is the least.
    var isGrowth: Bool { metric.kind == .counter && statistic != .total }

    /// What its unit is divided by to be that of its key: CPU is kept in hundredths of a percent.
    var scale: Double { metric == .cpu ? 100 : 1 }

    /// The heading of its column: the metric's where it stands first, then what else is said of it.
    func heading(isFirstOfMetric: Bool) -> String {
        let word = statistic == .avg ? "AVG" : statistic.rawValue.uppercased()
        return isFirstOfMetric
            ? (statistic == .avg ? metric.heading : "\(metric.heading) \(word)") : word
    }

    /// How a table shows its value.
    var display: FieldDisplay {
        switch metric {
        case .cpu: .percent
        case .cpuTime: .nanoseconds
        default: isRate ? .bytesPerSecond : .bytes
        }
    }

    /// The value of `point` at `index`, in the unit of the key.
    func value(of point: Series.Point, at index: Int) -> FieldValue {
        FieldValue(point.values[index].map { $0 / scale })
    }
}
