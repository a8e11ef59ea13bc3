internal import HistoryModel
internal import HistoryStore
internal import ProcessWatch
internal import SlotRegistry

/// What the recorder knows of one run in one slot.
struct TrackedRun {
    /// What tells this run from every other that the slot had or will have. A generation does not: it
    /// moves when the slot is released, and the run is still the same.
    struct Key: Hashable {
        var runID: Int32
        var sandboxID: Int32
        var pid: Int32
        var startedAtUnixMilliseconds: Int64

        init(_ identity: SlotIdentity) {
            runID = identity.runID
            sandboxID = identity.sandboxID
            pid = identity.pid
            startedAtUnixMilliseconds = identity.startedAtUnixMilliseconds
        }
    }

    /// Why no more samples come.
    enum Ending: Hashable {
        /// The process is gone; `at` is when that was seen, or the last sign of its life.
        case processGone(at: Timestamp)
        /// Its owner gave the slot back.
        case released(at: Timestamp)
        /// The slot is somebody else's.
        case reclaimed(at: Timestamp)
    }

    let key: Key
    /// Names it to whoever watches processes.
    let token: UInt64
    var observed: ObservedRun
    /// `nil` until the catalog could be asked.
    private(set) var adopted: AdoptedRun?
    /// Whether it is settled which samples the catalog has already, see ``confirm(_:)``.
    private(set) var isConfirmed = false
    private(set) var ending: Ending?
    /// Until when its end waits to be told how the process ended.
    private var waitsUntil: Duration?
    var fate = ProcessFate()
    /// Whether it has ended and all of it is in the catalog.
    var isDone = false
    /// Whether its process was ever seen to live.
    var wasSeenAlive = false
    /// When its process was first seen to be gone.
    var goneAt: Timestamp?
    /// Events that wait for the next flush.
    private(set) var events: [LifecycleEvent] = []
    /// What the OOM killer did meanwhile.
    private(set) var oomKills = OOMKillNotes()
    /// Stretches without data that wait for the next flush.
    private(set) var gaps: [Series.Gap] = []
    /// The sample that the slot showed last.
    private(set) var newestSampleAt: Timestamp?
    /// Its last samples.
    private(set) var ring: SampleRing

    private(set) var silence = Silence()
    private var waiting: [(sample: Sample, implausible: Int)] = []
    private var folds: FoldSequence

    /// How many samples wait for the catalog to say which of them it has already; where there are
    /// more, all are taken to be new.
    private static let waitingLimit = 120
    /// How many events, and how many gaps, wait for a catalog that stays away; later ones are not
    /// kept, and their stretches are then merely without samples.
    private static let noteLimit = 256
    /// How long the end of a run that left its slot waits for its process to die: its owner writes
    /// the last sample, gives the slot back, and then exits.
    private static let patience = Duration.seconds(3)

    init(
        _ identity: SlotIdentity, token: UInt64, observed: ObservedRun,
        settings: RecorderSettings
    ) {
        key = Key(identity)
        self.token = token
        self.observed = observed
        folds = FoldSequence(intervalMilliseconds: max(1, settings.interval.milliseconds))
        ring = SampleRing(
            keep: settings.keep, poll: settings.poll, limit: RecorderSettings.momentLimit)
    }

    /// Takes a sample as the slot shows it; one that was seen before changes nothing.
    ///
    /// - Returns: Whether it is a new one.
    mutating func take(_ sample: Sample, implausible: Int, now: ClockReading) -> Bool {
        guard sample.at != newestSampleAt else { return false }
        if newestSampleAt == nil {
            note(.firstSample, at: sample.at)
        }
        newestSampleAt = sample.at
        ring.append(sample)
        if case .ended(let gap)? = silence.noteSample(at: sample.at, now: now) {
            note(gap)
            if gap.reason == .stalled {
                note(.resumed, at: sample.at)
            }
        }
        if !isConfirmed, waiting.count < Self.waitingLimit {
            waiting.append((sample, implausible))
        } else {
            foldWaiting()
            folds.add(sample, implausible: implausible)
        }
        return true
    }

    /// Notes that a poll brought no new sample.
    mutating func noteNone(_ sight: Silence.Sight, now: ClockReading, poll: Duration) {
        guard ending == nil,
            case .began(.stalled)? = silence.noteNone(sight, now: now, poll: poll)
        else { return }
        let detail = newestSampleAt.map { "no sample since \($0.rfc3339)" }
        note(.stalled, at: now.wall, detail: detail)
    }

    /// Notes that the recorder's own clock or life was broken.
    mutating func note(_ jump: ClockJump, now: ClockReading) {
        guard ending == nil else { return }
        silence.skip(to: now)
        if jump.from < jump.to {
            // It had not begun, or was not seen yet.
            let from = max(jump.from, min(observed.seenAt, jump.to))
            note(Series.Gap(from: from, to: jump.to, reason: jump.reason))
        }
        guard let kind = jump.eventKind else { return }
        note(kind, at: jump.to, detail: jump.detail)
    }

    private mutating func note(
        _ kind: LifecycleEvent.Kind, at: Timestamp, detail: String? = nil
    ) {
        note(LifecycleEvent(kind, at: at, detail: detail, seenBy: .recorder))
    }

    /// Notes that the OOM killer struck in its memory cgroup while it lived.
    mutating func note(_ kills: OOMKills) {
        guard ending == nil, let event = oomKills.take(LifecycleEvent(kills)) else { return }
        note(event)
    }

