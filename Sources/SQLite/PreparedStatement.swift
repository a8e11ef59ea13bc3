internal import CSQLite

/// The owner of one `sqlite3_stmt`; it keeps the database open that the statement belongs to.
// `raw` stays within this module, and whoever uses it holds the owner.
@safe final class PreparedStatement {
    let raw: OpaquePointer
    let database: DatabaseHandle
    let sql: String
    /// The cache's clock when it was last given back.
    var lastUse: UInt64 = 0

    init(raw: OpaquePointer, database: DatabaseHandle, sql: String) {
        unsafe self.raw = raw
        self.database = database
        self.sql = sql
    }

    deinit {
        // Finalized once, here; `database` is still open. The code repeats the last step's error.
        unsafe sqlite3_finalize(raw)
    }

    /// Back to the state after preparing: no row, no lock, no bound value.
    func clear() {
        // The statement lives as long as self. The code repeats the last step's error.
        unsafe sqlite3_reset(raw)
        unsafe sqlite3_clear_bindings(raw)
    }

    /// Runs the statement to its next row; `false` at its end.
    func step(
        as operation: SQLiteError.Operation = .step
    ) throws(SQLiteError) -> Bool {
        if database.expectsTransaction, database.isAutocommit {
            throw database.error(
                .step, SQLITE_ABORT, saying: "its transaction has already been rolled back",
                sql: sql)
        }
        // The statement lives as long as self.
        let code = unsafe sqlite3_step(raw)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw database.error(operation, code, sql: sql)
        }
    }
}

extension DatabaseHandle {
    /// Compiles the one statement of `sql`.
    ///
    /// - Throws: also if `sql` holds no statement, or more than one.
    func prepare(_ sql: String, isKept: Bool) throws(SQLiteError) -> PreparedStatement {
        var only: PreparedStatement?
        var count = 0
        try forEachStatement(in: sql, isKept: isKept) { statement throws(SQLiteError) in
            count += 1
            guard count == 1 else {
                throw error(
                    .prepare, SQLITE_MISUSE, saying: "the SQL text holds more than one statement",
                    sql: sql)
            }
            only = statement
        }
        guard let only else {
            throw error(
                .prepare, SQLITE_MISUSE, saying: "the SQL text holds no statement", sql: sql)
        }
        return only
    }

    /// Runs every statement of `script` to its end, one after the other.
    func execute(
        _ script: String, as operation: SQLiteError.Operation = .step
    ) throws(SQLiteError) {
        try forEachStatement(in: script, isKept: false) { statement throws(SQLiteError) in
            while try statement.step(as: operation) {}
        }
    }

    /// Compiles one statement after the other, each only when `body` is done with the one before.
    private func forEachStatement(
        in text: String, isKept: Bool, _ body: (PreparedStatement) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        let bytes = Array(text.utf8)
        guard !bytes.contains(0) else {
            throw error(
                .prepare, SQLITE_MISUSE, saying: "the SQL text holds a NUL byte", sql: text)
        }
        guard bytes.count < Int(Int32.max) else {
            throw error(
                .prepare, SQLITE_TOOBIG, saying: "the SQL text is longer than 2 GiB", sql: nil)
        }
        var start = 0
        while start < bytes.count {
            let (statement, next) = try compile(bytes, from: start, isKept: isKept)
            if let statement { try body(statement) }
            start = next
        }
    }

    /// The first statement from `start` on, `nil` if only blanks and comments follow, and where the
    /// next one starts.
    private func compile(
        _ bytes: [UInt8], from start: Int, isKept: Bool
    ) throws(SQLiteError) -> (PreparedStatement?, next: Int) {
        var raw: OpaquePointer?
        var length = bytes.count - start
        // `rest` is the text's tail from `start` on, and valid through the call; SQLite sets `end`
        // to an address within it. `raw` is written by the call only.
        let code = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                let rest = unsafe UnsafeBufferPointer(rebasing: characters[start...])
                var end: UnsafePointer<CChar>?
                let code = unsafe sqlite3_prepare_v3(
                    self.raw, rest.baseAddress, Int32(rest.count),
                    isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &raw, &end)
                if let end = unsafe end, let base = rest.baseAddress {
                    length = unsafe end - base
                }
                return code
            }
        }
        guard code == SQLITE_OK else {
            // The handle is open; the offset is that of its last error, which is this one.
            let offset = unsafe Int(sqlite3_error_offset(self.raw))
            let rest = String(decoding: bytes[start...], as: UTF8.self)
            let error = error(.prepare, code, sql: rest)
            throw SQLiteError(
                operation: .prepare, resultCode: code, message: error.message, path: path,
                sql: rest,
                offset: offset >= 0 ? offset : nil)
        }
        let sql = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
        // A non-null `raw` is a new statement that nobody else owns.
        let statement = unsafe raw.map {
            unsafe PreparedStatement(raw: $0, database: self, sql: sql)
        }
        return (statement, start + length)
    }
}
