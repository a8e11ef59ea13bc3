internal import HistoryModel

/// What the rows of one step say of one metric.
struct StepFold {
    /// Of how many rows a step keeps the values, for percentiles: a year of intervals of ten seconds
    /// would be three million.
    static let maximumValueCount = 1 << 20

    let keepsValues: Bool
    /// Samples of a gauge; milliseconds of a counter.
    private var weight: Int64 = 0
    private var weightedSum: Int128 = 0
    private var minimum = Double.infinity
    private var maximum = -Double.infinity
    /// The highest sample of a gauge, exactly.
    private(set) var highest: Int64?
    private var last = Double.nan
    private var growth: UInt64 = 0
    private var total = Double.nan
    private var values: [(value: Double, weight: Int64)] = []
    private var lacksValues = false

    init(keepsValues: Bool) {
        self.keepsValues = keepsValues
    }

    /// Begins the next step.
    mutating func removeAll() {
        self = StepFold(keepsValues: keepsValues)
    }

    /// Takes those of `rows` that hold the gauge.
    mutating func add(_ gauge: RowColumns.Gauge, _ rows: Range<Int>, isSummary: [Bool]) {
        var (weight, sum) = (weight, weightedSum)
        var low = Int64.max
        var high = Int64.min
        var latest: Int?
        let (counts, averages) = (gauge.counts.span, gauge.averages.span)
        let (minima, maxima) = (gauge.minima.span, gauge.maxima.span)
        for row in rows {
            let count = Self.weight(of: counts[row])
            guard count > 0 else { continue }
            // A damaged count is no weight; no step has so many rows that the sum could overflow.
            weight &+= count
            sum &+= Int128(count) &* Int128(averages[row])
            low = min(low, minima[row])
            high = max(high, maxima[row])
            latest = row
        }
        guard let latest else { return }
        if keepsValues {
            for row in rows where counts[row] > 0 {
                keep(Double(averages[row]), Self.weight(of: counts[row]), isSummary[row])
            }
        }
        (self.weight, weightedSum) = (weight, sum)
        minimum = min(minimum, Double(low))
        maximum = max(maximum, Double(high))
        highest = max(highest ?? .min, high)
        last = Double(averages[latest])
    }

    /// How much a row counts of which so many samples held the gauge.
    private static func weight(of count: Int64) -> Int64 { min(count, Int64(Int32.max)) }

    /// Takes the highest value of a part of the step, of which nothing else is known.
    mutating func add(maximum: Int64) {
        weight = max(weight, 1)
        self.maximum = max(self.maximum, Double(maximum))
        highest = max(highest ?? maximum, maximum)
    }

    /// Takes those of `rows` in which the counter's growth is known.
    mutating func add(_ counter: CounterWalk.Growth, _ rows: Range<Int>, isSummary: [Bool]) {
        for row in rows {
            if counter.totals[row] >= 0 { total = Double(counter.totals[row]) }
            let elapsed = counter.elapsed[row]
            guard elapsed > 0 else { continue }
            let rate = Double(counter.amounts[row]) * 1000 / Double(elapsed)
            weight = weight.clampingAdd(elapsed)
            let (sum, overflow) = growth.addingReportingOverflow(counter.amounts[row])
            growth = overflow ? .max : sum
            minimum = min(minimum, rate)
            maximum = max(maximum, rate)
            last = rate
            if keepsValues { keep(rate, elapsed, isSummary[row]) }
        }
    }

    private mutating func keep(_ value: Double, _ weight: Int64, _ isSummary: Bool) {
        // Of an hour that is one row nobody knows how its intervals were spread.
        if isSummary || values.count >= Self.maximumValueCount { lacksValues = true }
        if !lacksValues { values.append((value, weight)) }
    }

    /// `statistic` of a metric of `kind`; NaN if it is absent.
    @inline(__always)
    func value(of statistic: Statistic, _ kind: Metric.Kind) -> Double {
        if statistic == .total { return kind == .counter ? total : .nan }
        guard weight > 0 else { return .nan }
        return switch (statistic, kind) {
        case (.avg, .gauge): Self.number(weightedSum) / Double(weight)
        case (.avg, .counter): Double(growth) * 1000 / Double(weight)
        case (.min, _): minimum
        case (.max, _): maximum
        case (.last, _): last
        case (.sum, .counter): Double(growth)
        case (.sum, .gauge), (.total, _): .nan
        case (.p50, _), (.p95, _), (.p99, _): percentile(statistic.fraction ?? 0)
        }
    }

    /// The nearest number; the conversion of wide integers is slow, and nearly no sum is one.
    private static func number(_ sum: Int128) -> Double {
        Int64(exactly: sum).map(Double.init) ?? Double(sum)
    }

    /// The lowest value that `fraction` of the weight does not exceed.
    @inline(never)
    private func percentile(_ fraction: Double) -> Double {
        guard !lacksValues else { return .nan }
        var weight = 0.0
        let enough = fraction * Double(self.weight)
        let sorted = values.sorted { $0.value < $1.value }
        for (value, part) in sorted {
            weight += Double(part)
            if weight >= enough { return value }
        }
        return sorted.last?.value ?? .nan
    }
}
