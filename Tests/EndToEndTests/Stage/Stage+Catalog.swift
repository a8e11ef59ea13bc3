import SQLite

extension Stage {
    /// What `sql` finds in the catalog: rows of integers, NULL being `nil`.
    func integers(_ sql: String) throws -> [[Int64?]] {
        let connection = try Connection(path: catalog, mode: .readOnly)
        return try connection.withStatement(sql) { statement in
            var rows: [[Int64?]] = []
            while try statement.step() {
                rows.append((0..<statement.columnCount).map { statement.integer(at: $0) })
            }
            return rows
        }
    }

    /// How many recorders of `kind` the catalog knows; 0 also while there is no catalog.
    func sessions(_ kind: String) -> Int64 {
        let rows = try? integers("SELECT count(*) FROM recorder_session WHERE kind = '\(kind)'")
        return (rows?.first?.first ?? 0) ?? 0
    }

    /// How many samples of all runs are in rows by now.
    var recordedSamples: Int64 {
        let rows = try? integers("SELECT coalesce(sum(sample_count), 0) FROM sample")
        return (rows?.first?.first ?? 0) ?? 0
    }

    /// Rows that begin before the row before them has ended: some sample was counted twice.
    func overlappingRows() throws -> [[Int64?]] {
        try integers(
            """
            SELECT a.run_id, a.at_ms, b.at_ms FROM sample AS a JOIN sample AS b
                ON a.run_id = b.run_id AND a.at_ms < b.at_ms
            WHERE b.first_at_ms <= a.last_at_ms
            """)
    }
}
