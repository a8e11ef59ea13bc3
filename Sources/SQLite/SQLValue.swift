internal import CSQLite

/// A value as SQLite keeps it.
public enum SQLValue: Hashable, Sendable {
    /// No value.
    case null
    /// A 64-bit signed integer.
    case integer(Int64)
    /// A double; never NaN, which SQLite keeps as NULL.
    case real(Double)
    /// Text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

extension Statement {
    /// The value as it is stored, unconverted; text and bytes are copied.
    public func value(at column: Int32) -> SQLValue {
        switch columnType(at: column) {
        case .integer: .integer(integer(at: column) ?? 0)
        case .real: .real(double(at: column) ?? 0)
        case .text: .text(text(at: column) ?? "")
        case .blob: .blob(blob(at: column) ?? [])
        case .null: .null
        }
    }

    /// Binds a value of any kind.
    public mutating func bind(_ value: SQLValue, at index: Int32) throws(SQLiteError) {
        switch value {
        case .null: try bindNull(at: index)
        case .integer(let integer): try bind(integer, at: index)
        case .real(let real): try bind(real, at: index)
        case .text(let text): try bind(text, at: index)
        case .blob(let bytes): try bind(bytes, at: index)
        }
    }
}

extension SQLValue {
    /// A copy of an argument that SQLite gives to a function of ours.
    ///
    /// - Precondition: `argument` is valid during the call.
    @unsafe init(argument: OpaquePointer) {
        // Valid by the precondition; the bytes stay until the next call with it, and are copied.
        switch unsafe sqlite3_value_type(argument) {
        case SQLITE_INTEGER: self = unsafe .integer(sqlite3_value_int64(argument))
        case SQLITE_FLOAT: self = unsafe .real(sqlite3_value_double(argument))
        case SQLITE_TEXT:
            let bytes = unsafe sqlite3_value_text(argument)
            let count = unsafe bytes == nil ? 0 : Int(sqlite3_value_bytes(argument))
            self = unsafe .text(
                String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let bytes = unsafe sqlite3_value_blob(argument)
            let count = unsafe bytes == nil ? 0 : Int(sqlite3_value_bytes(argument))
            self = unsafe .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
        default: self = .null
        }
    }

    /// Makes the value the result of a function of ours.
    ///
    /// - Precondition: `context` is valid during the call.
    @unsafe func give(to context: OpaquePointer) {
        // Valid by the precondition; SQLite copies text and bytes before it returns.
        switch self {
        case .null: unsafe sqlite3_result_null(context)
        case .integer(let integer): unsafe sqlite3_result_int64(context, integer)
        case .real(let real): unsafe sqlite3_result_double(context, real)
        case .text(var text):
            text.withUTF8 { bytes in
                guard let base = bytes.baseAddress else {
                    return unsafe varve_sqlite3_result_text_copy(context, "", 0)
                }
                unsafe varve_sqlite3_result_text_copy(context, base, UInt64(bytes.count))
            }
        case .blob(let bytes):
            unsafe bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress, buffer.count > 0 else {
                    return unsafe sqlite3_result_zeroblob(context, 0)
                }
                unsafe varve_sqlite3_result_blob_copy(context, base, UInt64(buffer.count))
            }
        }
    }
}
