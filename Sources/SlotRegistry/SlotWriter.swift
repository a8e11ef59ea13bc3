/// Writes the samples of one run into its slot.
///
/// Any thread may use it, one after the other or at once: a write that meets another program, or
/// another thread, inside the slot throws and changes nothing. So a sampler thread can hold the
/// writer while its owner later releases it; the writer keeps the mapping alive.
///
/// A writer that is dropped leaves its slot active, like a process that was killed: call
/// ``release(to:waiting:isGone:)``.
public final class SlotWriter: Sendable {
    /// The slot's index.
    public let slot: Int
    /// The slot's generation, which proves that it is still ours.
    public let generation: UInt64
    let memory: SlotMemory
    // Keeps the words of `memory` mapped.
    let region: MappedRegion
    let registry: RegistryName

    init(
        _ reservation: SlotReservation, _ memory: SlotMemory, _ region: MappedRegion,
        _ registry: RegistryName
    ) {
        slot = reservation.slot
        generation = reservation.generation
        self.memory = memory
        self.region = region
        self.registry = registry
    }

    /// Writes one sample.
    ///
    /// - Throws: ``RegistryError``: `generationMismatch` when the slot is somebody else's, and from
    ///   then on for good; `slotBusy` when another program is inside the slot just now.
    /// - Complexity: some nanoseconds: no allocation, no system call, no lock.
    public func write(_ sample: SlotSample) throws(RegistryError) {
        // What nearly every write is, for itself: it calls nothing and so has nothing to put aside, which
        // would be a third of what it does.
        if memory.abi == .v3, memory.words.loadAcquiring(SlotLayout.generation) == generation,
            let odd = memory.enter()
        {
            let isOurs = memory.words.loadAcquiring(SlotLayout.generation) == generation
            if isOurs { sample.store(in: memory.words, SlotLayout(.v3)) }
            memory.leave(odd)
            if isOurs { return }
        }
        try writeOtherwise(sample)
    }

    /// Writes into a slot of any ABI, or finds out why it cannot be written.
    @inline(never)
    private func writeOtherwise(_ sample: SlotSample) throws(RegistryError) {
        let layout = memory.layout
        var actual = memory.words.loadAcquiring(SlotLayout.generation)
        guard actual == generation else { throw mismatch(actual) }
        guard let odd = memory.enter() else { throw error(.slotBusy(slot: slot)) }
        actual = memory.words.loadAcquiring(SlotLayout.generation)
        guard actual == generation else {
            memory.leave(odd)
            throw mismatch(actual)
        }
        sample.narrowed(to: layout.abi).store(in: memory.words, layout)
        memory.leave(odd)
    }

    func mismatch(_ actual: UInt64) -> RegistryError {
        error(.generationMismatch(slot: slot, expected: generation, actual: actual))
    }

    func error(_ reason: RegistryError.Reason) -> RegistryError {
        RegistryError(registry: registry.value, reason: reason)
    }
}
