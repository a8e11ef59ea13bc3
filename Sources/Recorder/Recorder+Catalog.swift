public import HistoryModel
public import HistoryStore

extension Recorder {
    /// For how long the first rows of a supervised run are held back. Its `varve run` may have
    /// recorded it up to now, and needs a poll to notice this recorder and to write its last row.
    private static let handOverMilliseconds: Int64 = 3_000

    /// Asks the catalog for the runs that it was not asked for yet, if there are any.
    public mutating func adopt(from catalog: borrowing Catalog) throws(StoreError) {
        let newSlots = slots.indices.filter { slots[$0].map { $0.adopted == nil } ?? false }
        let newDeparted = departed.indices.filter { departed[$0].adopted == nil }
        guard !newSlots.isEmpty || !newDeparted.isEmpty else { return }
        let observed =
            newSlots.compactMap { slots[$0]?.observed } + newDeparted.map { departed[$0].observed }
        var adopted = try catalog.adopt(observed, of: source)[...]
        for slot in newSlots {
            if let run = adopted.popFirst() { slots[slot]?.adopt(run) }
        }
        for index in newDeparted {
            if let run = adopted.popFirst() { departed[index].adopt(run) }
        }
    }

    /// The runs that are recorded here now, or that ended and are not written yet.
    public var openRuns: Set<RunID> {
        var runs = Set(departed.compactMap { $0.adopted?.id })
        for case let run? in slots where !run.isDone {
            if let id = run.adopted?.id { runs.insert(id) }
        }
        return runs
    }

    /// Takes from the caller what the catalog knows of the run in the one slot that is recorded.
    public mutating func adopt(_ run: AdoptedRun) {
        guard let slot = settings.slot, slots.indices.contains(slot) else { return }
        if slots[slot]?.isConfirmed == false { slots[slot]?.confirm(run) }
    }

    /// Whether there is something to write now: an interval is over, or a run has ended.
    public func isFlushDue(at now: ClockReading) -> Bool {
        isIntervalOver(at: now)
            || departed.contains { $0.isSettled(now) }
            || slots.contains { $0.map { $0.isSettled(now) && !$0.isDone } ?? false }
    }

    /// Whether an interval is over that was not written yet.
    public func isIntervalOver(at now: ClockReading) -> Bool {
        guard let lastFlushAt else { return false }
        let interval = intervalMilliseconds
        return now.wall.aligned(downTo: interval) != lastFlushAt.aligned(downTo: interval)
    }

