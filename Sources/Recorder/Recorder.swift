public import HistoryModel
public import HistoryStore
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

    private let probe: any ProcessProbe
    private var slots: [TrackedRun?] = []
    /// Runs that have lost their slot, until they are written.
    private var departed: [TrackedRun] = []
    /// The last flush, or the first poll.
    private var lastFlushAt: Timestamp?
    private var session: RecorderSessionID?

    /// A recorder of `source` that has seen nothing yet.
    public init(of source: Source, settings: RecorderSettings, probe: some ProcessProbe) {
        self.source = source
        self.settings = settings
        self.probe = probe
    }

    /// Whether its life in the catalog has begun.
    public var hasSession: Bool { session != nil }

    private var intervalMilliseconds: Int64 { max(1, settings.interval.milliseconds) }

    // MARK: Polling

    /// Reads the slots once.
    ///
    /// - Throws: ``RegistryError`` if the registry was cut short; nothing is taken from it then.
    public mutating func poll(
        _ reader: borrowing RegistryReader, now: Timestamp
    ) throws(RegistryError) {
        if slots.count < reader.capacity {
            slots += Array(repeating: nil, count: reader.capacity - slots.count)
        }
        if let slot = settings.slot {
            if let outcome = try reader.read(slot: slot) { take(outcome, slot: slot, now: now) }
        } else {
            // The closure borrows this value for the length of the call.
            var taken: [(Int, SlotOutcome)] = []
            try reader.snapshot { slot, outcome in
                if outcome != .free || slots[slot] != nil { taken.append((slot, outcome)) }
            }
            for (slot, outcome) in taken { take(outcome, slot: slot, now: now) }
        }
        if lastFlushAt == nil { lastFlushAt = now }
    }

    private mutating func take(_ outcome: SlotOutcome, slot: Int, now: Timestamp) {
        switch outcome {
        case .free, .reserved:
            depart(slot, as: .reclaimed(at: now))
        case .torn(let state, _, _):
            tornReadCount += 1
            endIfGone(slot, now: now)
            if state == .stale { end(slot, as: .released(at: now)) }
        case .unknownState:
            tornReadCount += 1
        case .notYetSampled(let identity):
            track(identity, slot: slot, now: now)
            follow(identity.state, slot: slot, now: now)
        case .reading(let reading):
            track(reading.identity, slot: slot, now: now)
            guard slots[slot]?.ending == nil else { return }
            let (sample, implausible) = reading.checkedSample()
            if let sample { slots[slot]?.take(sample, implausible: implausible) }
            follow(reading.identity.state, slot: slot, now: now)
        }
    }

    /// Makes sure that the slot's run is the one that `identity` names.
    private mutating func track(_ identity: SlotIdentity, slot: Int, now: Timestamp) {
        guard slots[slot]?.key != TrackedRun.Key(identity) else { return }
        depart(slot, as: .reclaimed(at: now))
        let limit = Int64(exactly: identity.memoryLimitBytes) ?? 0
        let observed = ObservedRun(
            externalID: Int64(identity.runID),
            sandboxExternalID: Int64(identity.sandboxID),
            sandbox: identity.name.string,
            pid: identity.pid,
            processStartNanoseconds: probe.startTimeNanoseconds(of: identity.pid),
            startedAt: identity.startedAt ?? now,
            memoryLimitBytes: limit > 0 ? limit : nil,
            seenAt: now)
        slots[slot] = TrackedRun(
            identity, observed: observed, intervalMilliseconds: intervalMilliseconds)
    }

    private mutating func follow(_ state: SlotState, slot: Int, now: Timestamp) {
        if state == .stale {
            end(slot, as: .released(at: slots[slot]?.newestSampleAt ?? now))
        } else {
            endIfGone(slot, now: now)
        }
    }

    private mutating func endIfGone(_ slot: Int, now: Timestamp) {
        guard let run = slots[slot], run.ending == nil, probe.isGone(run.key.pid) else { return }
        // A process that was gone when the slot was first seen ended nobody knows when: the last
        // sign of its life is its last sample.
        let wasSeenAlive = run.observed.seenAt < now
        end(slot, as: .processGone(at: wasSeenAlive ? now : run.newestSampleAt ?? now))
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
    }

    // MARK: The catalog

    /// Asks the catalog for the runs that it was not asked for yet, if there are any.
    public mutating func adopt(from catalog: borrowing Catalog) throws(StoreError) {
        let unknownSlots = slots.indices.filter { slots[$0].map { $0.adopted == nil } ?? false }
        let unknownDeparted = departed.indices.filter { departed[$0].adopted == nil }
        guard !unknownSlots.isEmpty || !unknownDeparted.isEmpty else { return }
        let observed =
            unknownSlots.compactMap { slots[$0]?.observed }
            + unknownDeparted.map { departed[$0].observed }
        var adopted = try catalog.adopt(observed, of: source)[...]
        for slot in unknownSlots {
            if let run = adopted.popFirst() { slots[slot]?.adopt(run) }
        }
        for index in unknownDeparted {
            if let run = adopted.popFirst() { departed[index].adopt(run) }
        }
    }

    /// Takes from the caller what the catalog knows of the run in the one slot that is recorded.
    public mutating func adopt(_ run: AdoptedRun) {
        guard let slot = settings.slot, slots.indices.contains(slot) else { return }
        if slots[slot]?.adopted == nil { slots[slot]?.adopt(run) }
    }

    /// Whether there is something to write now: an interval is over, or a run has ended.
    public func isFlushDue(at now: Timestamp) -> Bool {
        guard let lastFlushAt else { return false }
        let interval = intervalMilliseconds
        if now.aligned(downTo: interval) != lastFlushAt.aligned(downTo: interval) { return true }
        return !departed.isEmpty || slots.contains { $0.map { $0.ending != nil && !$0.isDone } ?? false }
    }

    /// Writes what is there in one transaction, and says that this recorder lives.
    ///
    /// - Parameters:
    ///   - endings: Ends of runs that the caller saw itself.
    ///   - events: What happened to runs that the caller saw itself.
    ///   - closing: Runs of which the caller knows that no more samples come.
    ///   - isLast: Whether this is the recorder's orderly end.
    public mutating func flush(
        to catalog: borrowing Catalog, now: Timestamp, endings: [RunEnding] = [],
        events: [(run: RunID, event: LifecycleEvent)] = [], closing: [RunID] = [],
        isLast: Bool = false
    ) throws(StoreError) {
        try adopt(from: catalog)
        var batch = FlushBatch()
        batch.events = events
        batch.endings = endings
        batch.closed = closing
        for run in departed { run.fill(&batch, isClosing: true) }
        for case let run? in slots where !run.isDone {
            run.fill(&batch, isClosing: run.ending != nil)
        }
        if let session {
            batch.heartbeat = FlushBatch.Heartbeat(session: session, at: now, isLast: isLast)
        }
        try catalog.flush(batch)
        departed = []
        for slot in slots.indices { slots[slot]?.noteFlushed() }
        lastFlushAt = now
    }

    /// Begins this recorder's life in the catalog; later flushes say that it goes on.
    ///
    /// - Parameter run: The one run of a recorder inside `varve run`.
    public mutating func beginSession(
        in catalog: borrowing Catalog, run: RunID?, pid: Int32, now: Timestamp
    ) throws(StoreError) {
        session = try catalog.beginSession(
            of: source, run: run, pid: pid, poll: settings.poll, interval: settings.interval,
            at: now)
    }
}
