/// Network byte counters that a runtime supplies for its sandbox.
public protocol NetworkCounters: ~Copyable {
    /// Bytes received and sent by the sandbox since it started, or `nil` if nobody can say now.
    mutating func read() -> (rxBytes: UInt64, txBytes: UInt64)?
}

/// A sandbox whose network nobody measures: always absent.
public struct NoNetworkCounters: NetworkCounters, Sendable {
    /// Counters that are always absent.
    public init() {}

    /// Always `nil`.
    public func read() -> (rxBytes: UInt64, txBytes: UInt64)? { nil }
}
