/// What a process, or a process tree, has used since it started.
///
/// `nil` is *absent*: the system did not say. It is never zero.
public struct ProcessCounters: Hashable, Sendable {
    /// CPU time, user and system; exact to a clock tick (10 ms) on Linux.
    public var cpuTimeNanoseconds: UInt64?
    /// Memory resident now; absent once the process has exited.
    public var memoryBytes: UInt64?
    /// Bytes that were really fetched from storage; absent if the system keeps them from us.
    public var diskReadBytes: UInt64?
    /// Bytes that were really sent to storage; absent if the system keeps them from us.
    public var diskWriteBytes: UInt64?
    /// When this was read, in nanoseconds of the monotonic clock.
    public var readAtNanoseconds: UInt64
    /// Whether the process has exited and only waits to be reaped: its totals are final.
    public var hasExited: Bool

    /// Counters read at `readAtNanoseconds`, all of them absent unless given.
    public init(
        cpuTimeNanoseconds: UInt64? = nil,
        memoryBytes: UInt64? = nil,
        diskReadBytes: UInt64? = nil,
        diskWriteBytes: UInt64? = nil,
        readAtNanoseconds: UInt64,
        hasExited: Bool = false
    ) {
        self.cpuTimeNanoseconds = cpuTimeNanoseconds
        self.memoryBytes = memoryBytes
        self.diskReadBytes = diskReadBytes
        self.diskWriteBytes = diskWriteBytes
        self.readAtNanoseconds = readAtNanoseconds
        self.hasExited = hasExited
    }
}

/// Something whose cumulative counters can be read again and again: a process or a tree of them.
///
/// ```swift
/// var source = try ProcessCounterSource(identity)
/// while let counters = try source.read() { … }
/// ```
public protocol CounterSource: ~Copyable {
    /// Reads the counters now.
    ///
    /// - Returns: the counters, or `nil` once the process is gone or its pid is another's.
    /// - Throws: ``ProcessSampleError`` if the process is there but cannot be read or understood.
    mutating func read() throws(ProcessSampleError) -> ProcessCounters?
}
