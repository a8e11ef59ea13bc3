public import HistoryModel

/// A registry opened for reading, of any ABI: never changes a byte of it.
///
/// The object is opened `O_RDONLY` and mapped `PROT_READ`, so that not even a bug could.
///
/// ```swift
/// let reader = try RegistryReader.open(.microsandbox(home: home, abi: .v3))
/// try reader.snapshot { slot, outcome in
///     if case .reading(let reading) = outcome { print(slot, reading.identity.name.string) }
/// }
/// ```
public struct RegistryReader: ~Copyable, Sendable {
    /// The object's name.
    public let name: RegistryName
    /// The version of the format, as the header said at opening.
    public let abi: RegistryABI
    /// The number of slots, as the header said at opening.
    public let capacity: Int
    private let layout: SlotLayout
    private let object: SharedMemoryObject
    private let region: MappedRegion

    private init(
        _ object: consuming SharedMemoryObject, _ abi: RegistryABI, _ capacity: Int,
        _ region: MappedRegion
    ) {
        name = object.name
        self.abi = abi
        self.capacity = capacity
        layout = .of(abi)
        self.object = object
        self.region = region
    }

    /// Opens the registry `name`, waiting for a creator that is still at it.
    ///
    /// A registry that other users could change is refused; root may read any user's.
    ///
    /// - Parameter abi: the ABI that it must have; `nil` takes any.
    /// - Throws: ``RegistryError``: `notFound`, `notOwned`, `tooSmall`, `notReady`, `badHeader`,
    ///   `system`.
    public static func open(
        _ name: RegistryName,
        expecting abi: RegistryABI? = nil,
        waiting limit: WaitLimit = .opening
    ) throws(RegistryError) -> RegistryReader {
        let object = try SharedMemoryObject(name, .readOnly)
        let opened = try object.mapRegistry(abi: abi, capacity: nil, waiting: limit)
        return RegistryReader(object, opened.abi, opened.capacity, opened.region)
    }

    /// When the registry was created, or `nil` if that cannot be true.
    public var createdAt: Timestamp? {
        Timestamp(plausible: region.header.load(RegistryHeader.createdAtField))
    }

    /// Reads one slot; `nil` if the registry has no such slot.
    ///
    /// - Throws: ``RegistryError``: `tooSmall` if somebody has cut the object short.
    /// - Complexity: one `fstat`; no allocation.
    public borrowing func read(slot: Int) throws(RegistryError) -> SlotOutcome? {
        guard slot >= 0, slot < capacity else { return nil }
        try object.requireSize(region.length)
        var reading = SlotReading(abi)
        reading.identity.slot = slot
        return SlotMemory(region.slot(slot), layout).read(into: &reading).outcome(reading)
    }

    /// Reads all slots in order. Each is whole in itself; they are not of one instant.
    ///
    /// - Throws: ``RegistryError``: `tooSmall` if somebody has cut the object short. Doing so
    ///   *during* a snapshot is a SIGBUS; only the registry's owner can, and no program does.
    /// - Complexity: one `fstat`, some 20 ns a visible slot; no allocation.
    public borrowing func snapshot(
        _ body: (_ slot: Int, _ outcome: SlotOutcome) -> Void
    ) throws(RegistryError) {
        try object.requireSize(region.length)
        var reading = SlotReading(abi)
        for slot in 0..<capacity {
            reading.identity.slot = slot
            let glance = SlotMemory(region.slot(slot), layout).read(into: &reading)
            // Apart from the rest, so that the large outcome is made where it is handed over.
            if case .reading = glance {
                body(slot, .reading(reading))
            } else {
                body(slot, glance.outcome(reading))
            }
        }
    }
}
