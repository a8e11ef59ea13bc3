public import HistoryModel

/// The time that a sampling loop lives by; a test gives its own.
public protocol SamplingClock: ~Copyable {
    /// The monotonic clock, in nanoseconds.
    mutating func monotonicNanoseconds() -> UInt64

    /// The wall clock.
    mutating func wallClock() -> Timestamp

    /// Waits until the monotonic clock shows `deadline`, or until `stop` is given.
    ///
    /// - Returns: what was asked for, or `nil` at the deadline.
    mutating func sleep(until deadline: UInt64, orUntil stop: StopSignal) -> StopSignal.Request?
}

/// The clocks of the system; sleeping is one `ppoll`.
public struct SystemSamplingClock: SamplingClock, Sendable {
    /// The clocks of the system.
    public init() {}

    /// `CLOCK_MONOTONIC`; on macOS `CLOCK_UPTIME_RAW`.
    public func monotonicNanoseconds() -> UInt64 { MonotonicClock.nanoseconds() }

    /// `CLOCK_REALTIME`.
    public func wallClock() -> Timestamp { .now() }

    /// Waits in the kernel.
    public func sleep(
        until deadline: UInt64, orUntil stop: StopSignal
    ) -> StopSignal.Request? {
        stop.wait(until: deadline)
    }
}
