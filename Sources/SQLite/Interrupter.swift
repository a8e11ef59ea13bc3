internal import CSQLite

/// A handle that ends what its connection is running, from any thread.
///
/// It may outlive the connection: then interrupting does nothing.
///
/// ```swift
/// let interrupter = connection.interrupter
/// Task { interrupter.interrupt() }
/// ```
@safe public final class Interrupter: Sendable {
    // SQLite's own mutex and not `Synchronization.Mutex`, whose critical sections the thread sanitizer
    // takes for races on Linux. Made in `init`, freed in `deinit`.
    nonisolated(unsafe) private let mutex: OpaquePointer?
    // Both are read and written by the holder of the mutex alone; the handle is taken away under it
    // before it is closed, and sqlite3_interrupt may be called from any thread.
    nonisolated(unsafe) private var target: OpaquePointer?
    nonisolated(unsafe) private var count: UInt64 = 0

    init(_ raw: OpaquePointer) {
        // Of an SQLite without threads it is nil, and then entering it does nothing.
        unsafe mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_FAST)
        unsafe target = raw
    }

    deinit {
        unsafe sqlite3_mutex_free(mutex)
    }

    /// Makes the running statements fail with `SQLITE_INTERRUPT`; a statement begun later is not
    /// touched.
    ///
    /// It also ends the pauses of a transaction's retries, after the busy timeout at the latest.
    public func interrupt() {
        withLock {
            unsafe count &+= 1
            if let target = unsafe target { unsafe sqlite3_interrupt(target) }
        }
    }

    /// How often ``interrupt()`` was called.
    var interruptions: UInt64 { withLock { unsafe count } }

    /// Forgets the handle, which is about to be closed.
    func detach() {
        withLock { unsafe target = nil }
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        unsafe sqlite3_mutex_enter(mutex)
        defer { unsafe sqlite3_mutex_leave(mutex) }
        return body()
    }
}
