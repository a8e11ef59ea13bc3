/// What a synthetic sandbox shows at one instant.
public struct SyntheticSample: Hashable, Sendable {
    /// Unix seconds.
    public var at: Int64
    /// CPU in hundredths of a percent.
    public var cpuCentipercent: Int64
    /// Memory in use, whole pages of 4096 bytes.
    public var memoryBytes: Int64
    /// Bytes read from storage so far, whole pages.
    public var diskReadBytes: Int64
    /// Bytes written to storage so far, whole pages.
    public var diskWriteBytes: Int64
    /// Bytes received so far.
    public var netRxBytes: Int64
    /// Bytes sent so far.
    public var netTxBytes: Int64
}
