extension SlotWriter {
    /// What becomes of a slot whose run has ended.
    public enum Ending: Hashable, Sendable {
        /// The last sample stays readable until the slot is used again.
        case stale
        /// Nothing is left to read.
        case free
    }

    /// Gives the slot back; afterwards every write throws `generationMismatch`.
    ///
    /// - Parameters:
    ///   - limit: how long a write under way on another thread may take to end.
    ///   - isGone: whether no process has a pid; asked for positive pids only.
    /// - Throws: ``RegistryError``: `generationMismatch` if the slot is somebody else's already;
    ///   `slotBusy` if a write did not end: the slot then stays as it is until its process is gone.
    public func release(
        to ending: Ending,
        waiting limit: WaitLimit = .release,
        isGone: (Int32) -> Bool = ProcessLiveness.isGone
    ) throws(RegistryError) {
        let words = memory.words
        let seen = words.loadAcquiring(SlotLayout.generation)
        guard seen == generation else { throw mismatch(seen) }
        // From here on no write can begin: it would find the generation moved. By exchange, so that
        // of two who release at once, or of one who releases and one who reclaims, one does it.
        let fresh = RegistryHeader.freshGeneration(region.header)
        let (exchanged, actual) = words.exchange(generation, for: fresh, SlotLayout.generation)
        guard exchanged else { throw mismatch(actual) }
        if !memory.settle(within: limit) {
            let pid = words.load(SlotLayout.pid)
            guard pid > 0, isGone(pid) else { throw error(.slotBusy(slot: slot)) }
            memory.forceEven()
        }
        guard memory.move(.active, to: ending == .stale ? .stale : .free) else {
            throw mismatch(words.loadAcquiring(SlotLayout.generation))
        }
    }
}
