public import HistoryModel

extension Registry {
    /// Claims a slot: a free one, else a stale one, else one whose owner is gone.
    ///
    /// - Parameters:
    ///   - memoryLimitBytes: the run's limit, as the slot shall tell it.
    ///   - name: the sandbox's name, at most 128 bytes of UTF-8.
    ///   - isGone: whether no process has a pid; asked for positive pids only.
    /// - Throws: ``RegistryError``: `full`, `nameTooLong`.
    /// - Complexity: one pass over the slots, three when the registry is full.
    public borrowing func reserve(
        sandboxID: Int32,
        memoryLimitBytes: UInt64,
        name: String,
        isGone: (Int32) -> Bool = ProcessLiveness.isGone
    ) throws(RegistryError) -> SlotReservation {
        guard let slotName = SlotName(name) else {
            throw error(.nameTooLong(byteCount: name.utf8.count))
        }
        guard let slot = claim(isGone: isGone) else {
            throw error(.full(capacity: capacity))
        }
        let memory = self.slot(slot)
        let (words, layout) = (memory.words, memory.layout)
        let odd = memory.takeOver()
        words.store(sandboxID, SlotLayout.sandboxID)
        words.store(0, SlotLayout.runID)
        words.store(0, SlotLayout.pid)
        words.store(0, SlotLayout.startedAt)
        words.store(memoryLimitBytes, layout.memoryLimit)
        SlotSample.nothing.store(in: words, layout)
        slotName.store(in: words, layout)
        memory.leave(odd)
        let generation = RegistryHeader.freshGeneration(region.header)
        words.storeReleasing(generation, SlotLayout.generation)
        return SlotReservation(slot: slot, generation: generation)
    }

    /// Gives the slot its process; from now on it is visible, without a sample.
    ///
    /// - Precondition: `pid` is positive.
    /// - Throws: ``RegistryError``: `generationMismatch`, `slotBusy`.
    public borrowing func activate(
        _ reservation: SlotReservation, runID: Int32, pid: Int32, startedAt: Timestamp
    ) throws(RegistryError) -> SlotWriter {
        precondition(pid > 0, "a run's pid is positive")
        let memory = slot(reservation.slot)
        let words = memory.words
        try require(reservation)
        guard let odd = memory.enter() else { throw error(.slotBusy(slot: reservation.slot)) }
        do {
            try require(reservation)
        } catch {
            memory.leave(odd)
            throw error
        }
        words.store(runID, SlotLayout.runID)
        words.store(pid, SlotLayout.pid)
        words.store(startedAt.unixMilliseconds, SlotLayout.startedAt)
        memory.leave(odd)
        guard memory.move(.reserved, to: .active) else {
            throw error(.slotBusy(slot: reservation.slot))
        }
        return SlotWriter(reservation, memory, region, name)
    }

    /// Gives back a reservation that never became active.
    ///
    /// - Throws: ``RegistryError``: `generationMismatch`, `slotBusy` if it is active by now.
    public borrowing func release(_ reservation: SlotReservation) throws(RegistryError) {
        let memory = slot(reservation.slot)
        try require(reservation)
        guard memory.state().known == .reserved else {
            throw error(.slotBusy(slot: reservation.slot))
        }
        // The generation goes first, unlike in the reference: once the slot is free it may be
        // somebody's, whose generation must not be overwritten. The bytes end up the same.
        let fresh = RegistryHeader.freshGeneration(region.header)
        let (exchanged, actual) = memory.words.exchange(
            reservation.generation, for: fresh, SlotLayout.generation)
        guard exchanged else { throw mismatch(reservation, actual) }
        guard memory.move(.reserved, to: .free) else {
            throw error(.slotBusy(slot: reservation.slot))
        }
    }

    /// Moves the state of some slot to reserved, by compare-exchange: of all who try, one has it.
    private borrowing func claim(isGone: (Int32) -> Bool) -> Int? {
        for index in 0..<capacity where slot(index).claim(.free) { return index }
        if let index = claimOldestStale() { return index }
        for index in 0..<capacity where slot(index).claimAbandoned(isGone) { return index }
        return nil
    }

    /// Claims the slot that has been stale for longest, which its generation tells: it got a fresh one
    /// when it was released. Any other choice would soon take the slot that was released last, and with
    /// it a terminal sample that no recorder has had the time to read.
    private borrowing func claimOldestStale() -> Int? {
        // An exchange is lost only to somebody who got the slot: at most so many times.
        for _ in 0..<capacity {
            var oldest: (index: Int, generation: UInt64)?
            for index in 0..<capacity where slot(index).state().known == .stale {
                let generation = slot(index).words.loadAcquiring(SlotLayout.generation)
                if generation < oldest?.generation ?? .max { oldest = (index, generation) }
            }
            guard let oldest else { return nil }
            if slot(oldest.index).claim(.stale) { return oldest.index }
        }
        return nil
    }

    private borrowing func require(_ reservation: SlotReservation) throws(RegistryError) {
        let memory = slot(reservation.slot)
        let actual = memory.words.loadAcquiring(SlotLayout.generation)
        guard actual == reservation.generation else { throw mismatch(reservation, actual) }
    }

    private borrowing func mismatch(
        _ reservation: SlotReservation, _ actual: UInt64
    ) -> RegistryError {
        error(
            .generationMismatch(
                slot: reservation.slot, expected: reservation.generation, actual: actual))
    }

    private borrowing func error(_ reason: RegistryError.Reason) -> RegistryError {
        RegistryError(registry: name.value, reason: reason)
    }
}

extension SlotMemory {
    fileprivate func claim(_ expected: SlotState) -> Bool {
        words.load(SlotLayout.state) == expected.rawValue && move(expected, to: .reserved)
    }

    /// Claims an active slot whose process is gone.
    fileprivate func claimAbandoned(_ isGone: (Int32) -> Bool) -> Bool {
        let generation = words.loadAcquiring(SlotLayout.generation)
        guard state().known == .active else { return false }
        let pid = words.load(SlotLayout.pid)
        guard pid > 0, isGone(pid) else { return false }
        // 0 means unset: of ours, who sets it has the slot to himself, and it fences off a writer that
        // outlives the process it writes for, as that of a supervisor does.
        guard generation != 0,
            words.exchange(generation, for: 0, SlotLayout.generation).exchanged,
            move(.active, to: .reserved)
        else { return false }
        // Another implementation claims by the state alone. If one has reserved and activated the slot
        // in between, the state is active again and its own: it gets it back.
        guard words.loadAcquiring(SlotLayout.generation) == 0 else {
            _ = move(.reserved, to: .active)
            return false
        }
        return true
    }
}

extension SlotSample {
    fileprivate static let nothing = SlotSample(sampledAtUnixMilliseconds: 0)
}
