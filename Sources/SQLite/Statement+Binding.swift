internal import CSQLite

// Every function throws for a parameter that the statement does not have, for a statement that has
// been stepped and not reset, and for a value beyond SQLite's length limit.
extension Statement {
    /// Binds an integer; `nil` is NULL.
    public mutating func bind(_ value: Int64?, at index: Int32) throws(SQLiteError) {
        guard let value else { return try bindNull(at: index) }
        // The statement lives as long as `prepared`, in this and all following functions.
        try check(unsafe sqlite3_bind_int64(prepared.raw, index, value))
    }

    /// Binds an integer.
    public mutating func bind(_ value: Int, at index: Int32) throws(SQLiteError) {
        try bind(Int64(value), at: index)
    }

    /// Binds a real number; `nil` is NULL, and so, in SQLite, is NaN.
    public mutating func bind(_ value: Double?, at index: Int32) throws(SQLiteError) {
        guard let value else { return try bindNull(at: index) }
        // See the first function.
        try check(unsafe sqlite3_bind_double(prepared.raw, index, value))
    }

    /// Binds text, NUL characters included; `nil` is NULL.
    public mutating func bind(_ value: String?, at index: Int32) throws(SQLiteError) {
        guard var value else { return try bindNull(at: index) }
        let raw = unsafe prepared.raw
        // SQLite copies the bytes before it returns. A NULL pointer would bind NULL, not "".
        let code = value.withUTF8 { bytes in
            guard let base = bytes.baseAddress else {
                return unsafe varve_sqlite3_bind_text_copy(raw, index, "", 0)
            }
            return unsafe varve_sqlite3_bind_text_copy(raw, index, base, UInt64(bytes.count))
        }
        try check(code)
    }

    /// Binds a blob; `nil` is NULL.
    public mutating func bind(_ value: [UInt8]?, at index: Int32) throws(SQLiteError) {
        guard let value else { return try bindNull(at: index) }
        // Bytes have no padding, which is what makes other views of memory unsafe.
        try bind(unsafe value.span.bytes, at: index)
    }

    /// Binds a blob, which SQLite copies.
    public mutating func bind(_ value: RawSpan, at index: Int32) throws(SQLiteError) {
        let raw = unsafe prepared.raw
        // SQLite copies the bytes before it returns. A NULL pointer would bind NULL, not x''.
        let code = unsafe value.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else {
                return unsafe sqlite3_bind_zeroblob(raw, index, 0)
            }
            return unsafe varve_sqlite3_bind_blob_copy(raw, index, base, UInt64(bytes.count))
        }
        try check(code)
    }

    /// Binds NULL.
    public mutating func bindNull(at index: Int32) throws(SQLiteError) {
        // See the first function.
        try check(unsafe sqlite3_bind_null(prepared.raw, index))
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code != SQLITE_OK else { return }
        throw prepared.database.error(.bind, code, sql: prepared.sql)
    }
}
