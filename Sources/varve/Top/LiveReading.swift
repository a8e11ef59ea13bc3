internal import HistoryModel
internal import SlotRegistry

/// What one reading of a registry showed.
struct LiveSnapshot: Sendable {
    /// When it was read.
    var at: Timestamp
    /// When the registry was made; `nil` if it could not be read, or does not say.
    var createdAt: Timestamp?
    /// The slots that have a run, in order.
    var slots: [LiveReading] = []
    /// Why the registry could not be read, as a sentence.
    var problem: String?
    /// Whether that is because there is none.
    var isMissing = false
}

/// What one slot showed.
struct LiveReading: Sendable {
    /// Whose slot it is. A slot that is given to another run, or back, has another.
    struct Use: Hashable, Sendable {
        var slot: Int
        var generation: UInt64
        var runID: Int64 = 0
        var pid: Int32 = 0
        var startedAt: Timestamp?
    }

    var use: Use
    var state: LiveSlot.State
    /// Empty where the slot could not be read whole.
    var sandbox = ""
    var memoryLimitBytes: Int64?
    var sample: Sample?
}

extension LiveReading {
    /// - Returns: `nil` if the slot has no run.
    init?(_ slot: Int, _ outcome: SlotOutcome, evidence: SystemEvidence) {
        guard let live = LiveSlot(slot, outcome, evidence: evidence) else { return nil }
        state = live.state
        sample = live.sample
        if let identity = live.identity {
            use = Use(
                slot: slot, generation: identity.generation, runID: Int64(identity.runID),
                pid: identity.pid, startedAt: identity.startedAt)
            sandbox = identity.name.string
            let limit = Int64(exactly: identity.memoryLimitBytes)
            memoryLimitBytes = limit == 0 ? nil : limit
        } else if case .torn(_, let generation, _) = outcome {
            use = Use(slot: slot, generation: generation)
        } else {
            return nil
        }
    }
}

/// A registry that is read again and again, and may come, go and be replaced meanwhile.
struct LiveSource {
    let name: RegistryName

    /// Reads all slots.
    ///
    /// The registry is opened anew each time: a mapping that is kept would go on showing one that was
    /// removed, and one that was cut short could not be read any more.
    func read(at now: Timestamp) -> LiveSnapshot {
        var snapshot = LiveSnapshot(at: now)
        do {
            let reader = try RegistryReader.open(name, waiting: .once)
            snapshot.createdAt = reader.createdAt
            let evidence = SystemEvidence()
            var slots: [LiveReading] = []
            try reader.snapshot { index, outcome in
                if let slot = LiveReading(index, outcome, evidence: evidence) { slots.append(slot) }
            }
            snapshot.slots = slots
        } catch let error {
            snapshot.isMissing = error.isNotFound
            snapshot.problem =
                error.isNotFound
                ? "there is no registry \(name.value.escapedForDisplay) now: nothing runs, or what "
                    + "runs is elsewhere"
                : "\(error)".escapedForDisplay
        }
        return snapshot
    }
}
