internal import HistoryModel

/// Makes the points of a series from rows that come in order of time, an hour or so at once.
///
/// It holds one step, whatever the window.
struct SeriesFolder {
    private let columns: [Series.Column]
    private let metrics: MetricSelection
    private let range: TimeRange
    /// Steps that lie between are whole.
    private let wholeFrom: Int64
    private let wholeUntil: Int64
    private let offset: Int64
    private let query: SeriesQuery
    private let windowMilliseconds: Int64
    private var walks: [CounterWalk]
    /// For each column the place of its metric, gauges first, then counters.
    private let places: [Int]

    /// Whether all points of the window are taken together, so that room is made for them at once.
    var keepsAllPoints = false
    /// The length of the steps, `nil` for that of the intervals; known once rows were seen.
    private(set) var stepMilliseconds: Int64??
    /// The interval of the last row that was one.
    private(set) var intervalMilliseconds: Int64?
    private var open: OpenStep?
    /// What the rows of that say of each metric, gauges first, then counters.
    private var folds: [StepFold]
    /// The points that are complete.
    private(set) var points: Series.Points

    /// A step that may have further rows.
    private struct OpenStep {
        var at: Int64
        var milliseconds: Int64
        var lastAt: Int64
        var sampleCount: Int64
    }

    /// - Parameter falls: Where each counter fell; empty where no totals are asked for.
    init(
        _ query: SeriesQuery, _ metrics: MetricSelection, startedAt: Timestamp,
        terminatedAt: Timestamp?, now: Timestamp,
        falls: [CounterFalls] = []
    ) {
        self.query = query
        self.metrics = metrics
        columns = query.columns
        range = query.range
        wholeFrom = query.range.start?.unixMilliseconds ?? .min
        wholeUntil = min(
            query.range.end?.unixMilliseconds ?? .max,
            terminatedAt == nil ? now.unixMilliseconds : .max)
        offset = query.clockOffset.milliseconds
        let end = min(terminatedAt ?? now, query.range.end ?? terminatedAt ?? now)
        let start = max(startedAt, query.range.start ?? startedAt)
        windowMilliseconds = max(0, end.milliseconds(since: start))
        walks = metrics.counters.indices.map {
            CounterWalk(
                startedAt: startedAt, falls: falls.isEmpty ? CounterFalls() : falls[$0])
        }
        folds = (metrics.gauges + metrics.counters).map { metric in
            StepFold(
                keepsValues: query.columns.contains {
                    $0.metric == metric && $0.statistic.fraction != nil
                })
        }
        let all = metrics.gauges + metrics.counters
        // Every metric of a column is among them.
        places = query.columns.map { column in all.firstIndex(of: column.metric) ?? 0 }
        points = Series.Points(columnCount: query.columns.count)
    }

    /// When the step that may have further rows began; `nil` if there is none.
    var openSince: Timestamp? { open.map { Timestamp(unixMilliseconds: $0.at) } }

    /// Takes rows that follow those before in order of time.
    mutating func add(_ rows: RowColumns) {
        guard rows.count > 0 else { return }
        let grid = StepGrid(milliseconds: resolvedStep(rows), offset: offset)
        if let last = rows.isSummary.lastIndex(of: false) {
            intervalMilliseconds = rows.intervals[last]
        } else if intervalMilliseconds == nil {
            intervalMilliseconds = rows.intervals[rows.count - 1]
        }
        let growths = walks.indices.map { walks[$0].growth(of: $0, in: rows) }
        let (starts, lasts) = (rows.at.span, rows.lastAt.span)
        let (first, last) = (starts[0], starts[starts.count - 1])
        // Nil where all rows are inside, as the first or the last of those that ascend shows.
        let from = range.start.map(\.unixMilliseconds)
            .flatMap { rows.isAscending && first >= $0 ? nil : $0 }
        let until = range.end.map(\.unixMilliseconds)
            .flatMap { rows.isAscending && last < $0 ? nil : $0 }
        let isWhole = from == nil && until == nil
        func isInWindow(_ row: Int) -> Bool {
            if let from, lasts[row] < from { return false }
            if let until, starts[row] >= until { return false }
            return true
        }
        var row = 0
        while row < starts.count {
            // Rows before the window only show where counters stood.
            guard isInWindow(row) else {
                row += 1
                continue
            }
            let (at, milliseconds) = grid.place(of: row, in: rows)
            // Where the step ends, unless each row is one.
            let stepEnd = grid.milliseconds == nil ? Int64.max : at.clampingAdd(milliseconds)
            let isLast = isWhole && rows.isAscending && last < stepEnd
            var next = isLast ? starts.count : row + 1
            while next < starts.count, starts[next] < stepEnd, isWhole || isInWindow(next) {
                next += 1
            }
            if grid.milliseconds == nil {
                appendEach(of: rows, row..<next, growths)
            } else {
                if open?.at != at {
                    closeStep()
                    open = OpenStep(
                        at: at, milliseconds: milliseconds, lastAt: rows.lastAt[row],
                        sampleCount: 0)
                    for index in folds.indices { folds[index].removeAll() }
                }
                fold(rows, row..<next, growths)
            }
            row = next
        }
    }

