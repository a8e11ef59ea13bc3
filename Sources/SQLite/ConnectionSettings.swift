/// How a database file is opened.
public enum OpenMode: Hashable, Sendable {
    /// For reading; never creates the file.
    case readOnly
    /// For reading and writing; the file must exist.
    case readWrite
    /// For reading and writing; a missing file is created with mode 0600.
    case create
}

/// What a connection's owner may choose; all else is fixed.
public struct ConnectionSettings: Hashable, Sendable {
    /// How long one statement waits for another connection's lock before it fails as busy.
    public var busyTimeout: Duration
    /// How many idle prepared statements are kept, at least 1.
    public var statementCacheCapacity: Int

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
