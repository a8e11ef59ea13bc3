public import HistoryModel
public import HistoryStore
public import ProcessWatch

/// What a source's own catalog said of its runs, on its way into the history.
///
/// A recorder sees runs in slots; this knows what their source says of them, keeps it when the source
/// removes its rows, and makes runs of what no slot ever held: a boot that failed, a run beyond a full
/// registry, one while nobody recorded. It is driven from outside, with the times given.
public struct ClaimBook {
    /// Where runs go that no slot held.
    public let source: Source

    private let grace: Duration
    private var shelf: LogShelf
    /// When the runs of each sandbox started that the catalog told of last.
    private var starts: [String: [Timestamp]] = [:]
    /// Of how many runs logs wait to be written.
    private var waitingLogCount = 0
    private var entries: [Key: Entry] = [:]
    private var keys: [UInt64: Key] = [:]
    private var requests: [WatchRequest] = []
    private var nextToken: UInt64 = 0

    /// An id alone is given out again; with the start and the sandbox's name it is one run.
    fileprivate struct Key: Hashable {
        var externalID: Int64
        var startedAt: Timestamp?
        var sandbox: String
    }

    fileprivate struct Entry {
        var run: ClaimedRun
        var firstSeen: Duration
        var noted: NotedClaim?
        var isWritten = false
        var token: UInt64?
        var fate = ProcessFate()
        /// What was read when it was seen to end; its rows and its logs may be removed at once.
        var logs: [RunLog] = []
        /// What the OOM killer did in its memory cgroup while it lived.
        var oomKills: [LifecycleEvent] = []
        var oomKillNotes = OOMKillNotes()
        /// Whether its process was gone when it was first looked for.
        var isGone = false

        /// Whether it waits for its end here: no recorder sees it in a slot.
        var isOpen: Bool { noted.map { !$0.hasSlot && !$0.isTerminated } ?? false }
        /// Whether its source says nothing more of it.
        var isOfEnd: Bool { run.claim.isOfEnd || run.claim.goneAt != nil }
        /// Whether nothing more is to come.
        var isFinished: Bool { isWritten && noted?.isTerminated == true && isOfEnd }
    }

    /// How many runs are written in one transaction.
    private static let chunk = 500
    /// How long ago a run may have ended for its sandbox's logs to be read: who begins to record meets
    /// thousands that ended long ago.
    private static let recentMilliseconds: Int64 = 10_000
    /// So many runs keep their logs while the catalog cannot be written: some 64 MiB.
    private static let waitingLogLimit = 1_000

    /// A book of nothing yet.
    ///
    /// - Parameters:
    ///   - grace: How long a run may go unseen in a slot before it is taken to have none.
    ///   - readLogs: Gives the ends of what the runtime of a sandbox wrote as text.
    public init(
        of source: Source, grace: Duration,
        readLogs: @escaping @Sendable (_ sandbox: String) -> [RunLog] = { _ in [] }
    ) {
        self.source = source
        self.grace = grace
        shelf = LogShelf(readLogs)
    }

    /// The runs that no slot held and that have not ended: nobody else may close them.
    public var openRuns: Set<RunID> {
        Set(entries.values.lazy.filter(\.isOpen).compactMap { $0.noted?.id })
    }

    /// How many runs it keeps in mind.
    public var count: Int { entries.count }

    /// Takes in what the catalog says now.
    ///
    /// - Parameter first: All runs from this id on are among `runs`; those that are not are removed.
    public mutating func take(
        _ runs: [ClaimedRun], completeFrom first: Int64, now: ClockReading
    ) {
        var present: Set<Key> = []
        if !runs.isEmpty {
            starts = [:]
            for run in runs {
                if let start = run.claim.startedAt {
                    starts[run.sandbox, default: []].append(start)
                }
            }
        }
        for run in runs {
            let key = Key(
                externalID: run.externalID, startedAt: run.claim.startedAt, sandbox: run.sandbox)
            present.insert(key)
            guard var entry = entries[key] else {
                var entry = Entry(run: run, firstSeen: now.awake)
                if run.claim.isOfEnd, let endedAt = run.claim.terminatedAt,
                    (0...Self.recentMilliseconds).contains(now.wall.milliseconds(since: endedAt))
                {
                    takeLogs(of: &entry, until: endedAt)
                }
                entries[key] = entry
                continue
            }
            var known = entry.run
            known.claim.seenAt = run.claim.seenAt
            guard known != run else { continue }
            let endsNow = run.claim.isOfEnd && !entry.run.claim.isOfEnd && !run.claim.isOfSweep
            entry.run = run
            if endsNow { takeLogs(of: &entry, until: run.claim.terminatedAt ?? now.wall) }
            entry.isWritten = false
            entries[key] = entry
        }
        for (key, var entry) in entries where !present.contains(key) {
            if key.externalID >= first, entry.run.claim.goneAt == nil {
                if !entry.run.claim.isOfEnd { takeLogs(of: &entry, until: now.wall) }
                entry.run.claim.goneAt = now.wall
                entry.isWritten = false
                entries[key] = entry
            } else if entry.isFinished {
                forget(key)
            } else if entry.isOfEnd, entry.noted?.hasSlot == true {
                // Its recorder may have closed it since this was last written down: asked again.
                entries[key]?.isWritten = false
            }
        }
    }