    /// Writes what is there in one transaction, and says that this recorder lives.
    ///
    /// - Parameters:
    ///   - endings: Ends of runs that the caller saw itself.
    ///   - events: What happened to runs that the caller saw itself.
    ///   - closing: Runs of which the caller knows that no more samples come.
    ///   - isOfEnded: Whether only runs that have ended are written: those that go on wait for the end
    ///     of their interval, however many others end meanwhile.
    ///   - isLast: Whether this is the recorder's orderly end.
    /// - Throws: ``StoreError``; nothing is written then, and the next flush writes it all.
    public mutating func flush(
        to catalog: borrowing Catalog, now: ClockReading, endings: [RunEnding] = [],
        events: [(run: RunID, event: LifecycleEvent)] = [], closing: [RunID] = [],
        isOfEnded: Bool = false, isLast: Bool = false
    ) throws(StoreError) {
        if isLast {
            // There is no other poll to wait for. A supervised run's end its supervisor tells.
            for slot in slots.indices where slots[slot]?.adopted?.isSupervised != true {
                endAsGone(slot, now: now)
            }
        }
        let begun = ContinuousClock.now
        // Copies take all changes, and take the places only once everything is written.
        var written = try confirmed(by: catalog, now: now, isOfEnded: isOfEnded, isLast: isLast)
        var batch = FlushBatch()
        batch.events = events
        batch.endings = endings
        batch.closed = closing
        var shelf = LogShelf(readLogs)
        for index in written.indices {
            let run = written[index].run
            let isClosing = run.isSettled(now) || (isLast && run.ending != nil)
            let known = batch.endings.count
            run.fill(&batch, isClosing: isClosing, in: catalog, now: now)
            if batch.endings.count > known {
                let ending = batch.endings[known]
                batch.endings[known].logs = shelf.logs(
                    of: run.observed.sandbox, from: run.observed.startedAt, to: ending.at,
                    isExact: ending.knownBy == .pidfd, next: startOfNext(after: run.observed))
            }
            written[index].run.noteFlushed(isClosed: isClosing)
        }
        var statistics = statistics
        statistics.rowCount += Int64(batch.rows.count)
        statistics.busyRetryCount = Int64(catalog.busyRetries)
        statistics.writtenBytes = catalog.writtenBytes
        statistics.flushCount += 1
        if let session {
            batch.heartbeat = FlushBatch.Heartbeat(
                session: session, at: now.wall, isLast: isLast, statistics: statistics)
        }
        try catalog.flush(batch)
        for (slot, run) in written {
            if run.isDone { requestEndOfWatch(of: run) }
            if let slot { slots[slot] = run }
        }
        let done = Set(written.lazy.filter { $0.run.isDone }.map(\.run.token))
        departed.removeAll { done.contains($0.token) }
        for (slot, run) in written where slot == nil && !run.isDone {
            if let index = departed.firstIndex(where: { $0.token == run.token }) {
                departed[index] = run
            }
        }
        if !isOfEnded { lastFlushAt = now.wall }
        closedRunCount += batch.closed.count
        let taken = (ContinuousClock.now - begun).nanoseconds
        statistics.flushNanoseconds += taken
        statistics.flushMaxNanoseconds = max(statistics.flushMaxNanoseconds, taken)
        self.statistics = statistics
    }

    /// When the next run of the same sandbox started, as far as slots tell.
    private func startOfNext(after run: ObservedRun) -> Timestamp? {
        (departed.map(\.observed) + slots.compactMap { $0?.observed })
            .filter { $0.sandbox == run.sandbox && $0.startedAt > run.startedAt }
            .map(\.startedAt).min()
    }

    /// The runs of which there may be something to write, each with its slot if it still has one; it
    /// is settled for each which samples of it the catalog has already.
    private func confirmed(
        by catalog: borrowing Catalog, now: ClockReading, isOfEnded: Bool, isLast: Bool
    ) throws(StoreError) -> [(slot: Int?, run: TrackedRun)] {
        func isWanted(_ run: TrackedRun) -> Bool { !isOfEnded || run.isSettled(now) }
        var runs: [(slot: Int?, run: TrackedRun)] = departed.filter(isWanted).map { (nil, $0) }
        for (slot, run) in slots.enumerated() {
            if let run, !run.isDone, isWanted(run) { runs.append((slot, run)) }
        }
        let open = runs.indices.filter { !runs[$0].run.isConfirmed }
        guard !open.isEmpty else { return runs }
        let known = try catalog.adopt(open.map { runs[$0].run.observed }, of: source)
        var heldBack: Set<Int> = []
        for (index, adopted) in zip(open, known) {
            let age = now.wall.milliseconds(since: runs[index].run.observed.seenAt)
            if adopted.isSupervised, runs[index].run.ending == nil, !isLast,
                (0..<Self.handOverMilliseconds).contains(age)
            {
                heldBack.insert(index)
            } else {
                runs[index].run.confirm(adopted)
            }
        }
        return runs.indices.filter { !heldBack.contains($0) }.map { runs[$0] }
    }

    /// Turns away from a catalog that is lost: what it lacks, and all that is still to come, goes into the
    /// next one that is given, in which runs are looked for again and this recorder's life begins anew.
    public mutating func leaveCatalog(now: ClockReading) {
        session = nil
        for slot in slots.indices { slots[slot]?.leaveCatalog(now: now) }
        for index in departed.indices { departed[index].leaveCatalog(now: now) }
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
