public import HistoryModel

/// A registry opened for writing: reserves slots and turns them into writers.
///
/// It owns its mapping together with the writers that it handed out; the object itself stays when
/// all of them are gone, until the host restarts.
///
/// ```swift
/// let registry = try Registry.openOrCreate(.varve(home: home))
/// let reservation = try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "web")
/// let writer = try registry.activate(reservation, runID: 7, pid: pid, startedAt: .now())
/// try writer.write(sample)
/// try writer.release(to: .stale)
/// ```
public struct Registry: ~Copyable, Sendable {
    /// The slots of a registry unless its creator wants others.
    public static let defaultCapacity = 1024

    /// The object's name.
    public let name: RegistryName
    /// The version of the format.
    public let abi: RegistryABI
    /// The number of slots.
    public let capacity: Int
    let region: MappedRegion

    private init(_ name: RegistryName, _ abi: RegistryABI, _ capacity: Int, _ region: MappedRegion)
    {
        self.name = name
        self.abi = abi
        self.capacity = capacity
        self.region = region
    }

    /// Creates the registry `name`, of mode 0600.
    ///
    /// - Throws: ``RegistryError``: `exists`, `badCapacity`, `system`.
    public static func create(
        _ name: RegistryName,
        abi: RegistryABI = .v3,
        capacity: Int = defaultCapacity,
        createdAt: Timestamp = .now()
    ) throws(RegistryError) -> Registry {
        guard RegistryHeader.capacities.contains(capacity) else {
            throw RegistryError(registry: name.value, reason: .badCapacity(capacity))
        }
        let object = try SharedMemoryObject(name, .createNew)
        let size = RegistryHeader.objectSize(capacity: capacity)
        let region: MappedRegion
        do {
            try object.allocate(size)
            region = try object.map(size)
        } catch {
            // Nobody can have used it yet, and left behind it would keep everybody waiting.
            try? SharedMemoryObject.unlink(name)
            throw error
        }
        RegistryHeader.publish(region.header, abi: abi, capacity: capacity, createdAt: createdAt)
        return Registry(name, abi, capacity, region)
    }

    /// Opens the registry `name`, waiting for a creator that is still at it.
    ///
    /// - Parameters:
    ///   - abi: the ABI that it must have; `nil` takes any.
    ///   - capacity: the slots that it must have; `nil` takes any number.
    /// - Throws: ``RegistryError``: `notFound`, `notOwned`, `tooSmall`, `notReady`, `badHeader`,
    ///   `system`.
    public static func open(
        _ name: RegistryName,
        expecting abi: RegistryABI? = nil,
        capacity: Int? = nil,
        waiting limit: WaitLimit = .opening
    ) throws(RegistryError) -> Registry {
        let object = try SharedMemoryObject(name, .readWrite)
        let opened = try object.mapRegistry(abi: abi, capacity: capacity, waiting: limit)
        return Registry(name, opened.abi, opened.capacity, opened.region)
    }

    /// Opens the registry `name`, or creates it if there is none; any number may try at once.
    ///
    /// The capacity counts only at creation: a registry that exists keeps the one it has.
    ///
    /// - Throws: ``RegistryError`` as ``open(_:expecting:capacity:waiting:)`` and
    ///   ``create(_:abi:capacity:createdAt:)``.
    public static func openOrCreate(
        _ name: RegistryName,
        abi: RegistryABI = .v3,
        capacity: Int = defaultCapacity,
        createdAt: Timestamp = .now(),
        waiting limit: WaitLimit = .opening
    ) throws(RegistryError) -> Registry {
        var last = RegistryError(registry: name.value, reason: .notFound)
        // Each round is lost only to somebody who created or removed the object in between.
        for _ in 0..<4 {
            do {
                return try open(name, expecting: abi, waiting: limit)
            } catch  where error.reason == .notFound {
                last = error
            }
            do {
                return try create(name, abi: abi, capacity: capacity, createdAt: createdAt)
            } catch  where error.reason == .exists {
                last = error
            }
        }
        throw last
    }

    /// Removes the name `name` from the host; programs that have the registry open keep it.
    ///
    /// For tests and for whoever made the object: a foreign registry is never removed.
    ///
    /// - Throws: ``RegistryError``: `notFound`, `system`.
    public static func unlink(_ name: RegistryName) throws(RegistryError) {
        try SharedMemoryObject.unlink(name)
    }

    func slot(_ index: Int) -> SlotMemory {
        SlotMemory(region.slot(index), abi)
    }
}
