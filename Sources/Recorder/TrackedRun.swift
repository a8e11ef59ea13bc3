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
    var adopted: AdoptedRun?
    var ending: Ending?
    /// Whether it has ended and all of it is in the catalog.
    var isDone = false
    /// Events that wait for the next flush.
    var events: [LifecycleEvent] = []

    private(set) var lastSampleAt: Timestamp?
    private var waiting: [(sample: Sample, implausible: Int)] = []
    private var fold: IntervalFold?
    private var isFoldWritten = true
    private var finished: [IntervalFold] = []
    private let intervalMilliseconds: Int64

    /// The time of the newest sample that waits for the catalog.
    var waitingSampleAt: Timestamp? { waiting.last?.sample.at }

    /// How many samples wait for the catalog to say whether they are known already, and how many
    /// finished rows wait for it to be writable: beyond that the oldest go.
    private static let waitingLimit = 30
    private static let finishedLimit = 2_000

    init(_ identity: SlotIdentity, observed: ObservedRun, intervalMilliseconds: Int64) {
        key = Key(identity)
        self.observed = observed
        self.intervalMilliseconds = intervalMilliseconds
    }

    /// Takes a sample as the slot shows it; one that was seen before changes nothing.
    mutating func take(_ sample: Sample, implausible: Int) {
        guard sample.at != (waiting.last?.sample.at ?? lastSampleAt) else { return }
        if lastSampleAt == nil, waiting.isEmpty {
            events.append(LifecycleEvent(.firstSample, at: sample.at, seenBy: .recorder))
        }
        if adopted == nil, waiting.count < Self.waitingLimit {
            waiting.append((sample, implausible))
        } else {
            foldWaiting()
            add(sample, implausible)
        }
    }

    /// Takes what the catalog knows of the run: samples that another recorder has written already are
    /// not counted again.
    mutating func adopt(_ run: AdoptedRun) {
        adopted = run
        if let known = run.lastSampleAt {
            events.removeAll { $0.kind == .firstSample }
            waiting.removeAll { $0.sample.at <= known }
            lastSampleAt = max(lastSampleAt ?? known, known)
        }
        foldWaiting()
    }

    private mutating func foldWaiting() {
        let samples = waiting
        waiting = []
        for (sample, implausible) in samples { add(sample, implausible) }
    }

    private mutating func add(_ sample: Sample, _ implausible: Int) {
        defer {
            lastSampleAt = sample.at
            isFoldWritten = false
        }
        if let current = fold, current.isOfSameInterval(sample), !current.isBroken(by: sample) {
            fold?.add(sample, implausible: implausible)
            return
        }
        let isContinuation =
            lastSampleAt.map {
                sample.at < $0
                    || $0.aligned(downTo: intervalMilliseconds)
                        == sample.at.aligned(downTo: intervalMilliseconds)
            } ?? false
        if let fold, !isFoldWritten {
            finished.append(fold)
            if finished.count > Self.finishedLimit { finished.removeFirst() }
        }
        fold = IntervalFold(
            beginningWith: sample, implausible: implausible,
            intervalMilliseconds: intervalMilliseconds, isContinuation: isContinuation)
    }

    /// The rows that the catalog does not have in this state. The last of them may still grow, and is
    /// then written again.
    func unwrittenRows(of run: RunID) -> [SampleRow] {
        var rows = finished.map { $0.row(of: run) }
        if let fold, !isFoldWritten { rows.append(fold.row(of: run)) }
        return rows
    }

    /// Notes that everything up to now is in the catalog.
    mutating func noteWritten() {
        finished = []
        events = []
        isFoldWritten = true
    }
}
