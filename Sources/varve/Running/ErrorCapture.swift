internal import Dispatch
internal import HistoryModel
internal import Supervisor

/// Keeps the end of what a command writes to its stderr, while all of it goes on to varve's own.
final class ErrorCapture {
    /// How much of the end is kept.
    static let keptBytes = 65_536
    /// Once the command has ended: for so long nothing of the rest may be taken, and it is given up. Who
    /// reads at all gets everything.
    private static let patience = Duration.seconds(5)
    /// How long the thread may take to end when it is told to.
    private static let patienceAtEnd = Duration.seconds(1)

    private struct State {
        var tail = StreamTail(limit: ErrorCapture.keptBytes)
        var passedBytes: Int64 = 0
    }

    private let tap: StreamTap
    private let state: Locked<State>
    private let isOver: Mailbox<Bool>
    // Never joined: where stderr could not be opened a second time, it may hang in a write.
    private let thread: DedicatedThread<Bool>

    /// Passes on what comes through `tap`, to which the command is connected already.
    ///
    /// - Returns: `nil` if the system has no room for another thread.
    init?(_ tap: StreamTap) {
        let state = Locked(State())
        let isOver = Mailbox<Bool>()
        let thread = DedicatedThread {
            tap.passOn { progress in
                state.withLock { state in
                    switch progress {
                    case .came(let bytes): state.tail.append(bytes)
                    case .passed(let count): state.passedBytes += Int64(count)
                    }
                }
            }
            isOver.post(true)
            return true
        }
        guard let thread else { return nil }
        self.tap = tap
        self.state = state
        self.isOver = isOver
        self.thread = thread
    }

    /// Waits until all that was written is passed on; what is written from now on is lost.
    ///
    /// Where the reader of varve's stderr takes nothing for some seconds, the rest is given up; at once if a
    /// signal asks for an end, and in any case after `limit`.
    func finish(_ signals: borrowing SignalGate, limit: Duration?) -> RunLog {
        tap.finish()
        let clock = ContinuousClock()
        let last = limit.map { clock.now + $0 }
        var passed: Int64 = -1
        var deadline = clock.now
        var end: ContinuousClock.Instant?
        while isOver.next(until: .now() + .milliseconds(20)) == nil {
            let now = clock.now
            if let end {
                guard now < end else { break }
                continue
            }
            let progress = state.withLock { $0.passedBytes }
            if progress != passed {
                passed = progress
                deadline = now + Self.patience
            }
            let isAsked = signals.next(within: .zero).flatMap(StopRequest.init) != nil
            guard isAsked || now >= deadline || last.map({ now >= $0 }) ?? false else { continue }
            tap.abandon()
            end = now + Self.patienceAtEnd
        }
        let tail = state.withLock { $0.tail }
        return RunLog(
            name: "stderr", takenAt: .now(), writtenBytes: tail.writtenBytes, tail: tail.bytes)
    }
}
