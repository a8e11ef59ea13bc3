public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What happened to `run`, in order of time; of one millisecond an end comes last.
    public func lifecycle(of run: RunID) throws(StoreError) -> [LifecycleEvent] {
        try read { connection in
            try connection.withStatement(
                """
                SELECT kind, at_ms, detail, seen_by FROM lifecycle_event
                WHERE run_id = ?1 ORDER BY at_ms, kind IN ('exited', 'killed', 'gone'), id
                """
            ) { statement in
                try statement.bind(run.rawValue, at: 1)
                var events: [LifecycleEvent] = []
                while try statement.step() {
                    events.append(
                        LifecycleEvent(
                            LifecycleEvent.Kind(rawValue: statement.text(at: 0) ?? ""),
                            at: Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0),
                            detail: statement.text(at: 2),
                            seenBy: LifecycleEvent.Observer(rawValue: statement.text(at: 3) ?? "")))
                }
                return events
            }
        }
    }
}
