public import HistoryModel
internal import SQLite

/// One life of a recorder, as it wrote it down.
public struct RecorderSession: Hashable, Sendable {
    /// How a recorder stands.
    public enum State: String, Hashable, Sendable {
        /// It is at work.
        case running
        /// It ended in good order.
        case ended
        /// It is gone without having said so.
        case killed
    }

    /// Its id in the catalog.
    public var id: RecorderSessionID
    /// The one run that it recorded inside `varve run`; `nil` if it recorded a whole registry.
    public var run: RunID?
    /// Its registry's name.
    public var registry: String
    /// Its process.
    public var pid: Int64
    /// How it stands.
    public var state: State
    /// When it began.
    public var startedAt: Timestamp
    /// Its last sign of life.
    public var heartbeatAt: Timestamp
    /// When it ended in good order.
    public var endedAt: Timestamp?
    /// What it did and met; `nil` from a varve that did not say.
    public var statistics: RecorderStatistics?
}

extension CatalogReader {
    /// The latest recorders of registries; where there was none, those inside `varve run`. The latest
    /// comes first.
    public func recorderSessions(limit: Int = 3) throws(StoreError) -> [RecorderSession] {
        try read { connection in
            for isOfRegistry in [true, false] {
                let sessions = try connection.sessions(
                    ofRegistries: isOfRegistry, limit: limit, locks)
                if !sessions.isEmpty { return sessions }
            }
            return []
        }
    }
}

extension Connection {
    fileprivate func sessions(
        ofRegistries isOfRegistry: Bool, limit: Int, _ locks: borrowing CatalogLocks
    ) throws -> [RecorderSession] {
        let counts = RecorderStatistics.counts.map { "e.\($0.name)" }.joined(separator: ", ")
        return try withStatement(
            """
            SELECT e.id, e.run_id, c.name, e.pid, e.started_at_ms, e.heartbeat_at_ms, e.ended_at_ms,
                EXISTS (SELECT 1 FROM recorder_session AS later
                    WHERE later.source_id = e.source_id AND later.run_id IS e.run_id
                        AND later.id > e.id),
                \(counts)
            FROM recorder_session AS e JOIN source AS c ON c.id = e.source_id
            WHERE e.run_id IS \(isOfRegistry ? "" : "NOT") NULL
            ORDER BY e.id DESC LIMIT \(max(0, limit))
            """
        ) { statement in
            var sessions: [RecorderSession] = []
            while try statement.step() {
                sessions.append(RecorderSession(reading: statement, locks))
            }
            return sessions
        }
    }
}

extension RecorderSession {
    fileprivate init(
        reading row: borrowing Statement, _ locks: borrowing CatalogLocks
    ) {
        func instant(_ column: Int32) -> Timestamp? {
            row.integer(at: column).map(Timestamp.init(unixMilliseconds:))
        }
        id = RecorderSessionID(rawValue: row.integer(at: 0) ?? 0)
        run = row.integer(at: 1).map(RunID.init(rawValue:))
        registry = row.text(at: 2) ?? ""
        pid = row.integer(at: 3) ?? 0
        startedAt = instant(4) ?? Timestamp(unixMilliseconds: 0)
        heartbeatAt = instant(5) ?? startedAt
        endedAt = instant(6)
        let isSucceeded = row.integer(at: 7) == 1
        let key = run.map(CatalogLocks.Key.supervisor) ?? .recorder(registry: registry)
        state = endedAt != nil ? .ended : !isSucceeded && locks.isHeld(key) ? .running : .killed
        var statistics = RecorderStatistics()
        var isKnown = false
        for (place, column) in RecorderStatistics.counts.enumerated() {
            guard let count = row.integer(at: Int32(place) + 8) else { continue }
            statistics[keyPath: column.path] = count
            isKnown = true
        }
        self.statistics = isKnown ? statistics : nil
    }
}
