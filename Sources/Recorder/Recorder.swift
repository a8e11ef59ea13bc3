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
///
/// Processes that end between two polls are seen at the next one. To know at once, and how, hand
/// ``takeWatchRequests()`` to a ``ProcessWatch`` and what it reports to ``note(_:)``.
public struct Recorder: ~Copyable {
    /// What is recorded.
    public let source: Source
    /// How it is recorded.
    public let settings: RecorderSettings
    /// What it has done and met so far; what only its driver can know, the driver puts in.
    public var statistics = RecorderStatistics()
    /// Runs that were given up, with all their rows, because too many waited for the catalog.
    public private(set) var lostRunCount = 0

    /// Runs that were closed.
    public internal(set) var closedRunCount = 0

    /// Gives the ends of what the runtime of a sandbox wrote as text, asked for when a run of it ends.
    public var readLogs: (@Sendable (_ sandbox: String) -> [RunLog])?

    let probe: any ProcessProbe
    var slots: [TrackedRun?] = []
    /// Runs that have lost their slot, until they are written.
    var departed: [TrackedRun] = []
    /// The last flush, or the first poll.
    var lastFlushAt: Timestamp?
    var session: RecorderSessionID?
    var watchRequests: [WatchRequest] = []
    private var nextToken: UInt64 = 0
    private var lastPollAt: ClockReading?
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

    /// Slots that could not be read whole, in all polls.
    public var tornReadCount: Int { Int(clamping: statistics.slotTornCount) }

    /// Rows that were given up because too many waited for the catalog.
    public var lostRowCount: Int { Int(clamping: statistics.droppedRowCount) }

    var intervalMilliseconds: Int64 { max(1, settings.interval.milliseconds) }

    /// Reads the slots once.
    ///
    /// - Throws: ``RegistryError`` if the registry was cut short; nothing is taken from it then.
    public mutating func poll(
        _ reader: borrowing RegistryReader, now: ClockReading
    ) throws(RegistryError) {
        noteTime(now)
        if let slot = settings.slot {
            let outcome = try reader.read(slot: slot)
            // Room up to its own slot: what a slot takes is half a kilobyte, and a run has one of a thousand.
            resize(to: slot < reader.capacity ? slot + 1 : reader.capacity, now: now)
            if let outcome { take(outcome, slot: slot, now: now) }
        } else {
            let capacity = reader.capacity
            try reader.snapshot { reading in
                // Not before: nothing is taken from a registry that was cut short.
                if reading.identity.slot == 0 { resize(to: capacity, now: now) }
                statistics.slotReadCount += 1
                take(reading, slot: reading.identity.slot, now: now)
            } others: { slot, outcome in
                if slot == 0 { resize(to: capacity, now: now) }
                take(outcome, slot: slot, now: now)
            }
        }
        if lastFlushAt == nil { lastFlushAt = now.wall }
        stayInBounds()
    }

    /// Looks only for processes that are gone: what is left to do while the registry cannot be read.
    public mutating func pollProcesses(now: ClockReading) {
        noteTime(now)
        for slot in slots.indices { endIfGone(slot, now: now, isSilent: true) }
    }

    /// Notes what lay between this poll and the one before that should not have.
    private mutating func noteTime(_ now: ClockReading) {
        statistics.pollCount += 1
        defer { lastPollAt = now }
        guard let lastPollAt, let jump = ClockJump(from: lastPollAt, to: now, poll: settings.poll)
        else { return }
        for slot in slots.indices { slots[slot]?.note(jump, now: now) }
    }

    private mutating func resize(to capacity: Int, now: ClockReading) {
        if slots.count < capacity {
            slots += repeatElement(nil, count: capacity - slots.count)
        }
        // The registry was replaced by a smaller one.
        for slot in slots.indices.dropFirst(capacity) {
            depart(slot, as: .reclaimed(at: now.wall), now: now)
        }
    }

    mutating func take(_ outcome: SlotOutcome, slot: Int, now: ClockReading) {
        switch outcome {
        case .free, .reserved:
            depart(slot, as: .reclaimed(at: now.wall), now: now)
        case .torn(let state, _, _):
            statistics.slotReadCount += 1
            statistics.slotTornCount += 1
            slots[slot]?.noteNone(.torn, now: now, poll: settings.poll)
            follow(state, slot: slot, now: now, isSilent: true)
        case .unknownState:
            statistics.slotSkippedCount += 1
            slots[slot]?.noteNone(.torn, now: now, poll: settings.poll)
            endIfGone(slot, now: now, isSilent: true)
        case .notYetSampled(let identity):
            statistics.slotReadCount += 1
            track(identity, sampledAt: nil, slot: slot, now: now)
            slots[slot]?.noteNone(.unsampled, now: now, poll: settings.poll)
            follow(identity.state, slot: slot, now: now, isSilent: true)
        case .reading(let reading):
            statistics.slotReadCount += 1
            take(reading, slot: slot, now: now)
        }
    }

