public import HistoryModel

/// A registry opened for reading, of any ABI: never changes a byte of it.
///
/// The object is opened `O_RDONLY` and mapped `PROT_READ`, so that not even a bug could.
///
/// ```swift
/// let reader = try RegistryReader.open(.microsandbox(home: home, abi: .v3))
/// try reader.snapshot { reading in
///     print(reading.identity.name.string, reading.sample.memoryBytes)
/// }
/// ```
public struct RegistryReader: ~Copyable, Sendable {
    /// The object's name.
    public let name: RegistryName
    /// The version of the format, as the header said at opening.
    public let abi: RegistryABI
    /// The number of slots, as the header said at opening.
    public let capacity: Int
    private let object: SharedMemoryObject
    private let region: MappedRegion

    private init(
        _ object: consuming SharedMemoryObject, _ abi: RegistryABI, _ capacity: Int,
        _ region: MappedRegion
    ) {
        name = object.name
        self.abi = abi
        self.capacity = capacity
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
        return SlotMemory(region.slot(slot), abi).read(into: &reading).outcome(reading)
    }

    /// Reads all slots in order, and shows each that has a sample. Each is whole in itself; they are
    /// not of one instant.
    ///
    /// ```swift
    /// var names: [Int32: String] = [:]
    /// try reader.snapshot { reading in
    ///     names[reading.identity.runID] = reading.identity.name.string
    /// } others: { slot, outcome in
    ///     if case .torn = outcome { print("somebody stands still in slot", slot) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - readings: gets the reading of a run with a sample. All are read into one place, which is
    ///     lent `inout` only because Swift would copy it otherwise; what is kept of it is a copy.
    ///   - others: gets what the slot gave instead; never a ``SlotOutcome/reading(_:)``.
    /// - Throws: ``RegistryError``: `tooSmall` if somebody has cut the object short. Doing so
    ///   *during* a snapshot is a SIGBUS; only the registry's owner can, and no program does.
    /// - Complexity: one `fstat`, some 10 ns a visible slot; no allocation.
    public borrowing func snapshot(
        readings: (_ reading: inout SlotReading) -> Void,
        others: (_ slot: Int, _ outcome: SlotOutcome) -> Void = { _, _ in }
    ) throws(RegistryError) {
        try object.requireSize(region.length)
        var reading = SlotReading(abi)
        for slot in 0..<capacity {
            // Reading a slot is waiting for its memory: the processor does not look so far ahead itself.
            region.prefetch(slot: slot + 4)
            reading.identity.slot = slot
            let glance = SlotMemory(region.slot(slot), abi).read(into: &reading)
            if case .reading = glance {
                readings(&reading)
            } else {
                others(slot, glance.outcome(reading))
            }
        }
    }

    /// Reads all slots in order, and shows what each gave: ``snapshot(readings:others:)`` for whoever
    /// does the same with every slot.
    ///
    /// - Throws: ``RegistryError`` as there.
    /// - Complexity: as there, and a copy of each reading.
    public borrowing func snapshot(
        _ body: (_ slot: Int, _ outcome: SlotOutcome) -> Void
    ) throws(RegistryError) {
        try snapshot(readings: { body($0.identity.slot, .reading($0)) }, others: body)
    }
}
