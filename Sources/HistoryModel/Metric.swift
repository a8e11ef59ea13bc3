/// One thing that is measured of a run.
///
/// ```swift
/// Metric.memory.kind        // .gauge
/// Metric.diskRead.rawValue  // "disk_read"
/// ```
public enum Metric: String, CaseIterable, Hashable, Sendable {
    /// CPU in use; 100 % is one full core. Kept in hundredths of a percent.
    case cpu
    /// Memory in use, in bytes.
    case memory
    /// Memory that the guest could still use, in bytes.
    case memoryAvailable = "memory_available"
    /// Memory of the host that the sandbox occupies, in bytes.
    case memoryHostResident = "memory_host_resident"
    /// Bytes used on the sandbox's writable layer.
    case upperUsed = "upper_used"
    /// Bytes free on the sandbox's writable layer.
    case upperFree = "upper_free"
    /// Bytes that the writable layer occupies on the host.
    case upperHostAllocated = "upper_host_allocated"
    /// CPU time since the run started, in nanoseconds.
    case cpuTime = "cpu_time"
    /// Bytes read from storage since the run started.
    case diskRead = "disk_read"
    /// Bytes written to storage since the run started.
    case diskWrite = "disk_write"
    /// Bytes received from the network since the run started.
    case netRx = "net_rx"
    /// Bytes sent to the network since the run started.
    case netTx = "net_tx"

    /// How a metric's values behave over time.
    public enum Kind: Hashable, Sendable {
        /// A level that goes up and down.
        case gauge
        /// A total that only grows, until its source starts anew.
        case counter
    }

    /// Whether the metric is a level or a total.
    public var kind: Kind {
        switch self {
        case .cpu, .memory, .memoryAvailable, .memoryHostResident, .upperUsed, .upperFree,
            .upperHostAllocated:
            .gauge
        case .cpuTime, .diskRead, .diskWrite, .netRx, .netTx:
            .counter
        }
    }

    /// The metric's place among those of its kind: in ``gauges`` or in ``counters``.
    public var index: Int {
        switch self {
        case .cpu, .cpuTime: 0
        case .memory, .diskRead: 1
        case .memoryAvailable, .diskWrite: 2
        case .memoryHostResident, .netRx: 3
        case .upperUsed, .netTx: 4
        case .upperFree: 5
        case .upperHostAllocated: 6
        }
    }

    /// The metrics that are levels, in the order of their columns.
    public static let gauges = allCases.filter { $0.kind == .gauge }
    /// The metrics that are totals, in the order of their columns.
    public static let counters = allCases.filter { $0.kind == .counter }
}
