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
            let rows = try connection.rows(of: run.id, reachingInto: range)
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
                points: points, gaps: gaps)
        }
    }
}

extension Connection {
    /// The rows that reach into `range`, and the one before them, from which their rates start.
    fileprivate func rows(of run: RunID, reachingInto range: TimeRange) throws -> [SampleRow] {
        try withStatement(SampleRow.windowQuery) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(range.start?.unixMilliseconds, at: 2)
            try statement.bind(range.end?.unixMilliseconds, at: 3)
            var rows: [SampleRow] = []
            while try statement.step() {
                rows.append(SampleRow(reading: statement))
            }
            return rows
        }
    }
}

extension SampleRow {
    static let windowQuery = """
        SELECT \(SampleRow.selectList) FROM sample
        WHERE run_id = ?1
            AND at_ms >= coalesce(
                (SELECT max(at_ms) FROM sample
                    WHERE run_id = ?1 AND at_ms < ?2 AND last_at_ms < ?2),
                -9223372036854775808)
            AND at_ms < coalesce(?3, 9223372036854775807)
        ORDER BY at_ms
        """
}
