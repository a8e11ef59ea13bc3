internal import CSQLite
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Held while a file is created and opened: closing a descriptor drops all of the process's POSIX
/// locks on its file, so no other connection may open the new file before that close.
private let openingLock = Mutex<Void>(())

/// The owner of one `sqlite3`: a connection and its statements share it, the last one closes it.
// All pointers derived from `raw` stay within this module, and whoever uses them holds the owner.
@safe final class DatabaseHandle {
    let raw: OpaquePointer
    let path: String
    let mode: OpenMode
    let interrupter: Interrupter
    let busyTimeout: Duration
    /// The VFS that it was opened with; `nil` is SQLite's own.
    let fileSystem: String?
    /// How often a transaction or the switch to WAL began anew because of another connection.
    var busyRetries = 0
    /// Whether the body of a transaction is running.
    var expectsTransaction = false

    init(
        path: String, mode: OpenMode, busyTimeout: Duration, fileSystem: String?
    ) throws(SQLiteError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SQLiteError(
                operation: .open, resultCode: SQLITE_CANTOPEN,
                message: path.isEmpty ? "the path is empty" : "the path holds a NUL byte",
                path: path)
        }
        var opened: OpaquePointer?
        // `opened` is written once, by the call; the path is NUL-terminated for its duration.
        let code = openingLock.withLock { _ in
            if mode == .create { Self.createPrivately(path) }
            guard let parameters = mode.observation else {
                return unsafe sqlite3_open_v2(
                    Self.plainName(path), &opened, mode.flags, fileSystem)
            }
            guard ObservingFileSystem.isRegistered else { return SQLITE_CANTOPEN }
            return unsafe sqlite3_open_v2(
                ObservingFileSystem.address(of: path, parameters), &opened, mode.flags,
                ObservingFileSystem.name)
        }
        // A handle is given even for most failures: it holds the message, and must be closed.
        guard code == SQLITE_OK, let raw = unsafe opened else {
            let error = unsafe SQLiteError(
                operation: .open, resultCode: code, database: opened, path: path, sql: nil)
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        unsafe self.raw = raw
        self.path = path
        self.mode = mode
        self.busyTimeout = busyTimeout
        self.fileSystem = fileSystem
        unsafe self.interrupter = Interrupter(raw)
        setBusyTimeout(busyTimeout)
        set(SQLITE_DBCONFIG_DQS_DML, to: false)
        set(SQLITE_DBCONFIG_DQS_DDL, to: false)
        set(SQLITE_DBCONFIG_DEFENSIVE, to: true)
        set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, to: false)
        // A log that somebody left stays as it is until the caller has decided to write here.
        set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, to: Self.holdsBytes(path + "-wal"))
    }

    deinit {
        interrupter.detach()
        // No statement is left, as each holds this object; a close_v2 of an open handle succeeds.
        unsafe sqlite3_close_v2(raw)
    }

    var isInMemory: Bool { path == ":memory:" }

    /// Whether no transaction is open.
    var isAutocommit: Bool {
        // `raw` is open as long as self lives.
        unsafe sqlite3_get_autocommit(raw) != 0
    }

    func setBusyTimeout(_ timeout: Duration) {
        // `raw` is open as long as self lives.
        unsafe sqlite3_busy_timeout(raw, timeout.clampedMilliseconds)
    }

    func set(_ option: Int32, to value: Bool) {
        // `raw` is open as long as self lives; every option used here takes one int.
        unsafe varve_sqlite3_db_config_int(raw, option, value ? 1 : 0)
    }

    /// The error for `code`, which the last call on this handle has given.
    func error(
        _ operation: SQLiteError.Operation, _ code: Int32, sql: String? = nil
    ) -> SQLiteError {
        // `raw` is open as long as self lives.
        unsafe SQLiteError(
            operation: operation, resultCode: code, database: raw, path: path, sql: sql)
    }

    /// An error in our words.
    func error(
        _ operation: SQLiteError.Operation, _ code: Int32, saying message: String,
        sql: String? = nil
    ) -> SQLiteError {
        SQLiteError(
            operation: operation, resultCode: code, message: message, path: path, sql: sql)
    }

    /// Creates an empty file that only its owner may read, unless the path is taken. Failures are
    /// left to SQLite, which meets and reports them again.
    private static func createPrivately(_ path: String) {
        guard path != ":memory:" else { return }
        // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// The path as SQLite takes it for a file: "file:…" would be read as a URI by some builds.
    private static func plainName(_ path: String) -> String {
        path.hasPrefix("file:") ? "./" + path : path
    }

    private static func holdsBytes(_ path: String) -> Bool {
        var status = stat()
        // The path is NUL-terminated for the call and `status` is written by it only.
        return unsafe stat(path, &status) == 0 && status.st_size > 0
    }
}

extension OpenMode {
    fileprivate var flags: Int32 {
        let access =
            switch self {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .observing, .observingAlone: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    }

    /// The parameters of the URI of a database that is only observed.
    fileprivate var observation: String? {
        switch self {
        case .readOnly, .readWrite, .create: nil
        case .observing: "readonly_shm=1"
        case .observingAlone: "immutable=1"
        }
    }
}

extension SQLiteError {
    /// How the message ends if there was no descriptor left: SQLite has no code for it.
    // strerror gives a string for every number, constant or of this thread.
    static let tooManyFiles = unsafe ": " + String(cString: strerror(EMFILE))

    /// Copies SQLite's words for `code`, which the last call on `database` has given.
    fileprivate init(
        operation: Operation, resultCode: Int32, database: OpaquePointer?, path: String,
        sql: String?
    ) {
        // The message belongs to the handle until its next use: it is copied before that.
        var message = unsafe String(cString: sqlite3_errmsg(database))
        let primary = resultCode & 0xff
        if primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR {
            // The handle is open or NULL, for which SQLite gives 0.
            let number = unsafe sqlite3_system_errno(database)
            // strerror gives a string for every number, constant or of this thread.
            if number != 0 { unsafe message += ": " + String(cString: strerror(number)) }
        }
        self.init(
            operation: operation, resultCode: resultCode, message: message, path: path, sql: sql)
    }
}
