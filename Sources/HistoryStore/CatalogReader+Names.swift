internal import SQLite

extension CatalogReader {
    /// Names of sandboxes that begin with `prefix`, in order, at most `limit`; for completions.
    public func sandboxNames(
        beginningWith prefix: String, limit: Int
    ) throws(StoreError) -> [String] {
        try read { connection in
            try connection.withStatement(
                """
                SELECT DISTINCT name FROM sandbox
                WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2
                """
            ) { statement in
                try statement.bind(prefix, at: 1)
                try statement.bind(max(0, limit), at: 2)
                var names: [String] = []
                while try statement.step() { names.append(statement.text(at: 0) ?? "") }
                return names
            }
        }
    }
}
