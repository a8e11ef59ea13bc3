import HistoryModel

/// What a metric is called where a series is printed.
extension Metric {
    /// The key of its average or rate in a point.
    var seriesKey: String {
        switch self {
        case .cpu: "cpu_percent"
        case .cpuTime: "cpu_time_ns_per_second"
        default: kind == .gauge ? rawValue + "_bytes" : rawValue + "_bytes_per_second"
        }
    }

    /// The key of a gauge's maximum in a point.
    var seriesMaximumKey: String {
        self == .cpu ? "cpu_percent_max" : rawValue + "_max_bytes"
    }

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

    /// How a table shows its average or rate.
    var display: FieldDisplay {
        switch self {
        case .cpu: .percent
        case .cpuTime: .nanoseconds
        default: kind == .gauge ? .bytes : .bytesPerSecond
        }
    }
}