    private mutating func take(_ reading: SlotReading, slot: Int, now: ClockReading) {
        let (sample, implausible) = reading.checkedSample()
        track(reading.identity, sampledAt: sample?.at, slot: slot, now: now)
        guard slots[slot]?.isOpen() == true else { return }
        var isNew = false
        if let sample {
            isNew = slots[slot]?.take(sample, implausible: implausible, now: now) ?? false
        }
        if !isNew {
            let sight = sample == nil ? Silence.Sight.implausible : .unchanged
            slots[slot]?.noteNone(sight, now: now, poll: settings.poll)
        }
        follow(reading.identity.state, slot: slot, now: now, isSilent: !isNew)
    }

    /// Makes sure that the slot's run is the one that `identity` names.
    private mutating func track(
        _ identity: SlotIdentity, sampledAt: Timestamp?, slot: Int, now: ClockReading
    ) {
        guard slots[slot]?.isRun(of: TrackedRun.Key(identity)) != true else { return }
        if let previous = slots[slot] {
            // It was over by the time that its successor started.
            let lastSeen = previous.newestSampleAt ?? previous.observed.seenAt
            let successor = max(identity.startedAt ?? now.wall, lastSeen)
            depart(slot, as: .reclaimed(at: min(now.wall, successor)), now: now)
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
            startedAt: identity.startedAt ?? (isStale ? sampledAt : nil) ?? now.wall,
            memoryLimitBytes: limit > 0 ? limit : nil,
            seenAt: now.wall)
        nextToken += 1
        let run = TrackedRun(
            identity, token: nextToken, observed: observed, settings: settings)
        slots[slot] = run
        if !isStale { requestWatch(of: run, sampledAt: sampledAt) }
    }

    private mutating func follow(
        _ state: SlotState, slot: Int, now: ClockReading, isSilent: Bool
    ) {
        if state == .stale {
            let at = slots[slot]?.newestSampleAt ?? now.wall
            slots[slot]?.end(as: .released(at: at), now: now)
        } else {
            endIfGone(slot, now: now, isSilent: isSilent)
        }
    }

    /// Takes the run out of its slot.
    private mutating func depart(
        _ slot: Int, as ending: TrackedRun.Ending, now: ClockReading
    ) {
        guard slots[slot] != nil else { return }
        slots[slot]?.end(as: ending, now: now)
        if let run = slots[slot] {
            if run.isDone { requestEndOfWatch(of: run) } else { departed.append(run) }
        }
        slots[slot] = nil
        // What comes into the slot next is not the run that was asked for.
        hasLostItsRun = settings.slot != nil
    }

    /// About 11 MB of final moments of runs that have lost their slot.
    private static let waitingMomentLimit = 100_000

    /// Gives up the oldest rows, and the runs that ended first, if too much waits for the catalog.
    private mutating func stayInBounds() {
        let limit = max(1, settings.waitingRowLimit)
        // Runs that ended while the catalog was away: the last of them keep their last moments.
        var moments = 0
        for index in departed.indices.reversed() {
            moments += departed[index].ring.count
            if moments > Self.waitingMomentLimit { departed[index].dropMoments() }
        }
        var held = departed.reduce(0) { $0 + 1 + $1.heldCount }
        for slot in slots.indices { held += slots[slot]?.countHeld() ?? 0 }
        guard held > limit else { return }
        for run in departed.prefix(max(0, departed.count - limit / 2)) {
            lostRunCount += 1
            statistics.droppedRowCount += Int64(run.heldCount)
            requestEndOfWatch(of: run)
        }
        departed.removeFirst(max(0, departed.count - limit / 2))
        let runCount = departed.count + slots.count { $0 != nil }
        let share = max(1, limit / max(1, runCount))
        var dropped = 0
        for index in departed.indices { dropped += departed[index].holdAtMost(share) }
        for slot in slots.indices { dropped += slots[slot]?.holdAtMost(share) ?? 0 }
        statistics.droppedRowCount += Int64(dropped)
    }
}
