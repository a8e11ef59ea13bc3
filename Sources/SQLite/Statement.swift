internal import CSQLite

/// A prepared statement: bind its parameters, step through its rows, reset it.
///
/// Parameters are numbered from 1, columns from 0, as in SQLite. Reading a column when there is no
/// row, or one that the row does not have, is a programmer's mistake and traps.
///
/// ```swift
/// try connection.withStatement("SELECT name FROM sandbox WHERE id = ?1") { statement in
///     try statement.bind(id, at: 1)
///     return try statement.step() ? statement.text(at: 0) : nil
/// }
/// ```
public struct Statement: ~Copyable {
    let prepared: PreparedStatement

    init(_ prepared: PreparedStatement) {
        self.prepared = prepared
    }

    /// The statement's text.
    public var sql: String { prepared.sql }

    /// Whether running it leaves the database as it is (`sqlite3_stmt_readonly`).
    public var isReadOnly: Bool {
        // The statement lives as long as `prepared`.
        unsafe sqlite3_stmt_readonly(prepared.raw) != 0
    }

    /// The largest parameter number.
    public var parameterCount: Int32 {
        // The statement lives as long as `prepared`.
        unsafe sqlite3_bind_parameter_count(prepared.raw)
    }

    /// Runs to the next row.
    ///
    /// - Returns: `false` when there is no further row; stepping again would begin anew.
    public mutating func step() throws(SQLiteError) -> Bool {
        try prepared.step()
    }

    /// Runs to the end, passing over rows, and resets; the bound values stay.
    public mutating func run() throws(SQLiteError) {
        defer { reset() }
        while try prepared.step() {}
    }

    /// Back to before the first row, so that it can be bound and stepped again; the bound values
    /// stay.
    public mutating func reset() {
        // The statement lives as long as `prepared`. The code repeats the last step's error.
        unsafe sqlite3_reset(prepared.raw)
    }

    /// Makes every parameter NULL.
    public mutating func clearBindings() {
        // The statement lives as long as `prepared`; the call never fails.
        unsafe sqlite3_clear_bindings(prepared.raw)
    }
}
