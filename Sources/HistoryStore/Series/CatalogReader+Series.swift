public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What a run used over time.
    ///
    /// - Parameters:
    ///   - run: The run that is meant.
    ///   - query: What is asked for.
    ///   - now: The time up to which a run that still runs should have data.
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is no such run.
    /// - Complexity: decodes of the hours in the window the columns that are asked for.
    public func series(
        of run: RunReference, _ query: SeriesQuery, now: Timestamp
    ) throws(StoreError) -> Series {
        try read { connection in
            let run = try self.run(run, on: connection)
            var walk = try SeriesWalk(of: run, query, now: now, on: connection)
            walk.folder.keepsAllPoints = true
            let end = try walk.run(on: connection) { _ in }
            let points = walk.folder.takePoints()
            var series = Series(
                run: run, columns: query.columns,
                stepMilliseconds: points.isEmpty ? nil : end.stepMilliseconds, points: points,
                gaps: walk.gaps.gaps())
            series.problems = end.problems
            return series
        }
    }

    /// What a run used over time, as it was recorded: the average and maximum of gauges, the rates of
    /// counters.
    public func series(
        of run: RunReference, metrics: [Metric], range: TimeRange = .unbounded, now: Timestamp
    ) throws(StoreError) -> Series {
        try series(
            of: run, SeriesQuery(Series.Column.standard(of: metrics), in: range), now: now)
    }

    /// What is known at the end of a series.
    public struct SeriesEnd: Hashable, Sendable {
        /// The length of the steps; `nil` if there was no row.
        public var stepMilliseconds: Int64?
        /// Hours whose intervals should be readable and are not, a sentence each.
        public var problems: [String] = []
    }

    /// Gives what `run` used over time part by part, each later than the one before: an hour of
    /// intervals at most is in memory, however long the window is.
    ///
    /// - Parameters:
    ///   - run: The run, as ``run(_:)`` gives it.
    ///   - query: What is asked for.
    ///   - now: The time up to which a run that still runs should have data.
    ///   - body: Is given points, in order of time, and the gaps that begin before or among them.
    /// - Throws: ``StoreError``, and what `body` throws.
    public func forEachPart(
        of run: Run, _ query: SeriesQuery, now: Timestamp,
        _ body: (Series.Points, [Series.Gap]) throws -> Void
    ) throws -> SeriesEnd {
        try readForCaller { connection in
            var walk = try SeriesWalk(of: run, query, now: now, on: connection)
            let end = try walk.run(on: connection) { walk in
                let points = walk.folder.takePoints()
                guard !points.isEmpty else { return }
                try body(points, walk.gaps.gaps(before: walk.folder.openSince))
            }
            try body(walk.folder.takePoints(), walk.gaps.gaps())
            return end
        }
    }
}

/// A run's rows on their way into points and gaps.
private struct SeriesWalk {
    let run: Run
    let query: SeriesQuery
    let metrics: MetricSelection
    var folder: SeriesFolder
    var gaps: GapFinder

    init(
        of run: Run, _ query: SeriesQuery, now: Timestamp, on connection: borrowing Connection
    ) throws {
        self.run = run
        self.query = query
        metrics = MetricSelection(Set(query.columns.map(\.metric)))
        gaps = GapFinder(
            in: query.range, startedAt: run.startedAt, endedAt: run.terminatedAt ?? now,
            sessions: try connection.sessions(of: run),
            recorded: try connection.recordedGaps(of: run.id, in: query.range))
        let wantsTotals = query.columns.contains { $0.statistic == .total }
        folder = SeriesFolder(
            query, metrics, startedAt: run.startedAt, terminatedAt: run.terminatedAt, now: now,
            falls: wantsTotals ? try connection.falls(of: metrics.counters, of: run.id) : [])
    }

    /// Takes all rows, and calls `body` after each hour of them.
    mutating func run(
        on connection: borrowing Connection, _ body: (inout SeriesWalk) throws -> Void
    ) throws -> CatalogReader.SeriesEnd {
        var isFirst = true
        let problems = try connection.forEachHour(
            of: run.key, metrics, reachingInto: query.range,
            prefersSummaries: query.prefersSummaries
        ) { rows in
            if isFirst { gaps.learnCadence(from: rows) }
            isFirst = false
            gaps.add(rows)
            folder.add(rows)
            try body(&self)
        }
        gaps.finish()
        folder.finish()
        return CatalogReader.SeriesEnd(
            stepMilliseconds: folder.stepMilliseconds.map {
                $0 ?? folder.intervalMilliseconds ?? 0
            },
            problems: problems)
    }
}

extension Connection {
    /// The stretches of `run` in `range` without data, and what of it cannot be read.
    func gaps(
        of run: Run, in range: TimeRange, now: Timestamp
    ) throws -> (gaps: [Series.Gap], problems: [String]) {
        var walk = try SeriesWalk(of: run, SeriesQuery([], in: range), now: now, on: self)
        let end = try walk.run(on: self) { walk in _ = walk.folder.takePoints() }
        return (walk.gaps.gaps(), end.problems)
    }
}

extension CatalogReader {
    /// What `run` used in its last moments, a point for each sample; without points if it goes on, or
    /// if nothing of them was kept.
    ///
    /// - Parameters:
    ///   - run: The run that is meant.
    ///   - query: What is asked for; its steps are those of samples where they are as recorded.
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is no such run, and with
    ///   ``StoreError/Code/malformed`` if they cannot be read any more.
    public func finalSeries(
        of run: RunReference, _ query: SeriesQuery
    ) throws(StoreError) -> Series {
        let run = try self.run(run)
        let samples = try finalMoments(of: run.id) ?? []
        let distances = zip(samples.dropFirst(), samples)
            .map { $0.at.milliseconds(since: $1.at) }.filter { $0 > 0 }.sorted()
        // The usual distance; a sample that came late does not change it.
        let step = distances.isEmpty ? 1_000 : distances[distances.count / 2]
        let metrics = MetricSelection(Set(query.columns.map(\.metric)))
        var rows = RowColumns(of: metrics)
        for sample in samples {
            rows.append(SampleRow(run: run.id, sample: sample, intervalMilliseconds: step))
        }
        var folder = SeriesFolder(
            query, metrics, startedAt: run.startedAt,
            terminatedAt: run.terminatedAt ?? run.startedAt, now: run.startedAt)
        folder.add(rows)
        folder.finish()
        let points = folder.takePoints()
        return Series(
            run: run, columns: query.columns,
            stepMilliseconds: points.isEmpty
                ? nil : folder.stepMilliseconds.flatMap(\.self) ?? step,
            points: points, gaps: [])
    }
}
