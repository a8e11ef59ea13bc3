internal import CSQLite

/// An open SQLite database.
///
/// Opening writes nothing to a database: look at ``applicationID`` and ``userVersion`` first, and
/// call ``prepareForWriting(retryingFor:)`` once it is the right one. Until then it refuses to write.
///
/// ```swift
/// let connection = try Connection(path: "history.db", mode: .create)
/// guard try connection.isEmpty else { … }
/// try connection.prepareForWriting()
/// try connection.transaction {
///     try connection.execute("CREATE TABLE run (id INTEGER PRIMARY KEY) STRICT")
/// }
/// ```
///
/// It serves one thread at a time. ``interrupter`` is for the others.
public struct Connection: ~Copyable {
    let handle: DatabaseHandle
    /// How it was opened.
    package let settings: ConnectionSettings
    private let cache: StatementCache

    /// Opens the database at `path`, or a new private one in memory for `":memory:"`.
    ///
    /// SQLite looks at the file's content later, at the first statement.
    public init(
        path: String, mode: OpenMode, settings: ConnectionSettings = ConnectionSettings()
    ) throws(SQLiteError) {
        let handle = try DatabaseHandle(
            path: path, mode: mode, busyTimeout: settings.busyTimeout,
            fileSystem: settings.fileSystem)
        try handle.setPragmas(for: .reading)
        self.handle = handle
        self.settings = settings
        cache = StatementCache(capacity: settings.statementCacheCapacity)
    }

    /// The path as it was given.
    public var path: String { handle.path }

    /// What ends this connection's statements from another thread.
    public var interrupter: Interrupter { handle.interrupter }

    /// How often a transaction, or the switch to WAL, began anew because of another connection.
    public var busyRetries: Int { handle.busyRetries }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { !handle.isAutocommit }

    /// Rows that the last INSERT, UPDATE or DELETE has changed.
    public var changes: Int64 {
        // The handle is open as long as `handle` lives, in this and the following functions.
        unsafe sqlite3_changes64(handle.raw)
    }

    /// Rows changed since the connection was opened.
    public var totalChanges: Int64 {
        // See `changes`.
        unsafe sqlite3_total_changes64(handle.raw)
    }

    /// Bytes of pages that were written to the database or its log since the connection was opened.
    public var writtenBytes: Int64 {
        var current: Int32 = 0
        var highest: Int32 = 0
        // See `changes`; both counts are written during the call only.
        let code = unsafe sqlite3_db_status(
            handle.raw, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 0)
        guard code == SQLITE_OK, let pageSize = try? handle.integerPragma("page_size") else {
            return 0
        }
        return Int64(current) * pageSize
    }

    /// The row id that the last successful INSERT has given; 0 before the first.
    public var lastInsertRowID: Int64 {
        // See `changes`.
        unsafe sqlite3_last_insert_rowid(handle.raw)
    }

    /// Lends the statement for `sql`, prepared now or kept from before.
    ///
    /// It is reset and its parameters are cleared afterwards, also when `body` throws. A use of the
    /// same text within `body` gets a statement of its own.
    ///
    /// - Throws: ``SQLiteError`` if `sql` is not exactly one statement; what `body` throws.
    @discardableResult
    public func withStatement<Result>(
        _ sql: String, _ body: (inout Statement) throws -> Result
    ) throws -> Result {
        let prepared = try cache.take(sql) ?? handle.prepare(sql, isKept: true)
        defer { cache.giveBack(prepared, for: sql) }
        var statement = Statement(prepared)
        return try body(&statement)
    }

    /// A statement of the caller's own, finalized with its last use; it keeps the database open.
    public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        Statement(try handle.prepare(sql, isKept: false))
    }

    /// Runs the statements of `script`, passing over their rows; stops at the first that fails.
    public func execute(_ script: String) throws(SQLiteError) {
        try handle.execute(script)
    }

    /// How many idle statements are kept, at most the settings' capacity.
    package var idleStatementCount: Int { cache.count }
}
