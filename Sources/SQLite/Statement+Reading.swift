internal import CSQLite

/// How SQLite has stored a value.
public enum ColumnType: Hashable, Sendable {
    /// A 64-bit signed integer.
    case integer
    /// A double.
    case real
    /// Text.
    case text
    /// Bytes.
    case blob
    /// No value.
    case null
}

// Values are converted as SQLite converts them ("12" reads as the integer 12, "x" as 0): the tables
// are STRICT where that matters, and `columnType(at:)` tells.
extension Statement {
    /// How many columns a row has; 0 for a statement that gives no rows.
    public var columnCount: Int32 {
        // The statement lives as long as `prepared`, in this and all following functions.
        unsafe sqlite3_column_count(prepared.raw)
    }

    /// The column's name, or its alias; no row is needed.
    public func columnName(at column: Int32) -> String {
        precondition(
            column >= 0 && column < columnCount, "the statement has no column \(column)")
        // The name is NUL-terminated and lives until the statement changes: it is copied here.
        guard let name = unsafe sqlite3_column_name(prepared.raw, column) else { return "" }
        return unsafe String(cString: name)
    }

    /// How the value is stored.
    public func columnType(at column: Int32) -> ColumnType {
        checkRowHas(column)
        // The current row has this column.
        return switch unsafe sqlite3_column_type(prepared.raw, column) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// The value as an integer; `nil` for NULL.
    public func integer(at column: Int32) -> Int64? {
        checkRowHas(column)
        // The current row has this column.
        let value = unsafe sqlite3_column_int64(prepared.raw, column)
        // NULL reads as 0, so that another number need not be asked for its type.
        return value == 0 && columnType(at: column) == .null ? nil : value
    }

    /// The value as a real number; `nil` for NULL.
    public func double(at column: Int32) -> Double? {
        guard columnType(at: column) != .null else { return nil }
        // The current row has this column.
        return unsafe sqlite3_column_double(prepared.raw, column)
    }

    /// The value as text, invalid UTF-8 repaired with U+FFFD; `nil` for NULL.
    public func text(at column: Int32) -> String? {
        guard columnType(at: column) != .null else { return nil }
        // The current row has this column. The bytes stay until its next conversion or step, and
        // are copied before; their count is asked for after them, as SQLite demands.
        guard let bytes = unsafe sqlite3_column_text(prepared.raw, column) else { return "" }
        let count = unsafe Int(sqlite3_column_bytes(prepared.raw, column))
        return unsafe String(
            decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A copy of the value's bytes; `nil` for NULL.
    public func blob(at column: Int32) -> [UInt8]? {
        withBlob(at: column) { bytes in
            // The initializer copies within the closure.
            unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        }
    }

    /// Lends the value's bytes, not copied; does not call `body` and gives `nil` for NULL.
    public func withBlob<Result, Failure: Error>(
        at column: Int32, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard columnType(at: column) != .null else { return nil }
        // The current row has this column. The bytes stay until its next conversion or step, which
        // the borrow of `self` forbids; SQLite gives NULL for no bytes.
        let base = unsafe sqlite3_column_blob(prepared.raw, column)
        let count = unsafe base == nil ? 0 : Int(sqlite3_column_bytes(prepared.raw, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: base, count: count)
        return try unsafe body(bytes.bytes)
    }

    private func checkRowHas(_ column: Int32) {
        // The statement lives as long as `prepared`; the count is 0 when there is no row.
        let count = unsafe sqlite3_data_count(prepared.raw)
        precondition(
            column >= 0 && column < count,
            "there is no row, or it has no column \(column): \(prepared.sql)")
    }
}
