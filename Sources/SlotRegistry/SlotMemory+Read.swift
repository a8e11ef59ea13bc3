internal import Atomics

extension SlotMemory {
    /// Tries before a slot counts as torn. A window takes some nanoseconds, so that all tries are
    /// lost only to a writer that was stopped or killed inside one.
    static let maximumTries = 4096

    /// Reads the slot into `reading` without changing the slot; see ``SlotMemory`` for why what it
    /// gives is never torn.
    ///
    /// Half a kilobyte that is copied from hand to hand costs more than reading it, so the caller
    /// lends one place for all slots. It holds nothing to be believed unless the result is
    /// ``SlotOutcome/reading(_:)`` or ``SlotOutcome/notYetSampled(_:)``, made by `outcome`.
    ///
    /// - Complexity: one pass over the fields, as many as tries if the slot is being written; no
    ///   allocation.
    @inline(__always)
    func read(into reading: inout SlotReading) -> Glance {
        // The layout as a constant: see there.
        switch abi {
        case .v3: read(into: &reading, SlotLayout(.v3))
        case .v2: read(into: &reading, SlotLayout(.v2))
        case .v1: read(into: &reading, SlotLayout(.v1))
        }
    }

    @inline(__always)
    private func read(into reading: inout SlotReading, _ layout: SlotLayout) -> Glance {
        for _ in 0..<Self.maximumTries {
            let word = words.loadAcquiring(SlotLayout.state)
            guard let state = SlotState(visible: word) else { return Glance(hidden: word) }
            let generation = words.loadAcquiring(SlotLayout.generation)
            let seq = words.loadAcquiring(SlotLayout.seq)
            reading.identity.state = state
            reading.identity.generation = generation
            reading.identity.seq = seq
            guard seq & 1 == 0 else { continue }

            reading.identity.load(words, layout)
            reading.sample.load(words, layout)

            atomicMemoryFence(ordering: .acquiring)
            guard words.load(SlotLayout.seq) == seq,
                words.load(SlotLayout.generation) == generation,
                words.load(SlotLayout.state) == word
            else { continue }
            return reading.sample.sampledAtUnixMilliseconds != 0 ? .reading : .notYetSampled
        }
        return .torn
    }

    /// What a read gave, without the reading.
    enum Glance {
        case reading
        case notYetSampled
        case free
        case reserved
        case torn
        case unknownState(UInt32)

        /// What a slot gives whose state shows nothing. Apart from the rest, which else would jump by a
        /// table of all states.
        @inline(never)
        init(hidden word: UInt32) {
            self =
                switch SlotState(rawValue: word) {
                case .free?: .free
                case .reserved?: .reserved
                case .active?, .stale?, nil: .unknownState(word)
                }
        }

        /// The outcome, together with the place that was read into.
        func outcome(_ reading: SlotReading) -> SlotOutcome {
            switch self {
            case .reading: .reading(reading)
            case .notYetSampled: .notYetSampled(reading.identity)
            case .free: .free
            case .reserved: .reserved
            case .torn:
                .torn(
                    state: reading.identity.state, generation: reading.identity.generation,
                    seq: reading.identity.seq)
            case .unknownState(let word): .unknownState(word)
            }
        }
    }
}

extension SlotIdentity {
    /// Everything but state, generation and `seq`.
    @inline(__always)
    fileprivate mutating func load(_ slot: SharedWords, _ layout: SlotLayout) {
        sandboxID = slot.load(SlotLayout.sandboxID)
        runID = slot.load(SlotLayout.runID)
        pid = slot.load(SlotLayout.pid)
        startedAtUnixMilliseconds = slot.load(SlotLayout.startedAt)
        memoryLimitBytes = slot.load(layout.memoryLimit)
        name.load(slot, layout)
    }
}
