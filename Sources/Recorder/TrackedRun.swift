internal import HistoryModel
internal import HistoryStore
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
    let observed: ObservedRun
    /// `nil` until the catalog could be asked.
    private(set) var adopted: AdoptedRun?
    /// Whether it is settled which samples the catalog has already, see ``confirm(_:)``.
    private(set) var isConfirmed = false
    var ending: Ending?
    /// Whether it has ended and all of it is in the catalog.
    var isDone = false
    /// Whether its process was ever seen to live.
    var wasSeenAlive = false
    /// When its process was first seen to be gone.
    var goneAt: Timestamp?
    /// Events that wait for the next flush.
    private(set) var events: [LifecycleEvent] = []
    /// The sample that the slot showed last.
    private(set) var newestSampleAt: Timestamp?

    private var waiting: [(sample: Sample, implausible: Int)] = []
    private var folds: FoldSequence

    /// How many samples wait for the catalog to say which of them it has already; where there are
    /// more, all are taken to be new.
    private static let waitingLimit = 120

    init(_ identity: SlotIdentity, observed: ObservedRun, intervalMilliseconds: Int64) {
        key = Key(identity)
        self.observed = observed
        folds = FoldSequence(intervalMilliseconds: intervalMilliseconds)
    }

    /// Takes a sample as the slot shows it; one that was seen before changes nothing.
    ///
    /// - Returns: Whether it is a new one.
    mutating func take(_ sample: Sample, implausible: Int) -> Bool {
        guard sample.at != newestSampleAt else { return false }
        if newestSampleAt == nil {
            events.append(LifecycleEvent(.firstSample, at: sample.at, seenBy: .recorder))
        }
        newestSampleAt = sample.at
        if !isConfirmed, waiting.count < Self.waitingLimit {
            waiting.append((sample, implausible))
        } else {
            foldWaiting()
            folds.add(sample, implausible: implausible)
        }
        return true
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

    private mutating func foldWaiting() {
        for (sample, implausible) in waiting { folds.add(sample, implausible: implausible) }
        waiting = []
    }

    /// How much of it waits in memory: samples and finished rows.
    var heldCount: Int { waiting.count + folds.finishedCount }

    /// Gives up the oldest of what waits.
    ///
    /// - Returns: How many rows that were.
    mutating func holdAtMost(_ rows: Int) -> Int {
        if heldCount > rows { foldWaiting() }
        return folds.keepFinished(atMost: rows)
    }

    /// The rows that the catalog does not have in this state. The last of them may still grow, and is
    /// then written again.
    func unwrittenRows(of run: RunID) -> [SampleRow] {
        folds.unwrittenRows(of: run)
    }

    /// Notes that everything up to now is in the catalog.
    mutating func noteFlushed() {
        folds.noteWritten()
        events = []
        if ending != nil { isDone = true }
    }
}
