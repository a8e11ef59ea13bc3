/// A failed operation on a registry.
///
/// ```swift
/// do { try writer.write(sample) } catch where error.isGenerationMismatch { return }
/// ```
public struct RegistryError: Error, Hashable, Sendable {
    /// The name of the shared-memory object.
    public let registry: String
    /// What was wrong.
    public let reason: Reason

    /// What can be wrong with a registry.
    public enum Reason: Hashable, Sendable {
        /// An object of that name is there already.
        case exists
        /// No object has that name.
        case notFound
        /// No slot could be claimed: none is free, stale, or owned by a process that is gone.
        case full(capacity: Int)
        /// The slot belongs to somebody else now. Its writer stops for good.
        case generationMismatch(slot: Int, expected: UInt64, actual: UInt64)
        /// Another program is inside the slot; the generation has not moved (yet).
        case slotBusy(slot: Int)
        /// The sandbox's name does not fit a slot.
        case nameTooLong(byteCount: Int)
        /// No shared-memory object can have that name.
        case badName
        /// No registry can have that many slots.
        case badCapacity(Int)
        /// The header is not that of a registry that was asked for.
        case badHeader(field: HeaderField, found: UInt64, wanted: ClosedRange<UInt64>)
        /// The object is shorter than what it must hold, in bytes.
        case tooSmall(found: Int64, wanted: Int64)
        /// The creator did not publish the registry in time; `state` is its header's.
        case notReady(state: UInt32)
        /// The object belongs to another user, or others may use it. `mode` is its permission bits.
        case notOwned(owner: UInt32, mode: UInt32)
        /// The system does not let this user open the object: it is another user's, of mode 0600.
        case notPermitted
        /// The system refused `call` with `code`, an errno value.
        case system(call: String, code: Int32)
    }

    /// A field of the header that is checked.
    public enum HeaderField: String, Hashable, Sendable {
        /// The eight bytes `MSBMET01`.
        case magic
        /// The ABI.
        case version
        /// The header's length in bytes.
        case headerLength = "header_len"
        /// A slot's length in bytes.
        case slotLength = "slot_len"
        /// The number of slots.
        case capacity
    }

    /// The error of `registry` for `reason`.
    public init(registry: String, reason: Reason) {
        self.registry = registry
        self.reason = reason
    }

    /// Whether the slot belongs to somebody else now.
    public var isGenerationMismatch: Bool {
        if case .generationMismatch = reason { true } else { false }
    }

    /// Whether no object has that name (yet).
    public var isNotFound: Bool { reason == .notFound }
}
