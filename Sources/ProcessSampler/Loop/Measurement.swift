public import HistoryModel

/// One sample of a run, ready to be written to its slot.
///
/// `nil` is *absent*, never zero.
public struct Measurement: Hashable, Sendable {
    /// When the process was read, by the wall clock.
    public var sampledAt: Timestamp
    /// CPU in use since an earlier read; 100 is one full core. `nil` until there is one that is at
    /// least 100 ms older, and when the CPU time went down.
    public var cpuPercent: Float?
    /// Cumulative CPU time.
    public var cpuTimeNanoseconds: UInt64?
    /// Memory resident now.
    public var memoryBytes: UInt64?
    /// Cumulative bytes read from storage.
    public var diskReadBytes: UInt64?
    /// Cumulative bytes written to storage.
    public var diskWriteBytes: UInt64?
    /// Cumulative bytes received.
    public var netRxBytes: UInt64?
    /// Cumulative bytes sent.
    public var netTxBytes: UInt64?

    /// A measurement at `sampledAt` of which nothing is known yet.
    public init(sampledAt: Timestamp) {
        self.sampledAt = sampledAt
    }
}

/// Why a measurement could not be written.
public enum SinkError: Error, Hashable, Sendable {
    /// The slot belongs to another run now: nothing may ever be written to it again.
    case generationMismatch
    /// Anything else, in words; the next write may succeed.
    case other(String)
}

/// Where measurements go: in varve, a slot of the registry.
public protocol SampleSink: ~Copyable {
    /// Writes one measurement.
    ///
    /// - Throws: ``SinkError/generationMismatch`` to end the sampling for good.
    mutating func write(_ measurement: Measurement) throws(SinkError)
}
