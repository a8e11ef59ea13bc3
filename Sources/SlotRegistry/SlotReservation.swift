/// A slot that was claimed for a run which has no process yet.
///
/// It is only a claim check: the slot stays reserved until it is activated or released.
public struct SlotReservation: Hashable, Sendable {
    /// The slot's index.
    public let slot: Int
    /// The slot's generation, which proves that it is still ours.
    public let generation: UInt64
}
