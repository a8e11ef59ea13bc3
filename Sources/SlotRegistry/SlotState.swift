/// What a slot is used for, as its `state` word says.
public enum SlotState: UInt32, Hashable, Sendable {
    /// Nobody uses the slot.
    case free = 0
    /// Somebody claimed the slot and has no process for it yet.
    case reserved = 1
    /// A run owns the slot.
    case active = 2
    /// A run has ended; its last sample stays until the slot is used again.
    case stale = 3

    /// The state of a slot whose fields a reader may look at; `nil` for every other word.
    @inline(__always)
    init?(visible word: UInt32) {
        if word == SlotState.active.rawValue {
            self = .active
        } else if word == SlotState.stale.rawValue {
            self = .stale
        } else {
            return nil
        }
    }
}
