public import HistoryModel

/// Whose slot it is: everything in a visible slot but its sample.
public struct SlotIdentity: Hashable, Sendable {
    /// The slot's index.
    public let slot: Int
    /// Active, or stale: then the run has ended in order.
    public let state: SlotState
    /// Differs for each use of the slot.
    public let generation: UInt64
    /// The seqlock's word, even; grows by 2 with each change.
    public let seq: UInt64
    /// The writer's own id of the sandbox.
    public let sandboxID: Int32
    /// The writer's own id of the run.
    public let runID: Int32
    /// The owner's pid, as written: it may be anything.
    public let pid: Int32
    /// When the run started, as written: it may be anything.
    public let startedAtUnixMilliseconds: Int64
    /// The run's memory limit, as written.
    public let memoryLimitBytes: UInt64
    /// The sandbox's name.
    public let name: SlotName

    /// When the run started, or `nil` if that cannot be true.
    public var startedAt: Timestamp? { Timestamp(plausible: startedAtUnixMilliseconds) }
}

/// What one visible slot held at one instant, whole.
public struct SlotReading: Hashable, Sendable {
    /// The registry's ABI, which says what the sample's fields mean.
    public let abi: RegistryABI
    /// Whose slot it is.
    public let identity: SlotIdentity
    /// The sample as written.
    public let sample: SlotSample
}

/// What reading a slot gave, or why it gave nothing.
public enum SlotOutcome: Hashable, Sendable {
    /// A run with a sample.
    case reading(SlotReading)
    /// Nobody uses the slot.
    case free
    /// Somebody claimed the slot; its fields are not there yet.
    case reserved
    /// A run that nobody has sampled yet.
    case notYetSampled(SlotIdentity)
    /// The slot was being written at every try, or its writer was killed while writing.
    case torn(state: SlotState, generation: UInt64, seq: UInt64)
    /// The slot's state is no state.
    case unknownState(UInt32)
}
