internal import CSQLite

/// A failed operation on a SQLite database.
///
/// ```swift
/// do {
///     let connection = try Connection(path: "history.db", mode: .readOnly)
/// } catch where error.isNotADatabase {
///     print(error)
/// }
/// ```
public struct SQLiteError: Error, Hashable, Sendable {
    /// What was being done when SQLite refused.
    public let operation: Operation
    /// The extended result code: 517 is `SQLITE_BUSY_SNAPSHOT`.
    public let resultCode: Int32
    /// SQLite's own words, copied before the connection was used again.
    public let message: String
    /// The database's path as it was given; the destination's for a backup.
    public let path: String
    /// The statement's text, `nil` outside statements. Bound values are never kept.
    public let sql: String?
    /// Where in ``sql`` the fault lies, in bytes of UTF-8 from its start; `nil` if SQLite does not say.
    public let offset: Int?

    /// A failure put into words elsewhere than in SQLite, or copied from it.
    public init(
        operation: Operation, resultCode: Int32, message: String, path: String, sql: String? = nil,
        offset: Int? = nil
    ) {
        self.operation = operation
        self.resultCode = resultCode
        self.message = message
        self.path = path
        self.sql = sql
        self.offset = offset
    }

    /// What was being done, as the words between "cannot" and the path.
    public struct Operation: RawRepresentable, Hashable, Sendable {
        /// The words between "cannot" and the path.
        public let rawValue: String

        /// An operation of the caller's own.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Opening the file.
        public static let open = Operation(rawValue: "open")
        /// Setting the PRAGMAs of a connection.
        public static let configure = Operation(rawValue: "set up")
        /// Compiling a statement.
        public static let prepare = Operation(rawValue: "prepare a statement for")
        /// Binding a value to a parameter.
        public static let bind = Operation(rawValue: "bind a value for")
        /// Running a statement.
        public static let step = Operation(rawValue: "run a statement on")
        /// Beginning a transaction.
        public static let begin = Operation(rawValue: "begin a transaction on")
        /// Committing a transaction.
        public static let commit = Operation(rawValue: "commit to")
        /// Copying the write-ahead log into the database.
        public static let checkpoint = Operation(rawValue: "checkpoint")
        /// Making a new file.
        public static let create = Operation(rawValue: "write")
        /// Writing a copy of a database; the path is the copy's.
        public static let backup = Operation(rawValue: "write the backup")
    }
}

extension SQLiteError {
    /// The result code without its extension: 5 for every kind of `SQLITE_BUSY`.
    public var primaryResultCode: Int32 { resultCode & 0xff }

    /// Whether another connection stood in the way: `SQLITE_BUSY` and its extensions, and
    /// `SQLITE_PROTOCOL`, which a log's index gives that others have locked for too long.
    public var isBusy: Bool {
        primaryResultCode == SQLITE_BUSY || primaryResultCode == SQLITE_PROTOCOL
    }
    /// Whether the file, or the connection, may only be read.
    public var isReadOnly: Bool { primaryResultCode == SQLITE_READONLY }
    /// Whether the disk, or the database's size limit, is exhausted.
    public var isFull: Bool { primaryResultCode == SQLITE_FULL }
    /// Whether the file is something else than a SQLite database.
    public var isNotADatabase: Bool { primaryResultCode == SQLITE_NOTADB }
    /// Whether the database is damaged.
    public var isCorrupt: Bool { primaryResultCode == SQLITE_CORRUPT }
    /// Whether ``Interrupter/interrupt()`` ended the operation.
    public var isInterrupted: Bool { primaryResultCode == SQLITE_INTERRUPT }
    /// Whether the file could not be opened or created.
    public var isCannotOpen: Bool { primaryResultCode == SQLITE_CANTOPEN }
    /// Whether a constraint of the schema refused a row.
    public var isConstraintViolation: Bool { primaryResultCode == SQLITE_CONSTRAINT }
}

extension SQLiteError: CustomStringConvertible {
    /// What failed, on which file, why, and for the usual causes what to do.
    public var description: String {
        let sentence =
            "cannot \(operation.rawValue) \(Self.printable(path)): "
            + "\(Self.printable(message)) (SQLite result code \(resultCode))"
        guard let advice else { return sentence }
        return "\(sentence); \(advice)"
    }

    /// What to do about the usual causes, as the end of a sentence.
    package var advice: String? {
        switch primaryResultCode {
        case SQLITE_BUSY, SQLITE_PROTOCOL: "another process is using it, try again in a moment"
        case SQLITE_FULL: "free some space on its file system"
        case SQLITE_READONLY: "check that you may write the file and its directory"
        case SQLITE_CANTOPEN where message.hasSuffix(Self.tooManyFiles):
            "raise the limit of open files (ulimit -n)"
        case SQLITE_CANTOPEN: "check that the path is right and that you may access it"
        case SQLITE_NOTADB: "name another file"
        case SQLITE_CORRUPT: "restore a backup, or salvage what is left with sqlite3's .recover"
        case SQLITE_IOERR: "check the disk and its file system"
        default: nil
        }
    }

    /// `text` with its control characters escaped, and those that turn or hide text, so that neither a
    /// hostile path nor a hostile schema can steer a terminal.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator]
            .contains(scalar.properties.generalCategory)
    }
}
