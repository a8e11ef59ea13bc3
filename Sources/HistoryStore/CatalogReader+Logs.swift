public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What was kept of the texts that `run` and its runtime wrote, by name.
    public func logs(of run: RunID) throws(StoreError) -> [RunLog] {
        try read { connection in
            try connection.withStatement(
                """
                SELECT name, taken_at_ms, written_bytes, tail FROM run_log
                WHERE run_id = ?1 ORDER BY name
                """
            ) { statement in
                try statement.bind(run.rawValue, at: 1)
                var logs: [RunLog] = []
                while try statement.step() {
                    logs.append(
                        RunLog(
                            name: statement.text(at: 0) ?? "",
                            takenAt: Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0),
                            writtenBytes: statement.integer(at: 2),
                            tail: statement.blob(at: 3) ?? []))
                }
                return logs
            }
        }
    }
}
