internal import HistoryModel
internal import SQLite

extension Connection {
    /// When standing recorders were not at work between `from` and `until`, by registry.
    func recorderPresences(from: Timestamp, until: Timestamp) throws -> [RecorderPresence] {
        try withStatement(
            """
            SELECT c.name, c.host, e.started_at_ms, coalesce(e.ended_at_ms, e.heartbeat_at_ms),
                e.ended_at_ms IS NULL, e.interval_ms
            FROM recorder_session AS e JOIN source AS c ON c.id = e.source_id
            WHERE e.run_id IS NULL AND e.started_at_ms < ?1
            ORDER BY c.host, c.name, e.started_at_ms
            """
        ) { statement in
            try statement.bind(until.unixMilliseconds, at: 1)
            var presences: [RecorderPresence] = []
            var reached = from
            // What is left of the period after the last session of a registry.
            func close() {
                guard let last = presences.indices.last, reached < until else { return }
                presences[last].absences.append(.init(from: reached, to: until))
            }
            while try statement.step() {
                let registry = statement.text(at: 0) ?? ""
                let host = statement.text(at: 1) ?? ""
                let start = Timestamp(unixMilliseconds: statement.integer(at: 2) ?? 0)
                var end = Timestamp(unixMilliseconds: statement.integer(at: 3) ?? 0)
                // One that has not ended may live up to its next heartbeat.
                if statement.integer(at: 4) == 1 {
                    end = end.advanced(byMilliseconds: max(0, statement.integer(at: 5) ?? 0))
                }
                if presences.last.map({ $0.registry != registry || $0.host != host }) ?? true {
                    close()
                    presences.append(
                        RecorderPresence(registry: registry, host: host, absences: []))
                    reached = max(from, start)
                }
                if start > reached, let last = presences.indices.last {
                    presences[last].absences.append(.init(from: reached, to: start))
                }
                reached = max(reached, max(start, end))
            }
            close()
            return presences
        }
    }
}
