internal import CSQLite
internal import Synchronization

/// A handle that ends what its connection is running, from any thread.
///
/// It may outlive the connection: then interrupting does nothing.
///
/// ```swift
/// let interrupter = connection.interrupter
/// Task { interrupter.interrupt() }
/// ```
public final class Interrupter: Sendable {
    private struct State {
        var target: Target?
        var interruptions: UInt64 = 0
    }

    // The pointer is used under the lock only, and taken away under it before the handle is closed;
    // sqlite3_interrupt itself may be called from any thread.
    @safe private struct Target: @unchecked Sendable {
        let raw: OpaquePointer
    }

    private let state: Mutex<State>

    init(_ raw: OpaquePointer) {
        // The handle was opened just now and belongs to the caller, who detaches before closing it.
        let target = unsafe Target(raw: raw)
        state = Mutex(State(target: target))
    }

    /// Makes the running statements fail with `SQLITE_INTERRUPT`; a statement begun later is not
    /// touched.
    ///
    /// It also ends the pauses of a transaction's retries, after the busy timeout at the latest.
    public func interrupt() {
        state.withLock { state in
            state.interruptions &+= 1
            guard let target = state.target else { return }
            // The target is open: it is taken away under this lock before it is closed.
            unsafe sqlite3_interrupt(target.raw)
        }
    }

    /// How often ``interrupt()`` was called.
    var interruptions: UInt64 { state.withLock { $0.interruptions } }

    /// Forgets the handle, which is about to be closed.
    func detach() {
        state.withLock { $0.target = nil }
    }
}
