public import HistoryModel

/// What one run used over one interval: a row of the table `sample`.
public struct SampleRow: Hashable, Sendable {
    /// A level over an interval.
    public struct Gauge: Hashable, Sendable {
        /// How many samples held it.
        public var count: Int64
        /// Their average, rounded to the nearest.
        public var average: Int64
        /// Their maximum.
        public var maximum: Int64

        /// A level that `count` samples held.
        public init(count: Int64, average: Int64, maximum: Int64) {
            self.count = count
            self.average = average
            self.maximum = maximum
        }
    }

    /// A total over an interval, raw.
    public struct Counter: Hashable, Sendable {
        /// Its value in the first sample that held it.
        public var first: Int64
        /// Its value in the last sample that held it.
        public var last: Int64

        /// A total that went from `first` to `last`.
        public init(first: Int64, last: Int64) {
            self.first = first
            self.last = last
        }
    }

    /// The run.
    public var run: RunID
    /// The start of the interval, or the time of the first sample where a row begins inside one.
    public var at: Timestamp
    /// The interval's length.
    public var intervalMilliseconds: Int64
    /// When its first sample was taken.
    public var firstAt: Timestamp
    /// When its last sample was taken.
    public var lastAt: Timestamp
    /// How many samples it folds.
    public var sampleCount: Int64
    /// How many values were refused as impossible.
    public var implausibleCount: Int64
    /// Its place in the order in which the run's rows were made, from 1; 0 until it is stored. A clock
    /// that steps back makes this another order than that of ``at``.
    public var sequence: Int64 = 0
    // A field for each, and not arrays: a flush and a seal make and copy rows by the hundred thousand.
    private var cpu: Gauge?
    private var memory: Gauge?
    private var memoryAvailable: Gauge?
    private var memoryHostResident: Gauge?
    private var upperUsed: Gauge?
    private var upperFree: Gauge?
    private var upperHostAllocated: Gauge?
    private var cpuTime: Counter?
    private var diskRead: Counter?
    private var diskWrite: Counter?
    private var netRx: Counter?
    private var netTx: Counter?

    /// A row without values.
    public init(
        run: RunID, at: Timestamp, intervalMilliseconds: Int64, firstAt: Timestamp,
        lastAt: Timestamp, sampleCount: Int64, implausibleCount: Int64
    ) {
        self.run = run
        self.at = at
        self.intervalMilliseconds = intervalMilliseconds
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.sampleCount = sampleCount
        self.implausibleCount = implausibleCount
    }

    /// The level `metric` over the interval; `nil` if no sample held it.
    ///
    /// - Precondition: `metric` is a gauge.
    public subscript(gauge metric: Metric) -> Gauge? {
        get {
            switch metric {
            case .cpu: cpu
            case .memory: memory
            case .memoryAvailable: memoryAvailable
            case .memoryHostResident: memoryHostResident
            case .upperUsed: upperUsed
            case .upperFree: upperFree
            case .upperHostAllocated: upperHostAllocated
            default: preconditionFailure("\(metric) is no gauge")
            }
        }
        set {
            switch metric {
            case .cpu: cpu = newValue
            case .memory: memory = newValue
            case .memoryAvailable: memoryAvailable = newValue
            case .memoryHostResident: memoryHostResident = newValue
            case .upperUsed: upperUsed = newValue
            case .upperFree: upperFree = newValue
            case .upperHostAllocated: upperHostAllocated = newValue
            default: preconditionFailure("\(metric) is no gauge")
            }
        }
    }

    /// The total `metric` over the interval; `nil` if no sample held it.
    ///
    /// - Precondition: `metric` is a counter.
    public subscript(counter metric: Metric) -> Counter? {
        get {
            switch metric {
            case .cpuTime: cpuTime
            case .diskRead: diskRead
            case .diskWrite: diskWrite
            case .netRx: netRx
            case .netTx: netTx
            default: preconditionFailure("\(metric) is no counter")
            }
        }
        set {
            switch metric {
            case .cpuTime: cpuTime = newValue
            case .diskRead: diskRead = newValue
            case .diskWrite: diskWrite = newValue
            case .netRx: netRx = newValue
            case .netTx: netTx = newValue
            default: preconditionFailure("\(metric) is no counter")
            }
        }
    }

    /// The row that holds one sample alone.
    public init(
        run: RunID, sample: Sample, intervalMilliseconds: Int64, implausibleCount: Int64 = 0
    ) {
        self.init(
            run: run, at: sample.at, intervalMilliseconds: intervalMilliseconds,
            firstAt: sample.at, lastAt: sample.at, sampleCount: 1,
            implausibleCount: implausibleCount)
        for metric in Metric.gauges {
            guard let value = sample[metric] else { continue }
            self[gauge: metric] = Gauge(count: 1, average: value, maximum: value)
        }
        for metric in Metric.counters {
            guard let value = sample[metric] else { continue }
            self[counter: metric] = Counter(first: value, last: value)
        }
    }
}

extension Metric {
    /// What the names of its columns begin with.
    var columnPrefix: String { rawValue }

    /// What the names of its columns end with: the unit.
    var columnUnit: String {
        switch self {
        case .cpu: "centipercent"
        case .cpuTime: "ns"
        default: "bytes"
        }
    }
}