    private mutating func note(_ event: LifecycleEvent) {
        guard events.count < Self.noteLimit else { return }
        events.append(event)
    }

    private mutating func note(_ gap: Series.Gap) {
        guard gap.from < gap.to else { return }
        // Held up again and again, as by a catalog that each poll waits for, it was held up once.
        if gap.reason == .recorderDown, let last = gaps.indices.last,
            gaps[last].reason == .recorderDown, (gaps[last].from...gaps[last].to).contains(gap.from)
        {
            gaps[last].to = max(gaps[last].to, gap.to)
        } else if gaps.count < Self.noteLimit {
            gaps.append(gap)
        }
    }

    /// Ends the run; the first end that is noted stays.
    mutating func end(as ending: Ending, now: ClockReading) {
        guard self.ending == nil else { return }
        self.ending = ending
        if !fate.isSettled { waitsUntil = now.awake + Self.patience }
        if let gap = silence.gap(until: endedAt ?? now.wall) { note(gap) }
    }

    /// Whether samples came long after its process was seen to be gone: it is somewhere where it
    /// cannot be seen from here, as in a container.
    var isSampledUnseen: Bool {
        guard let goneAt, let newestSampleAt else { return false }
        return newestSampleAt.milliseconds(since: goneAt) >= 3_000
    }

    /// Whether it has ended and nothing more will be known of how.
    func isSettled(_ now: ClockReading) -> Bool {
        guard ending != nil else { return false }
        guard !fate.isSettled, let waitsUntil else { return true }
        // Of a process that has died it is told soon how, or that nobody knows.
        let limit = fate.diedAt == nil ? waitsUntil : waitsUntil + Self.patience + .seconds(1)
        return now.awake >= limit
    }

    /// When it ended, as far as is known.
    var endedAt: Timestamp? {
        switch ending {
        case .processGone(let at)?, .released(let at)?, .reclaimed(let at)?: fate.diedAt ?? at
        case nil: nil
        }
    }

    /// Takes what the catalog knows of the run for now.
    mutating func adopt(_ run: AdoptedRun) {
        adopted = run
    }

    /// Takes what the catalog knows of the run when the first row of it is about to be written.
    ///
    /// Another recorder may have written samples that were seen here, too, even after this one had
    /// first asked: they are not counted again.
    mutating func confirm(_ run: AdoptedRun) {
        adopted = run
        isConfirmed = true
        if let known = run.lastSampleAt {
            events.removeAll { $0.kind == .firstSample }
            // After a clock that was set back, what follows the known sample may be before it.
            let knownCount =
                waiting.lastIndex { $0.sample.at == known }.map { $0 + 1 }
                ?? waiting.prefix { $0.sample.at <= known }.count
            waiting.removeFirst(knownCount)
            folds.noteWritten(upTo: known)
        }
        foldWaiting()
    }

    /// Forgets what a catalog knew of it that is no more to be written.
    mutating func leaveCatalog(now: ClockReading) {
        guard !isDone else { return }
        adopted = nil
        isConfirmed = false
        // Its `varve run` may record it for a moment, as it does until it sees a new recorder.
        observed.seenAt = max(observed.seenAt, now.wall)
    }

    private mutating func foldWaiting() {
        for (sample, implausible) in waiting { folds.add(sample, implausible: implausible) }
        waiting = []
    }

    /// Gives up its last moments.
    mutating func dropMoments() {
        if ring.count > 0 { ring = SampleRing(keep: .zero, poll: .seconds(1), limit: 1) }
    }

    /// How much of it waits in memory: samples and finished rows.
    var heldCount: Int { waiting.count + folds.finishedCount }

    /// Gives up the oldest of what waits.
    ///
    /// - Returns: How many rows that were.
    mutating func holdAtMost(_ rows: Int) -> Int {
        if heldCount > rows { foldWaiting() }
        let (count, gap) = folds.keepFinished(atMost: rows)
        guard let gap else { return count }
        // More of the same stretch, as the catalog stays away.
        if let index = gaps.lastIndex(where: { $0.reason == .dropped }) {
            gaps[index].to = max(gaps[index].to, gap.to)
        } else {
            note(gap)
        }
        return count
    }

    /// The rows that the catalog does not have in this state. The last of them may still grow, and is
    /// then written again.
    func unwrittenRows(of run: RunID) -> [SampleRow] {
        folds.unwrittenRows(of: run)
    }

    /// Notes that everything up to now is in the catalog.
    mutating func noteFlushed(isClosed: Bool) {
        folds.noteWritten()
        events = []
        gaps = []
        if isClosed { isDone = true }
    }
}

// What each poll asks of each run. It changes nothing or little and yet is `mutating`, as only so a run
// is asked in its place in an array of optionals: else it is copied first, half a kilobyte with a dozen
// references, which took longer than all the rest of a poll.
extension TrackedRun {
    /// Whether it is the run of `key`.
    mutating func isRun(of key: Key) -> Bool { self.key == key }

    /// Whether samples may come.
    mutating func isOpen() -> Bool { ending == nil }

    /// Notes that its process lives, if the system watches it and has told nothing else.
    ///
    /// - Returns: Whether there is nothing more to find out about it, as also where the run is over.
    mutating func noteAliveIfWatched() -> Bool {
        guard ending == nil else { return true }
        guard fate.watch == .watched, fate.diedAt == nil else { return false }
        wasSeenAlive = true
        return true
    }

    /// ``heldCount``.
    mutating func countHeld() -> Int { heldCount }
}
