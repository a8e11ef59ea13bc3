internal import HistoryModel

/// Makes the points of a series from rows that come in order of time, an hour or so at once.
///
/// It holds one step, whatever the window.
struct SeriesFolder {
    private let columns: [Series.Column]
    private let metrics: MetricSelection
    private let range: TimeRange
    /// Until when the run should have data.
    private let now: Timestamp
    private let offset: Int64
    private let query: SeriesQuery
    private let windowMilliseconds: Int64
    private var walks: [CounterWalk]
    /// For each metric whether percentiles of it are asked for, gauges first.
    private let keepsValues: [Bool]

    /// The length of the steps, `nil` for that of the intervals; known once rows were seen.
    private(set) var stepMilliseconds: Int64??
    /// The interval of the last row that was one.
    private(set) var intervalMilliseconds: Int64?
    private var open: OpenStep?
    /// The points that are complete.
    private(set) var points: Series.Points

    /// A step that may have further rows.
    private struct OpenStep {
        var at: Int64
        var milliseconds: Int64
        var lastAt: Int64
        var sampleCount: Int64
        /// Gauges first, then counters.
        var folds: [StepFold]
    }

    /// - Parameter totals: What each counter had reached before the first row; empty for nothing.
    init(
        _ query: SeriesQuery, _ metrics: MetricSelection, startedAt: Timestamp,
        terminatedAt: Timestamp?, now: Timestamp,
        totals: [CounterTotal] = []
    ) {
        self.query = query
        self.metrics = metrics
        columns = query.columns
        range = query.range
        self.now = terminatedAt == nil ? now : Timestamp(unixMilliseconds: .max)
        offset = query.clockOffset.milliseconds
        let end = min(terminatedAt ?? now, query.range.end ?? terminatedAt ?? now)
        let start = max(startedAt, query.range.start ?? startedAt)
        windowMilliseconds = max(0, end.milliseconds(since: start))
        walks = metrics.counters.indices.map {
            CounterWalk(
                startedAt: startedAt, from: totals.isEmpty ? CounterTotal() : totals[$0])
        }
        keepsValues = (metrics.gauges + metrics.counters).map { metric in
            query.columns.contains { $0.metric == metric && $0.statistic.fraction != nil }
        }
        points = Series.Points(columnCount: query.columns.count)
    }

    /// When the step that may have further rows began; `nil` if there is none.
    var openSince: Timestamp? { open.map { Timestamp(unixMilliseconds: $0.at) } }

    /// Takes rows that follow those before in order of time.
    mutating func add(_ rows: RowColumns) {
        guard rows.count > 0 else { return }
        let step = resolvedStep(rows)
        if let last = rows.isSummary.lastIndex(of: false) {
            intervalMilliseconds = rows.intervals[last]
        } else if intervalMilliseconds == nil {
            intervalMilliseconds = rows.intervals[rows.count - 1]
        }
        let growths = walks.indices.map { walks[$0].growth(of: $0, in: rows) }
        let start = range.start?.unixMilliseconds ?? .min
        let end = range.end?.unixMilliseconds
        var row = 0
        while row < rows.count {
            // Rows before the window only show where counters stood.
            guard rows.lastAt[row] >= start, end.map({ rows.at[row] < $0 }) ?? true else {
                row += 1
                continue
            }
            let (at, milliseconds) = place(of: row, in: rows, step)
            var next = row + 1
            if step != nil {
                while next < rows.count, rows.lastAt[next] >= start,
                    end.map({ rows.at[next] < $0 }) ?? true,
                    place(of: next, in: rows, step).at == at
                { next += 1 }
            }
            if step == nil || open?.at != at {
                closeStep()
                open = OpenStep(
                    at: at, milliseconds: milliseconds, lastAt: rows.lastAt[row], sampleCount: 0,
                    folds: keepsValues.map(StepFold.init))
            }
            fold(rows, row..<next, growths)
            row = next
        }
    }

    /// All rows have been seen.
    mutating func finish() { closeStep() }

    /// Gives up the points that are complete.
    mutating func takePoints() -> Series.Points {
        defer { points.removeAll() }
        return points
    }

    private mutating func resolvedStep(_ rows: RowColumns) -> Int64? {
        if let stepMilliseconds { return stepMilliseconds }
        let first = rows.isSummary.firstIndex(of: false) ?? 0
        let step = query.step.milliseconds(
            interval: rows.intervals[first], window: windowMilliseconds)
        stepMilliseconds = .some(step)
        return step
    }

    /// The step that a row counts in.
    private func place(
        of row: Int, in rows: RowColumns, _ step: Int64?
    ) -> (at: Int64, milliseconds: Int64) {
        let interval = rows.intervals[row]
        guard let step, step > interval || (step == interval && !rows.isSummary[row]) else {
            return (rows.at[row], interval)
        }
        let local = rows.at[row].clampingAdd(offset)
        let remainder = local % step
        let start = local.clampingAdd(remainder < 0 ? -remainder - step : -remainder)
        return (start.clampingAdd(-offset), step)
    }

    private mutating func fold(
        _ rows: RowColumns, _ part: Range<Int>, _ growths: [CounterWalk.Growth]
    ) {
        // Taken out, so that its folds have one owner and are not copied.
        guard var step = open else { return }
        open = nil
        for row in part {
            step.sampleCount = step.sampleCount.clampingAdd(rows.sampleCounts[row])
            step.lastAt = max(step.lastAt, rows.lastAt[row])
        }
        for index in rows.gauges.indices {
            step.folds[index].add(rows.gauges[index], part, isSummary: rows.isSummary)
        }
        for index in growths.indices {
            step.folds[rows.gauges.count + index].add(
                growths[index], part, isSummary: rows.isSummary)
        }
        open = step
    }

    private mutating func closeStep() {
        guard let step = open else { return }
        open = nil
        let end = step.at.clampingAdd(step.milliseconds)
        let isCut =
            range.start.map { step.at < $0.unixMilliseconds } ?? false
            || range.end.map { end > $0.unixMilliseconds } ?? false
        points.appendStep(
            at: step.at, milliseconds: step.milliseconds, lastAt: step.lastAt,
            sampleCount: step.sampleCount, isPartial: isCut || end > now.unixMilliseconds)
        for (index, column) in columns.enumerated() {
            let metric = column.metric
            let place =
                metric.kind == .gauge
                ? metrics.gauges.firstIndex(of: metric)
                : metrics.counters.firstIndex(of: metric).map { metrics.gauges.count + $0 }
            points.append(
                place.map { step.folds[$0].value(of: column.statistic, metric.kind) } ?? .nan,
                to: index)
        }
    }
}
