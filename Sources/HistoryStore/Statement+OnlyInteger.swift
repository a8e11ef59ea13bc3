internal import SQLite

extension Statement {
    /// The first column of the only row of a query that always has one.
    mutating func onlyInteger() throws(SQLiteError) -> Int64 {
        try step() ? integer(at: 0) ?? 0 : 0
    }
}
