internal import HistoryModel

/// The summary of one run over one hour: a row of `sample_block`.
struct SampleBlock: Hashable {
    /// A level over the hour.
    struct Gauge: Hashable {
        /// How many samples held it.
        var count: Int64
        /// The lowest average of an interval.
        var minimum: Int64
        /// The average over all samples, rounded to the nearest.
        var average: Int64
        /// The highest sample.
        var maximum: Int64
    }

    /// A total over the hour, raw.
    struct Counter: Hashable {
        /// Its first value.
        var first: Int64
        /// Its last value.
        var last: Int64
        /// What it had reached before each fall, added up.
        var fallen: Int64
    }

    /// `sample_block.id`; 0 until it is stored.
    var id: Int64 = 0
    var run: RunID
    /// Its key: the start of its hour, or the next free millisecond.
    var at: Timestamp
    var hasDetail = true
    var intervalMilliseconds: Int64
    var firstAt: Timestamp
    var lastAt: Timestamp
    var firstSequence: Int64
    var lastSequence: Int64
    var rowCount: Int64
    var sampleCount: Int64 = 0
    var implausibleCount: Int64 = 0
    var gauges: [Gauge?] = Array(repeating: nil, count: Metric.gauges.count)
    var counters: [Counter?] = Array(repeating: nil, count: Metric.counters.count)

    var hour: Hour { Hour(of: at) }
}

extension SampleBlock {
    /// Sums up `rows` of one run, given in the order in which they were made.
    ///
    /// - Precondition: There is a row.
    init(summingUp rows: [SampleRow], at: Timestamp) {
        let first = rows[0]
        self.init(
            run: first.run, at: at,
            intervalMilliseconds: rows[rows.count - 1].intervalMilliseconds,
            firstAt: first.firstAt, lastAt: first.lastAt, firstSequence: first.sequence,
            lastSequence: first.sequence, rowCount: Int64(rows.count))
        for row in rows {
            firstAt = min(firstAt, row.firstAt)
            lastAt = max(lastAt, row.lastAt)
            firstSequence = min(firstSequence, row.sequence)
            lastSequence = max(lastSequence, row.sequence)
            sampleCount = sampleCount.clampingAdd(row.sampleCount)
            implausibleCount = implausibleCount.clampingAdd(row.implausibleCount)
            for metric in Metric.counters {
                guard let counter = row[counter: metric] else { continue }
                counters[metric.index] =
                    counters[metric.index]?.followed(by: counter)
                    ?? Counter(first: counter.first, last: counter.last, fallen: 0)
            }
        }
        for metric in Metric.gauges {
            gauges[metric.index] = Gauge(summingUp: rows.lazy.compactMap { $0[gauge: metric] })
        }
    }
}

extension SampleBlock.Counter {
    fileprivate func followed(by next: SampleRow.Counter) -> Self {
        Self(
            first: first, last: next.last,
            fallen: next.first < last ? fallen.clampingAdd(last) : fallen)
    }

    /// How much it grew within the hour; `nil` if that is beyond the range.
    var growth: Int64? {
        let (reached, overflow) = last.addingReportingOverflow(fallen)
        let (growth, underflow) = reached.subtractingReportingOverflow(first)
        return overflow || underflow ? nil : growth
    }
}

extension SampleBlock.Gauge {
    /// `nil` if there is nothing to sum up.
    fileprivate init?(summingUp intervals: some Sequence<SampleRow.Gauge>) {
        var sum = Int128(0)
        var weight = Int128(0)
        var found: Self?
        for interval in intervals {
            // A damaged count is no weight; no hour has so many rows that the sum could overflow.
            let count = Int128(max(0, min(interval.count, Int64(Int32.max))))
            sum += count * Int128(interval.average)
            weight += count
            found = Self(
                count: (found?.count ?? 0).clampingAdd(interval.count),
                minimum: min(found?.minimum ?? .max, interval.average), average: 0,
                maximum: max(found?.maximum ?? .min, interval.maximum))
        }
        guard var found else { return nil }
        // Without any weight the lowest is as good as any.
        found.average = weight > 0 ? Self.rounded(sum, over: weight) : found.minimum
        self = found
    }

    private static func rounded(_ sum: Int128, over weight: Int128) -> Int64 {
        let half = weight / 2
        return Int64(clamping: (sum >= 0 ? sum + half : sum - half) / weight)
    }
}

extension SampleRow {
    /// What is left of an hour whose intervals cannot be read any more: one row as long as the hour.
    init(of block: SampleBlock) {
        let hour = block.hour
        self.init(
            run: block.run, at: min(max(block.firstAt, hour.first), hour.last),
            intervalMilliseconds: Hour.milliseconds, firstAt: block.firstAt, lastAt: block.lastAt,
            sampleCount: block.sampleCount, implausibleCount: block.implausibleCount)
        sequence = block.firstSequence
        for metric in Metric.gauges {
            guard let gauge = block.gauges[metric.index] else { continue }
            self[gauge: metric] = Gauge(
                count: gauge.count, average: gauge.average, maximum: gauge.maximum)
        }
        for metric in Metric.counters {
            guard let counter = block.counters[metric.index], let growth = counter.growth else {
                continue
            }
            // Where it fell, a first value that gives the whole growth; the last one is true, and is
            // where the next hour goes on.
            let (first, overflow) = counter.last.subtractingReportingOverflow(growth)
            if !overflow { self[counter: metric] = Counter(first: first, last: counter.last) }
        }
    }
}
