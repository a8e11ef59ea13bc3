public import HistoryModel

/// Whose slot it is: everything in a visible slot but its sample.
public struct SlotIdentity: Hashable, Sendable {
    /// The slot's index.
    public internal(set) var slot: Int
    /// Active, or stale: then the run has ended in order.
    public internal(set) var state: SlotState
    /// Differs for each use of the slot.
    public internal(set) var generation: UInt64
    /// The seqlock's word, even; grows by 2 with each change.
    public internal(set) var seq: UInt64
    /// The writer's own id of the sandbox.
    public internal(set) var sandboxID: Int32
    /// The writer's own id of the run.
    public internal(set) var runID: Int32
    /// The owner's pid, as written: it may be anything.
    public internal(set) var pid: Int32
    /// When the run started, as written: it may be anything.
    public internal(set) var startedAtUnixMilliseconds: Int64
    /// The run's memory limit, as written.
    public internal(set) var memoryLimitBytes: UInt64
    /// The sandbox's name.
    public internal(set) var name: SlotName

    fileprivate init() {
        slot = 0
        state = .free
        generation = 0
        seq = 0
        sandboxID = 0
        runID = 0
        pid = 0
        startedAtUnixMilliseconds = 0
        memoryLimitBytes = 0
        name = SlotName()
    }

    /// When the run started, or `nil` if that cannot be true.
    public var startedAt: Timestamp? { Timestamp(plausible: startedAtUnixMilliseconds) }
}

/// What one visible slot held at one instant, whole.
public struct SlotReading: Hashable, Sendable {
    /// The registry's ABI, which says what the sample's fields mean.
    public let abi: RegistryABI
    /// Whose slot it is.
    public internal(set) var identity: SlotIdentity
    /// The sample as written.
    public internal(set) var sample: SlotSample

    /// A place to read slots into.
    init(_ abi: RegistryABI) {
        self.abi = abi
        identity = SlotIdentity()
        sample = SlotSample(sampledAtUnixMilliseconds: 0)
    }
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
