internal import HistoryModel
internal import HistoryStore
public import ProcessWatch
public import SlotRegistry

/// A change to what a ``ProcessWatch`` should watch for a recorder.
public enum WatchRequest: Hashable, Sendable {
    /// The process `pid`, from now on called `token`.
    case watch(token: UInt64, pid: Int32, ExpectedProcess)
    /// No more.
    case stop(token: UInt64)
}

extension Recorder {
    /// What has to be watched from now on and what no longer.
    public mutating func takeWatchRequests() -> [WatchRequest] {
        defer { watchRequests = [] }
        return watchRequests
    }

    /// Takes what came of a request to watch.
    public mutating func note(_ outcome: WatchOutcome, of token: UInt64, now: ClockReading) {
        change(token) { $0.note(outcome, now: now) }
    }

    /// Takes what was found out about a process; of a run that is written already it is too late.
    public mutating func note(_ report: ProcessReport) {
        switch report {
        case .oomKills(let token, let kills): change(token) { $0.note(kills) }
        case .died(let token, let at): change(token) { $0.fate.noteDeath(at: at) }
        case .ended(let token, let end): change(token) { $0.fate.note(end) }
        }
    }

    private mutating func change(_ token: UInt64, _ body: (inout TrackedRun) -> Void) {
        if let slot = slot(of: token), var run = slots[slot] {
            slots[slot] = nil
            body(&run)
            slots[slot] = run
        } else if let index = departed.firstIndex(where: { $0.token == token }) {
            body(&departed[index])
        }
    }

    /// Reads the slot of a run again, outside of the polls: for its terminal sample, when its process
    /// has just died.
    ///
    /// - Throws: ``RegistryError`` if the registry was cut short.
    public mutating func readSlot(
        of token: UInt64, _ reader: borrowing RegistryReader, now: ClockReading
    ) throws(RegistryError) {
        guard let slot = slot(of: token), let outcome = try reader.read(slot: slot) else { return }
        if case .reading(let reading) = outcome, slots[slot]?.ending == nil,
            slots[slot]?.key == TrackedRun.Key(reading.identity)
        {
            let (sample, implausible) = reading.checkedSample()
            if let sample { _ = slots[slot]?.take(sample, implausible: implausible, now: now) }
        }
    }

    private func slot(of token: UInt64) -> Int? {
        slots.firstIndex { $0?.token == token }
    }

    /// How long after a run is said to have started its process may come, where no sample shows that
    /// it lived later.
    private static let startingMilliseconds: Int64 = 60_000

    /// - Parameter sampledAt: the sample that the slot shows already.
    mutating func requestWatch(of run: TrackedRun, sampledAt: Timestamp?) {
        guard run.key.pid > 0, settings.slot == nil else { return }
        // Not with the start time that was read: it may be that of another process already. Who
        // writes samples lives by then, whatever the clock was when the run was said to start.
        let startedAt = run.observed.startedAt
        let livedAt = sampledAt ?? startedAt.advanced(byMilliseconds: Self.startingMilliseconds)
        watchRequests.append(
            .watch(
                token: run.token, pid: run.key.pid,
                ExpectedProcess(startedAt: max(startedAt, livedAt))))
    }

    mutating func requestEndOfWatch(of run: TrackedRun) {
        guard run.fate.watch != .unwatched else { return }
        watchRequests.append(.stop(token: run.token))
    }

    /// Ends the run if its process was gone at an earlier poll, too, and nothing came since.
    ///
    /// Not at once: the slot was read before the process was asked for, and a supervisor writes the
    /// last sample of a process that is about to be gone.
    mutating func endIfGone(_ slot: Int, now: ClockReading, isSilent: Bool) {
        guard slots[slot]?.noteAliveIfWatched() == false, let run = slots[slot] else { return }
        if run.fate.watch == .watched, let diedAt = run.fate.diedAt {
            slots[slot]?.goneAt = diedAt
            if isSilent { endAsGone(slot, now: now) }
            return
        }
        guard isGone(run, isSilent: isSilent) else {
            slots[slot]?.wasSeenAlive = true
            slots[slot]?.goneAt = nil
            return
        }
        if run.goneAt == nil { slots[slot]?.goneAt = now.wall }
        guard run.goneAt != nil, isSilent else { return }
        // One poll without a sample is nothing where the sampler alone tells that the process lives.
        if run.isSampledUnseen, run.silence.reason == nil { return }
        endAsGone(slot, now: now)
    }

    /// Ends the run if its process was seen to be gone.
    mutating func endAsGone(_ slot: Int, now: ClockReading) {
        guard let run = slots[slot], let goneAt = run.goneAt else { return }
        // A process that was gone when the slot was first seen ended nobody knows when: the last
        // sign of its life is its last sample.
        let lastSign = run.newestSampleAt ?? goneAt
        let at = run.wasSeenAlive ? max(goneAt, lastSign) : lastSign
        slots[slot]?.end(as: .processGone(at: at), now: now)
    }

    private func isGone(_ run: TrackedRun, isSilent: Bool) -> Bool {
        // A slot may hold any number; those below 1 mean groups of processes to the system.
        guard run.key.pid > 0 else { return false }
        if probe.isGone(run.key.pid) { return true }
        // Its pid may have been given out again. Where samples come, its sampler knows better.
        guard isSilent else { return false }
        if run.fate.isPIDReused { return true }
        guard let start = run.observed.processStartNanoseconds,
            let current = probe.startTimeNanoseconds(of: run.key.pid)
        else { return false }
        return current != start
    }
}

extension TrackedRun {
    fileprivate mutating func note(_ outcome: WatchOutcome, now: ClockReading) {
        switch outcome {
        case .watching(let identity):
            fate.watch = .watched
            observed.processStartNanoseconds = identity.startTimeNanoseconds
            wasSeenAlive = true
        case .dead:
            fate.watch = .watched
            fate.noteDeath(at: newestSampleAt ?? now.wall)
        case .another:
            fate.watch = .unwatched
            fate.isPIDReused = true
            observed.processStartNanoseconds = nil
        case .gone, .unsupported:
            fate.watch = .unwatched
        }
    }
}
