public import HistoryModel
internal import HistoryStore
public import SlotRegistry

/// Turns what the slots of one registry show, poll by poll, into rows of a catalog.
///
/// Polling touches only memory; the catalog is asked once for each run that appears, and written once
/// for each interval. While the catalog cannot be reached everything waits in bounded memory. It is
/// driven from outside, by one thread, with the times given: it has no clock of its own.
///
/// ```swift
/// var recorder = Recorder(of: source, settings: RecorderSettings(), probe: probe)
/// while isWanted {
///     try recorder.poll(reader, now: .now())
///     try recorder.adopt(from: catalog)
///     if recorder.isFlushDue(at: .now()) { try recorder.flush(to: catalog, now: .now()) }
/// }
/// try recorder.flush(to: catalog, now: .now(), isLast: true)
/// ```
public struct Recorder: ~Copyable {
    /// What is recorded.
    public let source: Source
    /// How it is recorded.
    public let settings: RecorderSettings
    /// Slots that could not be read whole, in all polls.
    public private(set) var tornReadCount = 0
    /// Rows that were given up because too many waited for the catalog.
    public private(set) var lostRowCount = 0
    /// Runs that were given up, with all their rows, for the same reason.
    public private(set) var lostRunCount = 0

    let probe: any ProcessProbe
    var slots: [TrackedRun?] = []
    /// Runs that have lost their slot, until they are written.
    var departed: [TrackedRun] = []
    /// The last flush, or the first poll.
    var lastFlushAt: Timestamp?
    var session: RecorderSessionID?
    /// Whether the one slot that is recorded is no longer the run's that it was recorded for.
    private var hasLostItsRun = false

    /// A recorder of `source` that has seen nothing yet.
    public init(of source: Source, settings: RecorderSettings, probe: some ProcessProbe) {
        self.source = source
        self.settings = settings
        self.probe = probe
    }

    /// Whether its life in the catalog has begun.
    public var hasSession: Bool { session != nil }

    var intervalMilliseconds: Int64 { max(1, settings.interval.milliseconds) }

    /// Reads the slots once.
    ///
    /// - Throws: ``RegistryError`` if the registry was cut short; nothing is taken from it then.
    public mutating func poll(
        _ reader: borrowing RegistryReader, now: Timestamp
    ) throws(RegistryError) {
        if let slot = settings.slot {
            let outcome = try reader.read(slot: slot)
            resize(to: reader.capacity, now: now)
            if let outcome { take(outcome, slot: slot, now: now) }
        } else {
            // The closure borrows this value for the length of the call.
            var taken: [(Int, SlotOutcome)] = []
            try reader.snapshot { slot, outcome in
                let isTracked = slots.indices.contains(slot) && slots[slot] != nil
                if outcome != .free || isTracked { taken.append((slot, outcome)) }
            }
            resize(to: reader.capacity, now: now)
            for (slot, outcome) in taken { take(outcome, slot: slot, now: now) }
        }
        if lastFlushAt == nil { lastFlushAt = now }
        stayInBounds()
    }

    /// Looks only for processes that are gone: what is left to do while the registry cannot be read.
    public mutating func pollProcesses(now: Timestamp) {
        for slot in slots.indices { endIfGone(slot, now: now, isSilent: true) }
    }

    private mutating func resize(to capacity: Int, now: Timestamp) {
        if slots.count < capacity {
            slots += Array(repeating: nil, count: capacity - slots.count)
        }
        // The registry was replaced by a smaller one.
        for slot in slots.indices.dropFirst(capacity) { depart(slot, as: .reclaimed(at: now)) }
    }

    private mutating func take(_ outcome: SlotOutcome, slot: Int, now: Timestamp) {
        switch outcome {
        case .free, .reserved:
            depart(slot, as: .reclaimed(at: now))
        case .torn(let state, _, _):
            tornReadCount += 1
            follow(state, slot: slot, now: now, isSilent: true)
        case .unknownState:
            tornReadCount += 1
            endIfGone(slot, now: now, isSilent: true)
        case .notYetSampled(let identity):
            track(identity, sampledAt: nil, slot: slot, now: now)
            follow(identity.state, slot: slot, now: now, isSilent: true)
        case .reading(let reading):
            let (sample, implausible) = reading.checkedSample()
            track(reading.identity, sampledAt: sample?.at, slot: slot, now: now)
            guard let run = slots[slot], run.ending == nil else { return }
            var isNew = false
            if let sample {
                isNew = slots[slot]?.take(sample, implausible: implausible) ?? false
            }
            follow(reading.identity.state, slot: slot, now: now, isSilent: !isNew)
        }
    }

