internal import Dispatch

/// Messages from one thread to another, in order.
final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Locked<[Message]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    /// Puts `message` in.
    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        arrivals.signal()
    }

    /// Takes the oldest message, waiting for one until `deadline`.
    ///
    /// - Returns: `nil` if none came in time.
    func next(until deadline: DispatchTime) -> Message? {
        guard arrivals.wait(timeout: deadline) == .success else { return nil }
        return messages.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
