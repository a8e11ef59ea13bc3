internal import Dispatch
internal import HistoryModel
internal import Supervisor

/// Keeps the end of what a command writes to its stderr, while all of it goes on to varve's own.
final class ErrorCapture {
    /// How much of the end is kept.
    static let keptBytes = 65_536

    private let tap: StreamTap
    private let tail: Mailbox<StreamTail>
    private let thread: DedicatedThread<Bool>

    /// Passes on what comes through `tap`, to which the command is connected already.
    ///
    /// - Returns: `nil` if the system has no room for another thread.
    init?(_ tap: StreamTap) {
        let tail = Mailbox<StreamTail>()
        let thread = DedicatedThread {
            tail.post(tap.passOn())
            return true
        }
        guard let thread else { return nil }
        self.tap = tap
        self.tail = tail
        self.thread = thread
    }

    /// Waits until all that was written is passed on; what is written from now on is lost.
    ///
    /// Where the reader of varve's stderr does not read, a signal that asks for an end, or the end of
    /// `patience`, gives up the rest.
    func finish(_ signals: borrowing SignalGate, patience: Duration?) -> RunLog {
        tap.finish()
        let clock = ContinuousClock()
        let deadline = patience.map { clock.now + $0 }
        var kept: StreamTail?
        while kept == nil {
            kept = tail.next(until: .now() + .milliseconds(20))
            let isAsked = signals.next(within: .zero).flatMap(StopRequest.init) != nil
            if isAsked || deadline.map({ clock.now >= $0 }) ?? false { tap.abandon() }
        }
        _ = thread.join()
        return RunLog(
            name: "stderr", takenAt: .now(), writtenBytes: kept?.writtenBytes,
            tail: kept?.bytes ?? [])
    }
}
