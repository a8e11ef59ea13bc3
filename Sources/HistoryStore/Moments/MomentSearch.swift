internal import HistoryModel

/// A row, and where it comes from.
struct MomentRow {
    var row: SampleRow
    var origin: MomentInterval.Origin
}

/// Finds the interval of a run that holds an instant.
///
/// A row speaks for the time after the last sample of the row before, if that is near, up to its own last
/// sample: the stretch that its rates are of, see ``SeriesPoints``.
struct MomentSearch {
    var instant: Timestamp
    var startedAt: Timestamp

    /// The interval that holds the instant.
    ///
    /// - Parameter rows: In order of time, with the one before and the one after the instant.
    func interval(in rows: [MomentRow]) -> MomentInterval? {
        var previous: SampleRow?
        for candidate in rows {
            let row = candidate.row
            if instant <= row.lastAt, isAfterBeginning(of: row, after: previous) {
                return interval(of: candidate, after: previous)
            }
            previous = row
        }
        return nil
    }

    /// The last interval before the instant, if the recorder would have taken a sample at the instant
    /// into it: that of a run that ended before it was sampled again.
    func unfinishedInterval(in rows: [MomentRow]) -> MomentInterval? {
        guard let index = rows.lastIndex(where: { $0.row.lastAt < instant }) else { return nil }
        let row = rows[index].row
        guard rows[index].origin == .interval, row.intervalMilliseconds > 0 else { return nil }
        let end = row.at.aligned(downTo: row.intervalMilliseconds)
            .advanced(byMilliseconds: row.intervalMilliseconds)
        guard instant < end else { return nil }
        return interval(of: rows[index], after: index > 0 ? rows[index - 1].row : nil)
    }

    /// The last sample before a row, with what it counted, if that is near.
    private struct Base {
        var at: Timestamp
        /// `nil` at the start of the run, where every counter is 0.
        var row: SampleRow?

        func value(of metric: Metric) -> Int64? {
            guard let row else { return 0 }
            return row[counter: metric]?.last
        }
    }

    private func base(of row: SampleRow, after previous: SampleRow?) -> Base? {
        guard let previous else {
            let wait = row.firstAt.milliseconds(since: startedAt)
            return wait >= 0 && wait <= row.intervalMilliseconds ? Base(at: startedAt) : nil
        }
        let distance = row.firstAt.milliseconds(since: previous.lastAt)
        let isNear = distance >= 0 && distance <= GapFinder.tolerance(row.intervalMilliseconds)
        return isNear ? Base(at: previous.lastAt, row: previous) : nil
    }

    private func isAfterBeginning(of row: SampleRow, after previous: SampleRow?) -> Bool {
        guard let base = base(of: row, after: previous) else { return instant >= row.firstAt }
        // The sample at the base is the last of the row before; at the start of the run there is none.
        return base.row == nil ? instant >= base.at : instant > base.at
    }

    private func interval(of candidate: MomentRow, after previous: SampleRow?) -> MomentInterval {
        let row = candidate.row
        let base = base(of: row, after: previous)
        let from = base?.at ?? row.firstAt
        let width = row.lastAt.milliseconds(since: from)
        var interval = MomentInterval(
            origin: candidate.origin, from: from, to: row.lastAt,
            resolutionMilliseconds: width > 0 ? width : row.intervalMilliseconds,
            sampleCount: row.sampleCount, values: [:], maxima: [:])
        for metric in Metric.gauges {
            interval.values[metric] = row[gauge: metric].map { Double($0.average) }
            interval.maxima[metric] = row[gauge: metric]?.maximum
        }
        for metric in Metric.counters {
            interval.values[metric] = rate(of: metric, in: row, since: base)
        }
        return interval
    }

    /// Growth per second since the sample before; within the row alone, where the counter fell between
    /// the two. Never negative.
    private func rate(of metric: Metric, in row: SampleRow, since base: Base?) -> Double? {
        guard let counter = row[counter: metric] else { return nil }
        var (from, since) = (counter.first, row.firstAt)
        if let base, let value = base.value(of: metric), value <= counter.first {
            (from, since) = (value, base.at)
        }
        let elapsed = row.lastAt.milliseconds(since: since)
        guard elapsed > 0, counter.last >= max(from, counter.first) else { return nil }
        // Exact for any two values, as the difference is not negative.
        return Double(UInt64(bitPattern: counter.last &- from)) * 1000 / Double(elapsed)
    }
}
