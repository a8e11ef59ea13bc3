public import HistoryModel

/// What runs used within a stretch of time, to the unit: what was used in two stretches that meet adds up
/// to what was used in both.
///
/// `docs/usage.md` says how each value is made. `nil` is *not known*: nothing within the stretch tells it.
public struct Usage: Hashable, Sendable {
    /// Runs that were alive at some instant of it.
    public var runCount: Int64 = 0
    /// Runs that ended within it and failed; see `Run.hasFailed`.
    public var failureCount: Int64 = 0
    /// How long they ran within it, added up.
    public var durationMilliseconds: Int64 = 0
    /// User and system time.
    public var cpuTimeNanoseconds: Int64?
    /// Memory over time: 1 GiB for an hour is 2^30.
    public var memoryByteHours: Int64?
    /// The runs' memory limits over the time they ran; `nil` if none had a limit.
    public var memoryLimitByteHours: Int64?
    /// Runs without a memory limit: what they had is not in ``memoryLimitByteHours``.
    public var unlimitedRunCount: Int64 = 0
    /// Bytes read from storage.
    public var diskReadBytes: Int64?
    /// Bytes written to storage.
    public var diskWriteBytes: Int64?
    /// Bytes received.
    public var netRxBytes: Int64?
    /// Bytes sent.
    public var netTxBytes: Int64?
    /// Whether some of it is of hours whose intervals are forgotten or cannot be read: those are cut in
    /// proportion of time, and their memory is their average.
    public var isApproximate = false

    /// Nothing used.
    public init() {}

    /// Adds `other`, held at the end of the range.
    public mutating func add(_ other: Usage) {
        runCount = runCount.clampingAdd(other.runCount)
        failureCount = failureCount.clampingAdd(other.failureCount)
        unlimitedRunCount = unlimitedRunCount.clampingAdd(other.unlimitedRunCount)
        durationMilliseconds = durationMilliseconds.clampingAdd(other.durationMilliseconds)
        // Once for each run of a catalog: a list of key paths takes much longer.
        Self.add(other.cpuTimeNanoseconds, to: &cpuTimeNanoseconds)
        Self.add(other.memoryByteHours, to: &memoryByteHours)
        Self.add(other.memoryLimitByteHours, to: &memoryLimitByteHours)
        Self.add(other.diskReadBytes, to: &diskReadBytes)
        Self.add(other.diskWriteBytes, to: &diskWriteBytes)
        Self.add(other.netRxBytes, to: &netRxBytes)
        Self.add(other.netTxBytes, to: &netTxBytes)
        isApproximate = isApproximate || other.isApproximate
    }

    /// The total of `counter`.
    subscript(counter counter: Metric) -> Int64? {
        get {
            switch counter {
            case .cpuTime: cpuTimeNanoseconds
            case .diskRead: diskReadBytes
            case .diskWrite: diskWriteBytes
            case .netRx: netRxBytes
            case .netTx: netTxBytes
            default: preconditionFailure("\(counter) is no counter")
            }
        }
        set {
            switch counter {
            case .cpuTime: cpuTimeNanoseconds = newValue
            case .diskRead: diskReadBytes = newValue
            case .diskWrite: diskWriteBytes = newValue
            case .netRx: netRxBytes = newValue
            case .netTx: netTxBytes = newValue
            default: preconditionFailure("\(counter) is no counter")
            }
        }
    }

    private static func add(_ amount: Int64?, to sum: inout Int64?) {
        guard let amount else { return }
        sum = (sum ?? 0).clampingAdd(amount)
    }
}

/// What was used, by group.
public struct UsageReport: Hashable, Sendable {
    /// Runs that have something in common, and what they used.
    public struct Group: Hashable, Sendable {
        /// What they have in common, in the order in which it was asked for.
        public var keys: [UsageKey]
        /// The stretch that is meant: the day or the month within the window, or the whole window.
        public var range: TimeRange
        /// What they used in it.
        public var usage: Usage
    }

    /// The groups that have runs, in order of their keys.
    public var groups: [Group]
    /// What all runs used in the whole window; a run that lived in two groups counts once.
    public var total: Usage
    /// The window.
    public var range: TimeRange
    /// Hours that should be readable and are not, a sentence each.
    public var problems: [String]
}

/// How far the making of a report has come.
public struct UsageProgress: Hashable, Sendable {
    /// Runs that were added up.
    public var runCount = 0
    /// Sealed hours that were read.
    public var hourCount = 0
}
