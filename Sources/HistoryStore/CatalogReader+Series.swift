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
