/// How a database file is opened.
public enum OpenMode: Hashable, Sendable {
    /// For reading; never creates the file.
    case readOnly
    /// For reading and writing; the file must exist.
    case readWrite
    /// For reading and writing; a missing file is created with mode 0600.
    case create
    /// For reading a database that belongs to another program, which may have it open: none of its
    /// files is opened for writing, made or removed. Its log and the log's index must be there.
    case observing
    /// The same for a database that nobody has open: no log is looked for and nothing is locked. Who
    /// reads so must make sure afterwards that the file did not change meanwhile.
    case observingAlone

    /// Whether a connection may ever write.
    var canWrite: Bool { self == .readWrite || self == .create }
}

/// What a connection's owner may choose; all else is fixed.
public struct ConnectionSettings: Hashable, Sendable {
    /// How long one statement waits for another connection's lock before it fails as busy.
    public var busyTimeout: Duration
    /// How many idle prepared statements are kept, at least 1.
    public var statementCacheCapacity: Int
    /// The file system of SQLite's (a VFS) that the database's files are used through, by the name under
    /// which it is registered; `nil` is SQLite's own. Where a database is only observed it is not used.
    package var fileSystem: String?

    /// The usual settings: five seconds of patience, 64 statements kept.
    public init(busyTimeout: Duration = .seconds(5), statementCacheCapacity: Int = 64) {
        self.busyTimeout = busyTimeout
        self.statementCacheCapacity = statementCacheCapacity
    }
}

extension Duration {
    /// Whole milliseconds, rounded up and held within 0…`Int32.max`.
    var clampedMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        guard seconds < Int64(Int32.max) / 1000 else { return .max }
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(seconds * 1000 + milliseconds)
    }
}
