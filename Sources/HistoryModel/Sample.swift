/// What was measured of one run at one instant, after every untrusted value was checked.
///
/// `nil` is *absent*: nobody measured it, or what was written could not be true. It is never zero.
public struct Sample: Hashable, Sendable {
    /// When the sampler read the process, by its wall clock.
    public var at: Timestamp
    /// CPU in hundredths of a percent; 10,000 is one full core.
    public var cpuCentipercent: Int64?
    /// Memory in use.
    public var memoryBytes: Int64?
    /// Memory that the guest could still use.
    public var memoryAvailableBytes: Int64?
    /// Memory of the host that the sandbox occupies.
    public var memoryHostResidentBytes: Int64?
    /// Bytes used on the writable layer.
    public var upperUsedBytes: Int64?
    /// Bytes free on the writable layer.
    public var upperFreeBytes: Int64?
    /// Bytes that the writable layer occupies on the host.
    public var upperHostAllocatedBytes: Int64?
    /// Cumulative CPU time.
    public var cpuTimeNanoseconds: Int64?
    /// Cumulative bytes read from storage.
    public var diskReadBytes: Int64?
    /// Cumulative bytes written to storage.
    public var diskWriteBytes: Int64?
    /// Cumulative bytes received.
    public var netRxBytes: Int64?
    /// Cumulative bytes sent.
    public var netTxBytes: Int64?

    /// A sample at `at` of which nothing is known yet.
    public init(at: Timestamp) {
        self.at = at
    }

    /// The value of `metric`: hundredths of a percent, bytes or nanoseconds; `nil` if absent.
    public subscript(metric: Metric) -> Int64? {
        get {
            switch metric {
            case .cpu: cpuCentipercent
            case .memory: memoryBytes
            case .memoryAvailable: memoryAvailableBytes
            case .memoryHostResident: memoryHostResidentBytes
            case .upperUsed: upperUsedBytes
            case .upperFree: upperFreeBytes
            case .upperHostAllocated: upperHostAllocatedBytes
            case .cpuTime: cpuTimeNanoseconds
            case .diskRead: diskReadBytes
            case .diskWrite: diskWriteBytes
            case .netRx: netRxBytes
            case .netTx: netTxBytes
            }
        }
        set {
            switch metric {
            case .cpu: cpuCentipercent = newValue
            case .memory: memoryBytes = newValue
            case .memoryAvailable: memoryAvailableBytes = newValue
            case .memoryHostResident: memoryHostResidentBytes = newValue
            case .upperUsed: upperUsedBytes = newValue
            case .upperFree: upperFreeBytes = newValue
            case .upperHostAllocated: upperHostAllocatedBytes = newValue
            case .cpuTime: cpuTimeNanoseconds = newValue
            case .diskRead: diskReadBytes = newValue
            case .diskWrite: diskWriteBytes = newValue
            case .netRx: netRxBytes = newValue
            case .netTx: netTxBytes = newValue
            }
        }
    }
}