    /// Makes sure that the slot's run is the one that `identity` names.
    private mutating func track(
        _ identity: SlotIdentity, sampledAt: Timestamp?, slot: Int, now: Timestamp
    ) {
        guard slots[slot]?.key != TrackedRun.Key(identity) else { return }
        if let previous = slots[slot] {
            // It was over by the time that its successor started.
            let lastSeen = previous.newestSampleAt ?? previous.observed.seenAt
            let successor = max(identity.startedAt ?? now, lastSeen)
            depart(slot, as: .reclaimed(at: min(now, successor)))
        }
        guard !hasLostItsRun else { return }
        let isStale = identity.state == .stale
        let limit = Int64(exactly: identity.memoryLimitBytes) ?? 0
        let observed = ObservedRun(
            externalID: Int64(identity.runID),
            sandboxExternalID: Int64(identity.sandboxID),
            sandbox: identity.name.string,
            pid: identity.pid,
            // Who has the pid of a run that is over is somebody else.
            processStartNanoseconds:
                isStale ? nil : probe.startTimeNanoseconds(of: identity.pid),
            // By this time the run is found again, so what stands still goes before the clock.
            startedAt: identity.startedAt ?? (isStale ? sampledAt : nil) ?? now,
            memoryLimitBytes: limit > 0 ? limit : nil,
            seenAt: now)
        slots[slot] = TrackedRun(
            identity, observed: observed, intervalMilliseconds: intervalMilliseconds)
    }

    private mutating func follow(
        _ state: SlotState, slot: Int, now: Timestamp, isSilent: Bool
    ) {
        if state == .stale {
            end(slot, as: .released(at: slots[slot]?.newestSampleAt ?? now))
        } else {
            endIfGone(slot, now: now, isSilent: isSilent)
        }
    }

    /// Ends the run if its process was gone at an earlier poll, too, and nothing came since.
    ///
    /// Not at once: the slot was read before the process was asked for, and a supervisor writes the
    /// last sample of a process that is about to be gone.
    private mutating func endIfGone(_ slot: Int, now: Timestamp, isSilent: Bool) {
        guard let run = slots[slot], run.ending == nil else { return }
        guard isGone(run, isSilent: isSilent) else {
            slots[slot]?.wasSeenAlive = true
            slots[slot]?.goneAt = nil
            return
        }
        if run.goneAt == nil { slots[slot]?.goneAt = now }
        if run.goneAt != nil, isSilent { endAsGone(slot) }
    }

    /// Ends the run if its process was seen to be gone.
    mutating func endAsGone(_ slot: Int) {
        guard let run = slots[slot], let goneAt = run.goneAt else { return }
        // A process that was gone when the slot was first seen ended nobody knows when: the last
        // sign of its life is its last sample.
        let lastSign = run.newestSampleAt ?? goneAt
        end(slot, as: .processGone(at: run.wasSeenAlive ? max(goneAt, lastSign) : lastSign))
    }

    private func isGone(_ run: TrackedRun, isSilent: Bool) -> Bool {
        // A slot may hold any number; those below 1 mean groups of processes to the system.
        guard run.key.pid > 0 else { return false }
        if probe.isGone(run.key.pid) { return true }
        // Its pid may have been given out again. Where samples come, its sampler knows better.
        guard isSilent, let start = run.observed.processStartNanoseconds,
            let current = probe.startTimeNanoseconds(of: run.key.pid)
        else { return false }
        return current != start
    }

    private mutating func end(_ slot: Int, as ending: TrackedRun.Ending) {
        guard slots[slot] != nil, slots[slot]?.ending == nil else { return }
        slots[slot]?.ending = ending
    }

    /// Takes the run out of its slot.
    private mutating func depart(_ slot: Int, as ending: TrackedRun.Ending) {
        guard slots[slot] != nil else { return }
        end(slot, as: ending)
        if let run = slots[slot], !run.isDone { departed.append(run) }
        slots[slot] = nil
        // What comes into the slot next is not the run that was asked for.
        hasLostItsRun = settings.slot != nil
    }

    /// Gives up the oldest rows, and the runs that ended first, if too much waits for the catalog.
    private mutating func stayInBounds() {
        let limit = max(1, settings.waitingRowLimit)
        var held = departed.reduce(0) { $0 + 1 + $1.heldCount }
        for case let run? in slots { held += run.heldCount }
        guard held > limit else { return }
        for run in departed.prefix(max(0, departed.count - limit / 2)) {
            lostRunCount += 1
            lostRowCount += run.heldCount
        }
        departed.removeFirst(max(0, departed.count - limit / 2))
        let runCount = departed.count + slots.count { $0 != nil }
        let share = max(1, limit / max(1, runCount))
        for index in departed.indices { lostRowCount += departed[index].holdAtMost(share) }
        for slot in slots.indices { lostRowCount += slots[slot]?.holdAtMost(share) ?? 0 }
    }
}