    /// Takes in that the catalog is not there any more, and with it all its rows.
    public mutating func takeNothing(now: ClockReading) {
        take([], completeFrom: .min, now: now)
    }

    /// Turns away from a catalog that is lost: everything is to be written into the next one.
    public mutating func leaveCatalog(now: ClockReading) {
        for key in entries.keys {
            stopWatching(key)
            entries[key]?.noted = nil
            entries[key]?.isWritten = false
            // Who sees a run in its slot is to say so first.
            entries[key]?.firstSeen = now.awake
        }
    }

    /// Takes down the logs of a run that has just ended.
    private mutating func takeLogs(
        of entry: inout Entry, until end: Timestamp, isExact: Bool = false
    ) {
        guard !entry.logs.isEmpty || waitingLogCount < Self.waitingLogLimit else { return }
        let start = entry.run.claim.startedAt
        let next = start.flatMap { start in
            starts[entry.run.sandbox]?.filter { $0 > start }.min()
        }
        let logs = shelf.logs(
            of: entry.run.sandbox, from: start, to: end, isExact: isExact, next: next)
        guard !logs.isEmpty else { return }
        if entry.logs.isEmpty { waitingLogCount += 1 }
        entry.logs = logs
    }

    private mutating func dropLogs(of key: Key) {
        guard entries[key]?.logs.isEmpty == false else { return }
        entries[key]?.logs = []
        waitingLogCount -= 1
    }

    private mutating func forget(_ key: Key) {
        dropLogs(of: key)
        stopWatching(key)
        entries[key] = nil
    }

    /// Writes what has changed, and the ends of runs that no slot held.
    ///
    /// - Parameters:
    ///   - bootedAt: When the machine was started.
    ///   - isLast: Whether this is the orderly end: what was removed is not waited for any longer.
    /// - Throws: ``StoreError``; what could not be written is tried again the next time.
    public mutating func write(
        to catalog: borrowing Catalog, bootedAt: Timestamp?, probe: some ProcessProbe,
        now: ClockReading, isLast: Bool = false
    ) throws(StoreError) {
        defer { shelf.putBack() }
        var due: [(key: Key, entry: ClaimEntry)] = []
        for (key, entry) in entries where entry.noted == nil || !entry.isWritten {
            let isOld = now.awake - entry.firstSeen >= grace
            let mayMake = isOld || (isLast && entry.run.claim.goneAt != nil)
            due.append((key, ClaimEntry(entry.run, mayMake: mayMake, logs: entry.logs)))
        }
        // In the order in which they began, so that their ids here follow it.
        due.sort { ($0.key.externalID, $0.key.sandbox) < ($1.key.externalID, $1.key.sandbox) }
        while !due.isEmpty {
            let chunk = Array(due.prefix(Self.chunk))
            due.removeFirst(chunk.count)
            let noted = try catalog.note(
                chunk.map(\.entry), of: source, bootedAt: bootedAt, now: now.wall)
            for (place, result) in zip(chunk, noted) {
                guard let result else { continue }
                entries[place.key]?.noted = result
                entries[place.key]?.isWritten = true
                dropLogs(of: place.key)
                follow(place.key, bootedAt: bootedAt)
            }
        }
        try writeEnds(to: catalog, probe: probe, now: now)
    }

    /// Has the process of a run watched that no recorder watches.
    private mutating func follow(_ key: Key, bootedAt: Timestamp?) {
        guard let entry = entries[key] else { return }
        guard entry.isOpen else { return stopWatching(key) }
        let startedAt = entry.run.claim.startedAt
        guard entry.token == nil, !entry.isGone, let pid = entry.run.pid else { return }
        if let bootedAt, let startedAt, startedAt < bootedAt { return }
        nextToken += 1
        entries[key]?.token = nextToken
        keys[nextToken] = key
        requests.append(
            .watch(
                token: nextToken, pid: pid,
                ExpectedProcess(startedAt: startedAt?.advanced(byMilliseconds: 60_000))))
    }

