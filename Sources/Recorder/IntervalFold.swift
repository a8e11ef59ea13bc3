internal import HistoryModel
internal import HistoryStore

/// The samples of one run in one interval, folded into what becomes a row.
struct IntervalFold {
    /// The row's key, see ``FoldSequence``.
    private let at: Timestamp
    private let intervalStart: Timestamp
    private let intervalMilliseconds: Int64
    let firstAt: Timestamp
    private(set) var lastAt: Timestamp
    private var sampleCount: Int64 = 0
    private var implausibleCount: Int64 = 0
    private var gauges = Array(repeating: GaugeFold(), count: Metric.gauges.count)
    private var counters = Array<SampleRow.Counter?>(repeating: nil, count: Metric.counters.count)

    private struct GaugeFold {
        var count: Int64 = 0
        // Wide enough for the sum of any number of samples of any size.
        var sum: Int128 = 0
        var maximum: Int64 = .min

        @inline(__always)
        mutating func add(_ value: Int64) {
            count += 1
            sum += Int128(truncatingIfNeeded: value)
            maximum = max(maximum, value)
        }
    }

    /// A fold that begins with `sample` and becomes the row `key`.
    init(key: Timestamp, _ sample: Sample, implausible: Int, intervalMilliseconds: Int64) {
        at = key
        intervalStart = sample.at.aligned(downTo: intervalMilliseconds)
        self.intervalMilliseconds = intervalMilliseconds
        firstAt = sample.at
        lastAt = sample.at
        add(sample, implausible: implausible)
    }

    /// Whether `sample` belongs into this fold's interval.
    private func isOfSameInterval(_ sample: Sample) -> Bool {
        sample.at.aligned(downTo: intervalMilliseconds) == intervalStart
    }

    /// Whether the clock or a counter says that `sample` cannot simply follow: then a new row begins,
    /// so that no row holds a fall.
    private func isBroken(by sample: Sample) -> Bool {
        sample.at < lastAt
            || Metric.counters.contains { metric in
                guard let last = counters[metric.index]?.last, let next = sample[metric] else {
                    return false
                }
                return next < last
            }
    }

    /// Whether `sample` can be added.
    func isContinued(by sample: Sample) -> Bool {
        isOfSameInterval(sample) && !isBroken(by: sample)
    }

    mutating func add(_ sample: Sample, implausible: Int) {
        lastAt = sample.at
        sampleCount += 1
        implausibleCount += Int64(implausible)
        for metric in Metric.gauges {
            guard let value = sample[metric] else { continue }
            gauges[metric.index].add(value)
        }
        for metric in Metric.counters {
            guard let value = sample[metric] else { continue }
            let first = counters[metric.index]?.first ?? value
            counters[metric.index] = SampleRow.Counter(first: first, last: value)
        }
    }

    /// The row as it stands.
    func row(of run: RunID) -> SampleRow {
        var row = SampleRow(
            run: run, at: at, intervalMilliseconds: intervalMilliseconds, firstAt: firstAt,
            lastAt: lastAt, sampleCount: sampleCount, implausibleCount: implausibleCount)
        for metric in Metric.gauges {
            let gauge = gauges[metric.index]
            guard gauge.count > 0 else { continue }
            row[gauge: metric] = SampleRow.Gauge(
                count: gauge.count,
                // Gauges are never negative: adding half of the count rounds to the nearest.
                average: Int64((gauge.sum + Int128(gauge.count / 2)) / Int128(gauge.count)),
                maximum: gauge.maximum)
        }
        for metric in Metric.counters {
            row[counter: metric] = counters[metric.index]
        }
        return row
    }
}
