public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What happened to `run`, in order of time; of one millisecond an end comes last.
    public func lifecycle(of run: RunID) throws(StoreError) -> [LifecycleEvent] {
        try events(matching: EventQuery(run: run)).events.map(\.event)
    }

    /// The events that `query` asks for, in order of time; of one millisecond an end comes last.
    ///
    /// ```swift
    /// var (events, position) = try reader.events(matching: query)
    /// // later: what was written since, even if it happened earlier
    /// (events, position) = try reader.events(matching: query, after: position)
    /// ```
    ///
    /// - Parameter position: Where an earlier call has come to.
    /// - Returns: The events, and where the next call goes on.
    public func events(
        matching query: EventQuery, after position: EventPosition = .start
    ) throws(StoreError) -> (events: [RunEvent], position: EventPosition) {
        try read { connection in
            let last = try connection.withStatement("SELECT max(id) FROM lifecycle_event") {
                statement in
                try statement.step() ? statement.integer(at: 0) : nil
            }
            // Nothing new, or everything was removed.
            guard let last, last > position.id else { return ([], position) }
            return (
                try connection.events(query, after: position), EventPosition(id: last)
            )
        }
    }

    /// Whether `run` has ended.
    public func hasEnded(_ run: RunID) throws(StoreError) -> Bool {
        try read { connection in
            try connection.withStatement(
                "SELECT 1 FROM run WHERE id = ?1 AND status = 'Terminated'"
            ) { statement in
                try statement.bind(run.rawValue, at: 1)
                return try statement.step()
            }
        }
    }

    /// A number that is another one after each commit of another connection.
    public func dataVersion() throws(StoreError) -> Int64 {
        do {
            return try connection.dataVersion
        } catch {
            throw StoreError(error, path: path)
        }
    }

}

extension Connection {
    /// The events that `query` asks for, in order of time.
    func events(
        _ query: EventQuery, after position: EventPosition = .start
    ) throws -> [RunEvent] {
        let selection = RunSelection(query, after: position)
        return try withStatement(RunEvent.sql(of: selection)) { statement in
            try selection.bind(to: &statement)
            var events: [RunEvent] = []
            while try statement.step() { events.append(RunEvent(reading: statement)) }
            return events
        }
    }
}

extension RunSelection {
    fileprivate init(_ query: EventQuery, after position: EventPosition) {
        self.init(filters: query.runs)
        if let run = query.run { add("e.run_id = ?", .integer(run.rawValue)) }
        if position != .start { add("e.id > ?", .integer(position.id)) }
        if let start = query.range.start {
            add("e.at_ms >= ?", .integer(start.unixMilliseconds))
        }
        if let end = query.range.end {
            add("e.at_ms < ?", .integer(end.unixMilliseconds))
        }
        if !query.kinds.isEmpty {
            add(
                "e.kind IN (SELECT value FROM json_each(?))",
                .text(StoredCommand.encode(query.kinds.map(\.rawValue))))
        }
    }
}

extension RunEvent {
    fileprivate static func sql(of selection: RunSelection) -> String {
        """
        SELECT e.run_id, s.name, r.started_at_ms, e.kind, e.at_ms, e.detail, e.seen_by
        FROM lifecycle_event AS e
        JOIN run AS r ON r.id = e.run_id
        JOIN sandbox AS s ON s.id = r.sandbox_id
        \(selection.condition)
        ORDER BY e.at_ms, e.kind IN ('exited', 'killed', 'gone'), e.id
        """
    }
}

extension RunEvent {
    fileprivate init(reading row: borrowing Statement) {
        self.init(
            run: RunID(rawValue: row.integer(at: 0) ?? 0), sandbox: row.text(at: 1) ?? "",
            runStartedAt: Timestamp(unixMilliseconds: row.integer(at: 2) ?? 0),
            event: LifecycleEvent(
                LifecycleEvent.Kind(rawValue: row.text(at: 3) ?? ""),
                at: Timestamp(unixMilliseconds: row.integer(at: 4) ?? 0),
                detail: row.text(at: 5),
                seenBy: LifecycleEvent.Observer(rawValue: row.text(at: 6) ?? "")))
    }
}
