internal import SQLite

extension CatalogReader {
    /// Whether runs of several homes of microsandbox are here: the same names and ids come again in them.
    public func hasSeveralHomes() throws(StoreError) -> Bool {
        try read { connection in
            try connection.withStatement(
                "SELECT count(DISTINCT home) FROM source WHERE kind = 'microsandbox'"
            ) { statement in
                try statement.onlyInteger() > 1
            }
        }
    }
}
