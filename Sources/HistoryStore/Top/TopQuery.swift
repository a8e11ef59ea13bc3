public import HistoryModel

/// Which are the largest users of what.
///
/// ```swift
/// TopQuery(by: .memory, .peak)              // the ten sandboxes that took most memory at a time
/// TopQuery(by: .disk, .total, per: .run)    // the ten runs that read and wrote most
/// ```
public struct TopQuery: Hashable, Sendable {
    /// What was used.
    public enum Resource: String, CaseIterable, Hashable, Sendable {
        /// Memory in use.
        case memory
        /// CPU time.
        case cpu
        /// Bytes read from storage and written to it.
        case disk
        /// Bytes received and sent.
        case net
    }

    /// How its use is measured.
    public enum Measure: String, CaseIterable, Hashable, Sendable {
        /// The highest: of memory and CPU the highest sample, of bytes the highest rate of an interval.
        case peak
        /// All of it, over time.
        case total
    }

    /// What is compared with each other.
    public enum Unit: String, CaseIterable, Hashable, Sendable {
        /// All runs of sandboxes of one name together.
        case sandbox
        /// Single runs.
        case run
    }

    /// How exactly the time of a peak is told.
    public enum Precision: Hashable, Sendable {
        /// The hour, where that is sealed: nothing has to be decoded for it.
        case hour
        /// The interval.
        case interval
    }

    /// What was used.
    public var resource: Resource
    /// How its use is measured.
    public var measure: Measure
    /// What is compared.
    public var unit: Unit
    /// At most so many are given, the largest.
    public var limit: Int
    /// How exactly the times of peaks are told.
    public var precision: Precision

    /// The largest users of `resource`.
    public init(
        by resource: Resource, _ measure: Measure, per unit: Unit = .sandbox, limit: Int = 10,
        precision: Precision = .hour
    ) {
        self.resource = resource
        self.measure = measure
        self.unit = unit
        self.limit = limit
        self.precision = precision
    }
}

/// The largest users, the very largest first.
public struct TopList: Hashable, Sendable {
    /// One of them.
    public struct Entry: Hashable, Sendable {
        /// The sandbox's name, as it came.
        public var sandbox: String
        /// The run, or that of the peak; `nil` where runs were added up.
        public var run: RunID?
        /// How many runs it had in the window.
        public var runCount: Int64
        /// How much it used. Peaks: bytes of memory, hundredths of a percent of CPU, bytes per second;
        /// totals: byte hours of memory, nanoseconds of CPU time, bytes.
        public var value: Int64
        /// The hour or the interval of the peak, the first if there were several; `nil` for a total, and
        /// where it is forgotten.
        public var peakRange: TimeRange?
    }

    /// The largest; those of whom nothing is known are not among them.
    public var entries: [Entry]
    /// How many there are, of whom something is known.
    public var knownCount: Int
    /// What all of them used together; `nil` for peaks, which do not add up.
    public var total: Int64?
    /// Hours that should be readable and are not, a sentence each.
    public var problems: [String]

    /// What part of the whole `entry` is, from 0 to 1; `nil` for peaks.
    public func share(of entry: Entry) -> Double? {
        guard let total, total > 0 else { return nil }
        return Double(entry.value) / Double(total)
    }
}
