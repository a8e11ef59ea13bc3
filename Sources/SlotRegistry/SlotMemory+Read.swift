internal import Atomics

extension SlotMemory {
    /// Tries before a slot counts as torn. A window takes some nanoseconds, so that all tries are
    /// lost only to a writer that was stopped or killed inside one.
    static let maximumTries = 4096

    /// Reads slot `index` without changing anything; see ``SlotMemory`` for why it is never torn.
    ///
    /// - Complexity: one pass over the fields, as many as tries if the slot is being written; no
    ///   allocation.
    @inline(__always)
    func read(_ index: Int) -> SlotOutcome {
        var last = (state: SlotState.active, generation: UInt64(0), seq: UInt64(0))
        for _ in 0..<Self.maximumTries {
            let (known, word) = state()
            guard let state = known else { return .unknownState(word) }
            guard state.isVisible else { return state == .free ? .free : .reserved }
            let generation = words.loadAcquiring(layout.generation)
            let seq = words.loadAcquiring(layout.seq)
            last = (state, generation, seq)
            guard seq & 1 == 0 else { continue }

            let identity = SlotIdentity(
                slot: index, state: state, generation: generation, seq: seq,
                sandboxID: words.load(layout.sandboxID), runID: words.load(layout.runID),
                pid: words.load(layout.pid),
                startedAtUnixMilliseconds: words.load(layout.startedAt),
                memoryLimitBytes: words.load(layout.memoryLimit), name: SlotName(words, layout))
            let sampledAt = words.load(layout.sampledAt)
            let sample = SlotSample(words, layout, sampledAt: sampledAt)

            atomicMemoryFence(ordering: .acquiring)
            guard words.load(layout.seq) == seq, words.load(layout.generation) == generation,
                words.load(layout.state) == word
            else { continue }
            guard sampledAt != 0 else { return .notYetSampled(identity) }
            return .reading(SlotReading(abi: layout.abi, identity: identity, sample: sample))
        }
        return .torn(state: last.state, generation: last.generation, seq: last.seq)
    }
}
