internal import CSQLite

/// The pauses between attempts that other connections have made fail: growing, with jitter, until a
/// deadline.
struct BusyRetry: ~Copyable {
    private let handle: DatabaseHandle
    private let deadline: ContinuousClock.Instant
    private let interruptions: UInt64
    private var longest: Int32 = 2

    init(for limit: Duration, of handle: DatabaseHandle) {
        self.handle = handle
        deadline = .now + limit
        interruptions = handle.interrupter.interruptions
    }

    /// What is left until the deadline; never negative.
    var remaining: Duration { max(.zero, deadline - .now) }

    /// Blocks the thread for 1 to 50 ms, so that the caller may try again.
    ///
    /// - Throws: `error` itself if it is not a busy one or if the time is up, or that the
    ///   connection was interrupted since the first attempt.
    mutating func pause(after error: SQLiteError) throws(SQLiteError) {
        guard error.isBusy else { throw error }
        guard handle.interrupter.interruptions == interruptions else {
            throw handle.error(
                error.operation, SQLITE_INTERRUPT, saying: "interrupted", sql: error.sql)
        }
        let left = remaining
        guard left > .zero else { throw error }
        handle.busyRetries += 1
        sqlite3_sleep(min(Int32.random(in: 1...longest), left.clampedMilliseconds))
        longest = min(longest * 2, 50)
    }
}
