internal import ProcessWatch

/// How one thread tells the recording thread to end.
final class RecordingStop: Sendable {
    private struct State {
        var isRequested = false
        var waker: Waker?
    }

    private let state = Locked(State())

    /// Whether the recording should end.
    var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Tells the recording to end, and ends its wait.
    func request() {
        state.withLock { state in
            state.isRequested = true
            state.waker?.wake()
        }
    }

    /// Wakes `waker` when the end is requested, and at once if it was already.
    func use(_ waker: Waker) {
        state.withLock { state in
            state.waker = waker
            if state.isRequested { waker.wake() }
        }
    }
}
