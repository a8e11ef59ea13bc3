internal import CSQLite

extension Connection {
    /// Makes the connection ready to write: WAL, foreign keys, incremental vacuum for a new file.
    ///
    /// Waits for other connections that do the same, at most `limit`, and blocks the thread meanwhile.
    ///
    /// - Precondition: the connection was not opened `.readOnly`, and no transaction is open.
    /// - Throws: read-only if the file may not be written, busy if another connection stands in the
    ///   way for too long.
    public func prepareForWriting(
        retryingFor limit: Duration = .seconds(30)
    ) throws(SQLiteError) {
        precondition(handle.mode.canWrite, "a read-only connection cannot write")
        precondition(handle.isAutocommit, "the journal mode cannot change within a transaction")
        // SQLite opens a file that the system write-protects for reading, without a word. The handle
        // is open, and the schema's name a constant.
        guard unsafe sqlite3_db_readonly(handle.raw, "main") == 0 else {
            throw handle.error(
                .configure, SQLITE_READONLY, saying: "attempt to write a readonly database")
        }
        var retry = BusyRetry(for: limit, of: handle)
        defer { handle.setBusyTimeout(handle.busyTimeout) }
        while true {
            handle.setBusyTimeout(min(handle.busyTimeout, retry.remaining))
            do throws(SQLiteError) {
                try handle.setPragmas(for: .writing)
                handle.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, to: false)
                return
            } catch {
                try handle.setPragmas(for: .reading)
                try retry.pause(after: error)
            }
        }
    }
}

extension Connection {
    /// The number in the file's header that names the program it belongs to; 0 if none.
    public var applicationID: Int32 {
        get throws(SQLiteError) {
            Int32(truncatingIfNeeded: try handle.integerPragma("application_id"))
        }
    }

    /// The number in the file's header that is left to the program; 0 if never set.
    public var userVersion: Int32 {
        get throws(SQLiteError) {
            Int32(truncatingIfNeeded: try handle.integerPragma("user_version"))
        }
    }

    /// Whether nothing has been created in it: a new file, also one that is in WAL mode already.
    public var isEmpty: Bool {
        get throws(SQLiteError) { try handle.isEmpty }
    }

    /// The journal mode in SQLite's words: `wal`, `delete`, `memory`, …
    public var journalMode: String {
        get throws(SQLiteError) { try handle.journalMode }
    }

    /// A number that another connection's commit changes (`PRAGMA data_version`); one's own do not.
    public var dataVersion: Int64 {
        get throws(SQLiteError) { try handle.integerPragma("data_version") }
    }

    /// Bytes of a page.
    public var pageSize: Int64 {
        get throws(SQLiteError) { try handle.integerPragma("page_size") }
    }

    /// Pages of the database, the free ones included.
    public var pageCount: Int64 {
        get throws(SQLiteError) { try handle.integerPragma("page_count") }
    }

    /// Pages that hold nothing, and that ``incrementalVacuum(pages:)`` can return.
    public var freePageCount: Int64 {
        get throws(SQLiteError) { try handle.integerPragma("freelist_count") }
    }

    /// Sets ``applicationID``; within a transaction it is part of it.
    public func setApplicationID(_ id: Int32) throws(SQLiteError) {
        try handle.execute("PRAGMA application_id = \(id)")
    }

    /// Sets ``userVersion``; within a transaction it is part of it.
    public func setUserVersion(_ version: Int32) throws(SQLiteError) {
        try handle.execute("PRAGMA user_version = \(version)")
    }
}
