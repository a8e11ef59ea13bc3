internal import CSQLite

/// When a transaction takes the lock for writing.
public enum TransactionKind: Hashable, Sendable {
    /// At its first write: for reading several things from one snapshot.
    case deferred
    /// At its beginning: for everything that writes.
    case immediate
    /// At its beginning; outside of WAL it also keeps readers out.
    case exclusive

    fileprivate var begin: String {
        switch self {
        case .deferred: "BEGIN DEFERRED"
        case .immediate: "BEGIN IMMEDIATE"
        case .exclusive: "BEGIN EXCLUSIVE"
        }
    }
}

extension Connection {
    /// Runs `body` within a transaction and commits; whatever is thrown rolls everything back.
    ///
    /// When the beginning, the body or the commit fails with a busy ``SQLiteError``, the whole
    /// transaction is rolled back and begun anew until `limit` has passed, so **`body` may run more
    /// than once**: it should let such errors through and change nothing but the database. Blocks
    /// the thread between attempts.
    ///
    /// - Precondition: no transaction is open; transactions do not nest.
    /// - Throws: what `body` throws; ``SQLiteError`` for the beginning and the commit.
    @discardableResult
    public func transaction<Result>(
        _ kind: TransactionKind = .immediate, retryingFor limit: Duration = .seconds(30),
        _ body: () throws -> Result
    ) throws -> Result {
        precondition(handle.isAutocommit, "transactions do not nest")
        defer { handle.setBusyTimeout(handle.busyTimeout) }
        var retry = BusyRetry(for: limit, of: handle)
        while true {
            handle.setBusyTimeout(min(handle.busyTimeout, retry.remaining))
            do {
                return try attempt(kind, body)
            } catch let error as SQLiteError where error.isBusy {
                try retry.pause(after: error)
            }
        }
    }

    private func attempt<Result>(
        _ kind: TransactionKind, _ body: () throws -> Result
    ) throws -> Result {
        do {
            try handle.execute(kind.begin, as: .begin)
            handle.expectsTransaction = true
            defer { handle.expectsTransaction = false }
            let result = try body()
            try handle.execute("COMMIT", as: .commit)
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Ends an open transaction without its changes; SQLite may have done so by itself.
    private func rollBack() {
        guard !handle.isAutocommit else { return }
        // A failure leaves the transaction open, which is looked for below.
        try? handle.execute("ROLLBACK")
        guard !handle.isAutocommit else { return }
        // An interrupt lasts until no statement runs, and fails ROLLBACK too.
        // The handle is open, and each statement that it lists is alive.
        var next = unsafe sqlite3_next_stmt(handle.raw, nil)
        while let statement = unsafe next {
            unsafe sqlite3_reset(statement)
            unsafe next = sqlite3_next_stmt(handle.raw, statement)
        }
        try? handle.execute("ROLLBACK")
    }
}