    private mutating func stopWatching(_ key: Key) {
        guard let token = entries[key]?.token else { return }
        entries[key]?.token = nil
        keys[token] = nil
        requests.append(.stop(token: token))
    }

    // MARK: Processes

    /// What has to be watched from now on and what no longer.
    public mutating func takeWatchRequests() -> [WatchRequest] {
        defer { requests = [] }
        return requests
    }

    /// Takes what came of a request to watch.
    public mutating func note(_ outcome: WatchOutcome, of token: UInt64, now: ClockReading) {
        guard let key = keys[token] else { return }
        switch outcome {
        case .watching: entries[key]?.fate.watch = .watched
        case .dead:
            entries[key]?.fate.watch = .watched
            entries[key]?.fate.noteDeath(at: now.wall)
        case .another, .gone: entries[key]?.isGone = true
        case .unsupported: entries[key]?.fate.watch = .unwatched
        }
    }

    /// Takes what was found out about a process.
    public mutating func note(_ report: ProcessReport) {
        switch report {
        case .oomKills(let token, let kills):
            if let key = keys[token],
                let event = entries[key]?.oomKillNotes.take(LifecycleEvent(kills))
            {
                entries[key]?.oomKills.append(event)
            }
        case .died(let token, let at):
            if let key = keys[token] { entries[key]?.fate.noteDeath(at: at) }
        case .ended(let token, let end):
            if let key = keys[token] { entries[key]?.fate.note(end) }
        }
    }

    private mutating func writeEnds(
        to catalog: borrowing Catalog, probe: some ProcessProbe, now: ClockReading
    ) throws(StoreError) {
        var batch = FlushBatch()
        var ended: [Key] = []
        for (key, var entry) in entries where entry.isOpen {
            guard let id = entry.noted?.id, var ending = entry.ending(id, probe, now: now.wall)
            else { continue }
            // Once: while the catalog cannot be written a next run may begin.
            if ending.knownBy != .inferred, entry.logs.isEmpty {
                takeLogs(of: &entry, until: ending.at, isExact: ending.knownBy == .pidfd)
                entries[key] = entry
            }
            ending.logs = entry.logs
            batch.endings.append(ending)
            batch.closed.append(id)
            let kills =
                entry.oomKills
                + [entry.oomKillNotes.rest, entry.fate.lastOOMKill].compactMap(\.self)
            batch.events += kills.map { (id, $0) }
            ended.append(key)
        }
        guard !batch.isIdle else { return }
        try catalog.flush(batch)
        for key in ended {
            if let noted = entries[key]?.noted { entries[key]?.noted = noted.terminated }
            dropLogs(of: key)
            stopWatching(key)
        }
    }
}

extension ClaimBook.Entry {
    /// How the run ended, if its process did.
    fileprivate func ending(
        _ id: RunID, _ probe: some ProcessProbe, now: Timestamp
    ) -> RunEnding? {
        if fate.diedAt != nil || fate.end != nil {
            // It is told soon how it ended.
            guard let end = fate.end else { return nil }
            let at = fate.diedAt ?? now
            guard let exit = end.exit else {
                return gone(
                    id, at: at, "the process ended at this time; how it ended was not told")
            }
            var ending = RunEnding(id, at: at, knownBy: .pidfd)
            ending.exitCode = exit.code
            ending.exitSignal = exit.signal
            ending.coreDumped = exit.coreDumped
            ending.reason = exit.code == 0 ? .completed : .failed
            ending.detail = "no slot was seen: it was never sampled"
            ending.event = LifecycleEvent(
                exit.signal == nil ? .exited : .killed, at: at,
                detail: exit.signal.map(SignalName.name(of:)) ?? exit.code.map { "code \($0)" },
                seenBy: .recorder)
            return ending
        }
        if isGone {
            return gone(
                id, at: run.claim.startedAt ?? run.claim.seenAt,
                "its process was gone when it was first looked for; it ended at or after this time",
                knownBy: .inferred)
        }
        guard fate.watch == .unwatched, let pid = run.pid, probe.isGone(pid) else { return nil }
        return gone(id, at: now, "the process was gone; how it ended was not seen")
    }

    private func gone(
        _ id: RunID, at: Timestamp, _ detail: String, knownBy: ExitKnowledge = .unknown
    ) -> RunEnding {
        var ending = RunEnding(id, at: at, knownBy: knownBy)
        ending.detail = detail + "; it was never sampled"
        ending.event = LifecycleEvent(.gone, at: at, detail: detail, seenBy: .recorder)
        return ending
    }
}
