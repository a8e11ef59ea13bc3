internal import Atomics

/// A place in shared memory that holds one integer.
struct SharedField<Value: AtomicInteger>: Hashable, Sendable
where Value.AtomicRepresentation.Value == Value {
    /// Bytes from the start of the header or slot: 16 bits, so that a layout is copied cheaply.
    let offset: UInt16

    @inline(__always)
    init(_ offset: UInt16) {
        self.offset = offset
    }
}

/// A field that some ABIs lack.
struct OptionalSharedField<Value: AtomicInteger>: Hashable, Sendable
where Value.AtomicRepresentation.Value == Value {
    /// The field's offset; 0, where `state` lies in every ABI, if there is none.
    private let offset: UInt16

    @inline(__always)
    init(_ offset: UInt16?) {
        self.offset = offset ?? 0
    }

    @inline(__always)
    var field: SharedField<Value>? { offset != 0 ? SharedField(offset) : nil }
}

/// The words of one header or one slot, reached only as atomics: other processes change them at any
/// time, so a plain access would be a data race.
///
/// Every field is a multiple of its size away from a page's start, and lies inside the mapping:
/// ``SlotLayout/requireSound()`` and ``RegistryHeader`` check it.
@safe
struct SharedWords {
    private let base: UnsafeMutableRawPointer

    /// The words at `base`, which stay mapped for as long as the value is used.
    @unsafe
    init(at base: UnsafeMutableRawPointer) {
        unsafe self.base = unsafe base
    }

    @inline(__always)
    private func atomic<Value>(_ field: SharedField<Value>) -> UnsafeAtomic<Value> {
        // The field lies inside the mapping, aligned, and the storage of an atomic integer is that
        // integer.
        unsafe UnsafeAtomic(
            at: (base + Int(field.offset)).assumingMemoryBound(to: UnsafeAtomic<Value>.Storage.self)
        )
    }

    @inline(__always)
    func load<Value>(_ field: SharedField<Value>) -> Value {
        atomic(field).load(ordering: .relaxed)
    }

    /// The value, or 0 where the layout has no such field.
    @inline(__always)
    func load<Value>(_ field: OptionalSharedField<Value>) -> Value {
        if let field = field.field { load(field) } else { 0 }
    }

    @inline(__always)
    func loadAcquiring<Value>(_ field: SharedField<Value>) -> Value {
        atomic(field).load(ordering: .acquiring)
    }

    @inline(__always)
    func store<Value>(_ value: Value, _ field: SharedField<Value>) {
        atomic(field).store(value, ordering: .relaxed)
    }

    /// Stores where the layout has the field.
    @inline(__always)
    func store<Value>(_ value: Value, _ field: OptionalSharedField<Value>) {
        if let field = field.field { store(value, field) }
    }

    @inline(__always)
    func storeReleasing<Value>(_ value: Value, _ field: SharedField<Value>) {
        atomic(field).store(value, ordering: .releasing)
    }

    /// Replaces `expected`, acquiring and releasing; whether it was there, and what was.
    @inline(__always)
    func exchange<Value>(
        _ expected: Value, for desired: Value, _ field: SharedField<Value>
    ) -> (exchanged: Bool, original: Value) {
        atomic(field).compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing)
    }

    /// Adds, acquiring and releasing; what was there before.
    @inline(__always)
    func fetchAdd<Value>(_ amount: Value, _ field: SharedField<Value>) -> Value {
        atomic(field).loadThenWrappingIncrement(
            by: amount, ordering: .acquiringAndReleasing)
    }
}

// Whoever stores the words also holds the mapping that they lie in, and every access is atomic.
extension SharedWords: @unchecked Sendable {}
