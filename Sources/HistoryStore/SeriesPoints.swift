internal import HistoryModel

/// Makes the points of a series from rows in order of time.
///
/// A counter's rate in a row reaches from the last sample of the row before to its own last sample, so
/// that the rates of a series add up to what was counted. Where the row before is far, or the counter
/// fell since, it is the growth inside the row alone; a counter never has a negative rate.
struct SeriesPoints {
    var metrics: [Metric]
    var range: TimeRange
    var startedAt: Timestamp

    func points(from rows: [SampleRow]) -> [Series.Point] {
        var previous: SampleRow?
        var points: [Series.Point] = []
        points.reserveCapacity(rows.count)
        for row in rows {
            defer { previous = row }
            guard range.overlaps(row.at, row.lastAt) else { continue }
            points.append(
                Series.Point(
                    at: row.at, lastAt: row.lastAt, sampleCount: row.sampleCount,
                    values: metrics.map { value(of: $0, in: row, after: previous) },
                    maxima: metrics.map {
                        $0.kind == .gauge ? row[gauge: $0]?.maximum : nil
                    }))
        }
        return points
    }

    private func value(of metric: Metric, in row: SampleRow, after previous: SampleRow?) -> Double?
    {
        switch metric.kind {
        case .gauge: row[gauge: metric].map { Double($0.average) }
        case .counter: rate(of: metric, in: row, after: previous)
        }
    }

    private func rate(of metric: Metric, in row: SampleRow, after previous: SampleRow?) -> Double? {
        guard let counter = row[counter: metric] else { return nil }
        let base = self.base(of: metric, in: row, after: previous)
        let (from, since) =
            if let base, base.value <= counter.first {
                (base.value, base.at)
            } else {
                (counter.first, row.firstAt)
            }
        let elapsed = row.lastAt.milliseconds(since: since)
        guard elapsed > 0, counter.last >= max(from, counter.first) else { return nil }
        // Exact for any two values, as the difference is not negative.
        return Double(UInt64(bitPattern: counter.last &- from)) * 1000 / Double(elapsed)
    }

    /// Where the counter stood, and when, before the row began.
    private func base(
        of metric: Metric, in row: SampleRow, after previous: SampleRow?
    ) -> (value: Int64, at: Timestamp)? {
        guard let previous else {
            // Counters count since the run started.
            let wait = row.firstAt.milliseconds(since: startedAt)
            return wait >= 0 && wait <= row.intervalMilliseconds ? (0, startedAt) : nil
        }
        let distance = row.firstAt.milliseconds(since: previous.lastAt)
        guard distance >= 0, distance <= SeriesGaps.tolerance(row.intervalMilliseconds),
            let counter = previous[counter: metric]
        else { return nil }
        return (counter.last, previous.lastAt)
    }
}
