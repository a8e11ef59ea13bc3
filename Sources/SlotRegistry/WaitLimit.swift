#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How long to wait for another process, and how often to look.
public struct WaitLimit: Hashable, Sendable {
    /// The longest wait in all; zero looks once.
    public let total: Duration
    /// The pause between two looks.
    public let interval: Duration

    /// Waits at most `total`, looking every `interval`.
    public init(total: Duration, interval: Duration) {
        self.total = total
        self.interval = interval
    }

    /// Looks once.
    public static let once = WaitLimit(total: .zero, interval: .zero)
    /// For a registry that its creator has not published yet: 5 s, every 5 ms.
    public static let opening = WaitLimit(total: .seconds(5), interval: .milliseconds(5))
    /// For a writer to leave its window at release: 100 ms.
    public static let release = WaitLimit(total: .milliseconds(100), interval: .microseconds(50))
    /// For a fenced writer to notice, before its window is taken over. One that runs needs
    /// nanoseconds; one that was killed never leaves.
    static let takeover = WaitLimit(total: .milliseconds(2), interval: .microseconds(50))

    /// Looks until `isDone` says so or the time is over; whether it was done.
    func wait<Failure: Error>(
        until isDone: () throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        if try isDone() { return true }
        let clock = ContinuousClock()
        let deadline = clock.now + total
        while clock.now < deadline {
            Self.pause(interval)
            if try isDone() { return true }
        }
        return false
    }

    private static func pause(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A signal that cuts the pause short only makes the next look earlier.
        usleep(seconds > 0 ? 999_999 : UInt32(clamping: attoseconds / 1_000_000_000_000))
    }
}
