internal import HistoryModel

/// The rates at which counters of a run grew together, row by row in the order of their making.
///
/// They are those of a series: from the last sample of the row before to a row's own, or, where that is
/// far or the counter fell, inside the row alone.
struct RateMeter {
    private let metrics: [Metric]
    private let startedAt: Timestamp
    private var before: Before?

    private struct Before {
        var lastAt: Timestamp
        var values: [Int64?]
    }

    init(_ metrics: [Metric], startedAt: Timestamp) {
        self.metrics = metrics
        self.startedAt = startedAt
    }

    /// Bytes per second of all counters together, rounded; `nil` if none has a rate.
    mutating func rate(of row: SampleRow) -> Int64? {
        defer {
            before = Before(lastAt: row.lastAt, values: metrics.map { row[counter: $0]?.last })
        }
        return Self.sum(metrics.indices.map { rate(at: $0, of: row) })
    }

    /// The average of an hour whose intervals cannot be read.
    mutating func rate(of hour: HourOutline) -> Int64? {
        pass(hour)
        let elapsed = hour.lastAt.milliseconds(since: hour.firstAt)
        return Self.sum(
            metrics.map { metric in
                guard elapsed > 0, let growth = hour.counters[metric.index]?.growth, growth >= 0
                else { return nil }
                return Double(growth) * 1000 / Double(elapsed)
            })
    }

    /// Goes past an hour that is not asked about.
    mutating func pass(_ hour: HourOutline) {
        before = Before(
            lastAt: hour.lastAt, values: metrics.map { hour.counters[$0.index]?.last })
    }

    private func rate(at index: Int, of row: SampleRow) -> Double? {
        guard let counter = row[counter: metrics[index]] else { return nil }
        var (from, since) = (counter.first, row.firstAt)
        if let base = base(at: index, of: row), base.value <= counter.first {
            (from, since) = base
        }
        let elapsed = row.lastAt.milliseconds(since: since)
        guard elapsed > 0, counter.last >= max(from, counter.first) else { return nil }
        // Exact for any two values, as the difference is not negative.
        return Double(UInt64(bitPattern: counter.last &- from)) * 1000 / Double(elapsed)
    }

    /// Where the counter stood, and when, before the row began.
    private func base(at index: Int, of row: SampleRow) -> (value: Int64, at: Timestamp)? {
        guard let before else {
            let wait = row.firstAt.milliseconds(since: startedAt)
            return wait >= 0 && wait <= row.intervalMilliseconds ? (0, startedAt) : nil
        }
        let distance = row.firstAt.milliseconds(since: before.lastAt)
        guard distance >= 0, distance <= GapFinder.tolerance(row.intervalMilliseconds) else {
            return nil
        }
        return before.values[index].map { ($0, before.lastAt) }
    }

    private static func sum(_ rates: [Double?]) -> Int64? {
        let known = rates.compactMap(\.self)
        guard !known.isEmpty else { return nil }
        return Int64(exactly: known.reduce(0, +).rounded()) ?? .max
    }
}
