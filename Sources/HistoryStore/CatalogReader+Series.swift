public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What `run` used over time.
    ///
    /// - Parameters:
    ///   - metrics: What is asked for; counters come as growth per second.
    ///   - range: The window; a step that reaches into it belongs to it.
    ///   - now: The time up to which a run that still runs should have data.
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is no such run.
    public func series(
        of run: RunReference, metrics: [Metric], range: TimeRange = .unbounded, now: Timestamp
    ) throws(StoreError) -> Series {
        let run = try self.run(run)
        return try read { connection in
            var rows: [SampleRow] = []
            let problems = try connection.forEachRow(of: run, reachingInto: range) {
                rows.append($0)
            }
            let points = SeriesPoints(metrics: metrics, range: range, startedAt: run.startedAt)
                .points(from: rows)
            let step = rows.last?.intervalMilliseconds
            let sessions = try connection.sessions(of: run)
            let gaps = SeriesGaps(
                rows: rows, range: range, startedAt: run.startedAt,
                endedAt: run.terminatedAt ?? now, stepMilliseconds: step ?? 10_000,
                sessions: sessions, recorded: try connection.recordedGaps(of: run.id, in: range)
            ).gaps
            return Series(
                run: run, metrics: metrics, stepMilliseconds: points.isEmpty ? nil : step,
                points: points, gaps: gaps, problems: problems)
        }
    }
}

extension CatalogReader {
    /// What `run` used in its last moments, a point for each sample; without points if it goes on, or
    /// if nothing of them was kept.
    ///
    /// - Parameters:
    ///   - metrics: What is asked for; counters come as growth per second.
    ///   - range: The window.
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is no such run, and with
    ///   ``StoreError/Code/malformed`` if they cannot be read any more.
    public func finalSeries(
        of run: RunReference, metrics: [Metric], range: TimeRange = .unbounded
    ) throws(StoreError) -> Series {
        let run = try self.run(run)
        let samples = try finalMoments(of: run.id) ?? []
        let distances = zip(samples.dropFirst(), samples)
            .map { $0.at.milliseconds(since: $1.at) }.filter { $0 > 0 }.sorted()
        // The usual distance; a sample that came late does not change it.
        let step = distances.isEmpty ? 1_000 : distances[distances.count / 2]
        let rows = samples.map {
            SampleRow(run: run.id, sample: $0, intervalMilliseconds: step)
        }
        let points = SeriesPoints(metrics: metrics, range: range, startedAt: run.startedAt)
            .points(from: rows)
        return Series(
            run: run, metrics: metrics, stepMilliseconds: points.isEmpty ? nil : step,
            points: points, gaps: [])
    }
}