    /// Makes each of some rows a step, column by column.
    private mutating func appendEach(
        of rows: RowColumns, _ part: Range<Int>, _ growths: [CounterWalk.Growth]
    ) {
        if keepsAllPoints, points.isEmpty {
            let expected = windowMilliseconds / max(1, rows.intervals[part.lowerBound])
            points.reserveCapacity(min(Int(expected), 1 << 16))
        }
        points.appendSteps(
            starts: rows.at[part], lengths: rows.intervals[part], lasts: rows.lastAt[part],
            sampleCounts: rows.sampleCounts[part],
            partial: partial(rows, part))
        for (index, column) in columns.enumerated() {
            let place = places[index]
            let values =
                place < rows.gauges.count
                ? rows.gauges[place].values(of: column.statistic, part, rows.isSummary)
                : growths[place - rows.gauges.count].values(
                    of: column.statistic, part, rows.isSummary)
            points.append(values, to: index)
        }
    }

    private func partial(_ rows: RowColumns, _ part: Range<Int>) -> [Bool] {
        var flags = [Bool](repeating: false, count: part.count)
        if wholeUntil == .max, rows.isAscending, rows.at[part.lowerBound] >= wholeFrom {
            return flags
        }
        for row in part where isPartial(at: rows.at[row], rows.intervals[row]) {
            flags[row - part.lowerBound] = true
        }
        return flags
    }

    /// Whether the window cuts a step, or it is not over yet.
    private func isPartial(at start: Int64, _ milliseconds: Int64) -> Bool {
        start < wholeFrom || start.clampingAdd(milliseconds) > wholeUntil
    }

    /// All rows have been seen.
    mutating func finish() { closeStep() }

    /// Gives up the points that are complete.
    mutating func takePoints() -> Series.Points {
        var taken = Series.Points(columnCount: columns.count)
        swap(&taken, &points)
        return taken
    }

    private mutating func resolvedStep(_ rows: RowColumns) -> Int64? {
        if let stepMilliseconds { return stepMilliseconds }
        let first = rows.isSummary.firstIndex(of: false) ?? 0
        let step = query.step.milliseconds(
            interval: rows.intervals[first], window: windowMilliseconds)
        stepMilliseconds = .some(step)
        return step
    }

    private mutating func fold(
        _ rows: RowColumns, _ part: Range<Int>, _ growths: [CounterWalk.Growth]
    ) {
        guard var step = open else { return }
        let (lasts, counts) = (rows.lastAt.span, rows.sampleCounts.span)
        var isBeyond = false
        for row in part {
            let (sum, overflow) = step.sampleCount.addingReportingOverflow(counts[row])
            step.sampleCount = sum
            isBeyond = isBeyond || overflow
            step.lastAt = max(step.lastAt, lasts[row])
        }
        // Only counts of a damaged block are so large.
        if isBeyond { step.sampleCount = .max }
        for index in rows.gauges.indices {
            folds[index].add(rows.gauges[index], part, isSummary: rows.isSummary)
        }
        for index in growths.indices {
            folds[rows.gauges.count + index].add(
                growths[index], part, isSummary: rows.isSummary)
        }
        open = step
    }

    private mutating func closeStep() {
        guard let step = open else { return }
        open = nil
        points.appendStep(
            at: step.at, milliseconds: step.milliseconds, lastAt: step.lastAt,
            sampleCount: step.sampleCount,
            isPartial: isPartial(at: step.at, step.milliseconds))
        for (index, column) in columns.enumerated() {
            let place = places[index]
            points.append(
                folds[place].value(of: column.statistic, column.metric.kind), to: index)
        }
    }
}
