internal import HistoryModel

/// Makes the steps of a series of many runs, whose rows come one run after the other.
struct SeriesPool {
    let metrics: MetricSelection
    private let columns: [Series.Column]
    private let range: TimeRange
    private let grid: StepGrid
    private var steps: [Int64: Int] = [:]
    private var folds: [[StepFold]] = []
    /// Of each gauge its level times the milliseconds that it lasted.
    private var levels: [[Double]] = []

    private var walks: [CounterWalk] = []
    private var coverage = CoverageWalk(startedAt: Timestamp(unixMilliseconds: 0))
    private let needsCoverage: Bool

    init(_ query: SeriesQuery, _ grid: StepGrid) {
        columns = query.columns
        metrics = MetricSelection(Set(query.columns.map(\.metric)))
        range = query.range
        self.grid = grid
        needsCoverage = query.columns.contains {
            $0.statistic == .sum && $0.metric.kind == .gauge
        }
    }

    /// The gauges, where nothing but their maxima is asked for.
    var gaugesOfMaximaAlone: [Metric]? {
        columns.allSatisfy { $0.metric.kind == .gauge && $0.statistic == .max }
            ? metrics.gauges : nil
    }

    /// The rows that are added from now on are those of `run`.
    mutating func beginRun(_ run: RunKey) {
        walks = metrics.counters.map { _ in CounterWalk(startedAt: run.startedAt) }
        coverage = CoverageWalk(startedAt: run.startedAt)
    }

    /// Takes rows of the run that follow those before in order of time.
    mutating func add(_ rows: RowColumns) {
        let growths = walks.indices.map { walks[$0].growth(of: $0, in: rows) }
        let elapsed = needsCoverage ? coverage.elapsed(in: rows) : []
        var row = 0
        while row < rows.count {
            guard isInWindow(row, of: rows) else {
                row += 1
                continue
            }
            let at = start(of: rows.at[row])
            let end = end(of: at)
            var next = row + 1
            while next < rows.count, rows.at[next] < end, isInWindow(next, of: rows) { next += 1 }
            let step = step(at: at)
            for index in rows.gauges.indices {
                folds[step][index].add(rows.gauges[index], row..<next, isSummary: rows.isSummary)
                guard needsCoverage else { continue }
                for row in row..<next where rows.gauges[index].counts[row] > 0 {
                    levels[step][index] +=
                        Double(rows.gauges[index].averages[row]) * Double(elapsed[row])
                }
            }
            for index in growths.indices {
                folds[step][rows.gauges.count + index].add(
                    growths[index], row..<next, isSummary: rows.isSummary)
            }
            row = next
        }
    }

    private func isInWindow(_ row: Int, of rows: RowColumns) -> Bool {
        range.overlaps(
            Timestamp(unixMilliseconds: rows.at[row]),
            Timestamp(unixMilliseconds: rows.lastAt[row]))
    }

    /// The beginning of the step that an instant lies in.
    func start(of instant: Int64) -> Int64 {
        grid.milliseconds.map { grid.start(of: instant, $0) } ?? instant
    }

    /// The beginning of the step after that.
    func end(of start: Int64) -> Int64 { start.clampingAdd(grid.milliseconds ?? 1) }

    /// The place of the step that begins at `start`.
    mutating func step(at start: Int64) -> Int {
        if let step = steps[start] { return step }
        steps[start] = folds.count
        folds.append(
            Array(
                repeating: StepFold(keepsValues: false),
                count: metrics.gauges.count + metrics.counters.count))
        if needsCoverage { levels.append(Array(repeating: 0, count: metrics.gauges.count)) }
        return folds.count - 1
    }

    /// The highest value of a gauge in the step that begins at `start`, so far; `nil` without any.
    func maximum(of gauge: Int, at start: Int64) -> Int64? {
        steps[start].flatMap { folds[$0][gauge].highest }
    }

    /// Takes the highest value of a gauge in a part of a step.
    mutating func add(maximum: Int64, of gauge: Int, at start: Int64) {
        folds[step(at: start)][gauge].add(maximum: maximum)
    }

    /// All steps with data, in order of time.
    func points(upTo now: Timestamp) -> Series.Points {
        var points = Series.Points(columnCount: columns.count)
        let length = grid.milliseconds ?? 1
        for (at, step) in steps.sorted(by: { $0.key < $1.key }) {
            let end = at.clampingAdd(length)
            let isCut =
                range.start.map { at < $0.unixMilliseconds } ?? false
                || range.end.map { end > $0.unixMilliseconds } ?? false
            points.appendStep(
                at: at, milliseconds: length, lastAt: at, sampleCount: 0,
                isPartial: isCut || end > now.unixMilliseconds)
            for (index, column) in columns.enumerated() {
                points.append(value(of: column, in: step, length), to: index)
            }
        }
        return points
    }

    private func value(of column: Series.Column, in step: Int, _ length: Int64) -> Double {
        let metric = column.metric
        let gauge = metrics.gauges.firstIndex(of: metric)
        switch column.statistic {
        case .sum where metric.kind == .gauge:
            guard let gauge, folds[step][gauge].highest != nil else { return .nan }
            return levels[step][gauge] / Double(length)
        case .last, .total, .p50, .p95, .p99: return .nan
        case .avg, .min, .max, .sum:
            let counter = metrics.counters.firstIndex(of: metric)
            let place = gauge ?? counter.map { metrics.gauges.count + $0 }
            return place.map { folds[step][$0].value(of: column.statistic, metric.kind) } ?? .nan
        }
    }
}

/// Tells for how long each row of a run speaks: from the last sample of the row before to its own last,
/// or where that is far, from its own first.
struct CoverageWalk {
    private let startedAt: Int64
    private var previous: (lastAt: Int64, sequence: Int64)?
    private var isFirst = true

    init(startedAt: Timestamp) {
        self.startedAt = startedAt.unixMilliseconds
    }

    /// Milliseconds for each of `rows`, which follow those before in order of time.
    mutating func elapsed(in rows: RowColumns) -> [Int64] {
        (0..<rows.count).map { row in
            defer {
                previous = (rows.lastAt[row], rows.lastSequences[row])
                isFirst = false
            }
            let (length, overflow) = rows.lastAt[row].subtractingReportingOverflow(
                since(row, of: rows))
            return overflow ? 0 : max(0, length)
        }
    }

    private func since(_ row: Int, of rows: RowColumns) -> Int64 {
        let first = rows.firstAt[row]
        let before = previous?.lastAt ?? startedAt
        let (distance, overflow) = first.subtractingReportingOverflow(before)
        guard !overflow, distance >= 0 else { return first }
        guard let previous else {
            return isFirst && distance <= rows.intervals[row] ? startedAt : first
        }
        let isNext = (0...1).contains(rows.sequences[row] &- previous.sequence)
        return isNext && distance <= GapFinder.tolerance(rows.intervals[row]) ? before : first
    }
}
