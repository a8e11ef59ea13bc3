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
                sessions: sessions
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

    /// The lives of the recorders that could have recorded `run`.
    fileprivate func sessions(of run: Run) throws -> [SeriesGaps.Session] {
        try withStatement(SeriesGaps.Session.query) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(run.source.name, at: 2)
            try statement.bind(run.source.host.name, at: 3)
            try statement.bind(run.startedAt.unixMilliseconds, at: 4)
            var sessions: [SeriesGaps.Session] = []
            while try statement.step() {
                var end = Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0)
                // One that has not ended may live up to its next heartbeat.
                if statement.integer(at: 2) == 1 {
                    end = end.advanced(byMilliseconds: statement.integer(at: 3) ?? 0)
                }
                sessions.append(
                    SeriesGaps.Session(
                        start: Timestamp(unixMilliseconds: statement.integer(at: 0) ?? 0),
                        end: end))
            }
            return sessions
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

extension SeriesGaps.Session {
    private static let columns = """
        e.started_at_ms, coalesce(e.ended_at_ms, e.heartbeat_at_ms), e.ended_at_ms IS NULL,
            e.interval_ms
        """

    static let query = """
        SELECT \(columns) FROM recorder_session AS e WHERE e.run_id = ?1 AND e.heartbeat_at_ms >= ?4
        UNION ALL
        SELECT \(columns)
        FROM recorder_session AS e JOIN source AS c ON c.id = e.source_id
        WHERE e.run_id IS NULL AND c.name = ?2 AND c.host = ?3 AND e.heartbeat_at_ms >= ?4
        ORDER BY 1
        """
}
