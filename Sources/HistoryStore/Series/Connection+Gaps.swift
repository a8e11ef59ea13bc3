internal import HistoryModel
internal import SQLite

extension Connection {
    /// The lives of the recorders that could have recorded `run`, in order of their start, and the one
    /// before: a run may have begun when that was killed already, or with what it had not written.
    func sessions(of run: Run) throws -> [GapFinder.Session] {
        var sessions: [GapFinder.Session] = []
        var lastIsOpen = false
        var lastInterval: Int64 = 0
        for query in [GapFinder.Session.predecessorQuery, GapFinder.Session.query] {
            try withStatement(query) { statement in
                try statement.bind(run.id.rawValue, at: 1)
                try statement.bind(run.source.name, at: 2)
                try statement.bind(run.source.host.name, at: 3)
                try statement.bind(run.startedAt.unixMilliseconds, at: 4)
                while try statement.step() {
                    sessions.append(
                        GapFinder.Session(
                            start: Timestamp(unixMilliseconds: statement.integer(at: 0) ?? 0),
                            end: Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0),
                            pollMilliseconds: statement.integer(at: 4) ?? 0))
                    lastIsOpen = statement.integer(at: 2) == 1
                    lastInterval = statement.integer(at: 3) ?? 0
                }
            }
        }
        // One that has not ended may live up to its next heartbeat; one that has a successor
        // was killed, and what it saw after its last heartbeat is lost.
        if lastIsOpen, let last = sessions.indices.last {
            sessions[last].end = sessions[last].end.advanced(byMilliseconds: lastInterval)
        }
        return sessions
    }

    /// The stretches without data of `run` that recorders wrote down, in order of time.
    func recordedGaps(of run: RunID, in range: TimeRange) throws -> [Series.Gap] {
        try withStatement(
            """
            SELECT from_at_ms, to_at_ms, reason FROM gap
            WHERE run_id = ?1 AND to_at_ms > coalesce(?2, -9223372036854775808)
                AND from_at_ms < coalesce(?3, 9223372036854775807)
            ORDER BY from_at_ms, to_at_ms
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(range.start?.unixMilliseconds, at: 2)
            try statement.bind(range.end?.unixMilliseconds, at: 3)
            var gaps: [Series.Gap] = []
            while try statement.step() {
                gaps.append(
                    Series.Gap(
                        from: Timestamp(unixMilliseconds: statement.integer(at: 0) ?? 0),
                        to: Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0),
                        // A reason that a later varve knows.
                        reason: statement.text(at: 2).flatMap(Series.Gap.Reason.init)
                            ?? .notSampled))
            }
            return gaps
        }
    }
}

extension GapFinder.Session {
    private static let columns = """
        e.started_at_ms, coalesce(e.ended_at_ms, e.heartbeat_at_ms), e.ended_at_ms IS NULL,
            e.interval_ms, e.poll_ms
        """

    static let query = """
        SELECT \(columns) FROM recorder_session AS e WHERE e.run_id = ?1 AND e.heartbeat_at_ms >= ?4
        UNION ALL
        SELECT \(columns)
        FROM recorder_session AS e JOIN source AS c ON c.id = e.source_id
        WHERE e.run_id IS NULL AND c.name = ?2 AND c.host = ?3 AND e.heartbeat_at_ms >= ?4
        ORDER BY 1
        """

    /// The last that showed no life any more when the run started.
    static let predecessorQuery = """
        SELECT \(columns)
        FROM recorder_session AS e JOIN source AS c ON c.id = e.source_id
        WHERE e.run_id IS NULL AND e.run_id IS NOT ?1 AND c.name = ?2 AND c.host = ?3
            AND e.started_at_ms < ?4 AND e.heartbeat_at_ms < ?4
        ORDER BY e.started_at_ms DESC LIMIT 1
        """
}
