public import HistoryModel
internal import SQLite

/// A run that the catalog holds as running, though whoever watched over it is gone.
public struct AbandonedRun: Hashable, Sendable {
    /// The run.
    public let id: RunID
    /// The run's id in its slot.
    public let externalID: Int64
    /// Its registry's name.
    public let registry: String
    /// When it started.
    public let startedAt: Timestamp
    /// Its process, as far as it was written down.
    public let process: ProcessIdentity?
    /// Whether `varve run` had started it.
    public let isSupervised: Bool
    /// Whether it ran in this boot: else its process and its registry are gone with the boot.
    public let isOfThisBoot: Bool
    fileprivate let isTerminated: Bool

    /// Whether its process still runs.
    func isRunning(by evidence: some AbandonedRunEvidence) -> Bool {
        guard !isTerminated, isOfThisBoot, let process else { return false }
        return evidence.isRunning(process)
    }

    /// Whether somebody who lives will close it.
    func isWatched(by locks: borrowing CatalogLocks) -> Bool {
        if isSupervised, locks.isHeld(.supervisor(id)) { return true }
        // A recorder looks after all that is of this boot; the recorder itself asks here, too.
        return isOfThisBoot && locks.isHeldElsewhere(.recorder(registry: registry))
    }
}

/// What is still to be found out about abandoned runs outside the catalog.
public protocol AbandonedRunEvidence {
    /// Whether the run's process still runs.
    func isRunning(_ process: ProcessIdentity) -> Bool
    /// The last sample in the run's slot, if the slot is still there and still the run's.
    func lastSample(of run: AbandonedRun) -> Sample?
    /// When this machine was started, by its clock now; `nil` if that cannot be told.
    var bootedAt: Timestamp? { get }
}

extension Catalog {
    /// Closes the runs whose supervisor or recorder was killed, and those of an earlier boot.
    ///
    /// They ended at the last evidence that there is: the last sample, event or heartbeat. How they
    /// ended nobody saw, so it is `inferred`; a run whose `varve run` is gone ended with
    /// `InternalError`. A process that still runs keeps its run open. Runs of other hosts, and those
    /// that somebody watches over, are left alone.
    ///
    /// - Parameter watched: Runs that the caller records itself, and closes when it sees their end.
    /// - Returns: The runs that were closed.
    @discardableResult
    public func reconcile(
        on host: Host, now: Timestamp, except watched: Set<RunID> = [],
        evidence: some AbandonedRunEvidence
    ) throws(StoreError) -> [RunID] {
        do {
            // Looked for outside a transaction, so that in the usual case nothing is locked.
            guard try !abandonedRuns(on: host, connection).isEmpty else { return [] }
        } catch {
            throw StoreError(error, path: path)
        }
        return try write { connection in
            var closed: [RunID] = []
            for run in try abandonedRuns(on: host, connection) {
                if watched.contains(run.id) {
                    try noteLostSupervisor(of: run, now: now, evidence: evidence, connection)
                } else if try close(run, now: now, evidence: evidence, connection) {
                    closed.append(run.id)
                }
            }
            return closed
        }
    }

    private func abandonedRuns(
        on host: Host, _ connection: borrowing Connection
    ) throws -> [AbandonedRun] {
        try connection.openRuns(on: host).filter { run in !run.isWatched(by: locks) }
    }

    private func close(
        _ run: AbandonedRun, now: Timestamp, evidence: some AbandonedRunEvidence,
        _ connection: borrowing Connection
    ) throws -> Bool {
        let known = try connection.evidence(of: run)
        if run.isRunning(by: evidence) {
            try noteLostSupervisor(of: run, now: now, evidence: evidence, connection)
            return false
        }
        var endedAt = known.lastAt
        if let sample = evidence.lastSample(of: run, after: known, now: now) {
            try connection.upsert(
                SampleRow(
                    run: run.id, sample: sample, intervalMilliseconds: known.intervalMilliseconds))
            endedAt = max(endedAt, sample.at)
        }
        guard !run.isTerminated else {
            try connection.summarise(run.id)
            return true
        }
        var ending = RunEnding(run.id, at: endedAt, knownBy: .inferred)
        ending.detail =
            run.isOfThisBoot
            ? "its end was not seen; it ended at or after this time"
            : "its end was not seen: the machine was restarted"
        if !run.isOfThisBoot, let bootedAt = evidence.bootedAt, endedAt < bootedAt {
            try connection.upsert(
                Series.Gap(from: endedAt, to: bootedAt, reason: .hostDown), of: run.id)
        }
        if run.isSupervised {
            ending.reason = .internalError
            try noteLostSupervisor(
                of: run, at: endedAt, "varve run ended before it could record the end", connection)
        }
        try connection.insert(
            LifecycleEvent(.gone, at: endedAt, detail: ending.detail, seenBy: .reconciler),
            of: run.id)
        try connection.end(ending)
        try connection.summarise(run.id)
        return true
    }

    /// Says once that a run goes on though its supervisor is gone.
    private func noteLostSupervisor(
        of run: AbandonedRun, now: Timestamp, evidence: some AbandonedRunEvidence,
        _ connection: borrowing Connection
    ) throws {
        guard run.isSupervised, run.isRunning(by: evidence) else { return }
        let lastAt = try connection.evidence(of: run).lastAt
        try noteLostSupervisor(
            of: run, at: max(lastAt, now), "the command runs on, unsupervised", connection)
    }

    /// Says once that a supervisor is gone.
    private func noteLostSupervisor(
        of run: AbandonedRun, at instant: Timestamp, _ detail: String,
        _ connection: borrowing Connection
    ) throws {
        let isKnown = try connection.withStatement(
            "SELECT 1 FROM lifecycle_event WHERE run_id = ?1 AND kind = ?2 LIMIT 1"
        ) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(LifecycleEvent.Kind.supervisorLost.rawValue, at: 2)
            return try statement.step()
        }
        guard !isKnown else { return }
        try connection.insert(
            LifecycleEvent(.supervisorLost, at: instant, detail: detail, seenBy: .reconciler),
            of: run.id)
    }
}

extension Connection {
    /// The runs of `host` that have not ended, or whose samples are not closed.
    func openRuns(on host: Host) throws -> [AbandonedRun] {
        try withStatement(AbandonedRun.openRunsQuery) { statement in
            try statement.bind(host.name, at: 1)
            try statement.bind(host.bootID, at: 2)
            var runs: [AbandonedRun] = []
            while try statement.step() {
                runs.append(AbandonedRun(reading: statement))
            }
            return runs
        }
    }

    fileprivate func evidence(of run: AbandonedRun) throws -> CatalogEvidence {
        try withStatement(CatalogEvidence.query) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            _ = try statement.step()
            let instants = (0..<4).map { column in
                statement.integer(at: column).map(Timestamp.init(unixMilliseconds:))
            }
            return CatalogEvidence(
                lastAt: instants.compactMap(\.self).reduce(run.startedAt, max),
                lastSampleAt: instants[..<2].compactMap(\.self).max(),
                intervalMilliseconds: statement.integer(at: 4) ?? statement.integer(at: 5) ?? 10_000
            )
        }
    }
}

extension AbandonedRunEvidence {
    /// The last sample in the run's slot, if it can be true and the catalog does not have it.
    fileprivate func lastSample(
        of run: AbandonedRun, after known: CatalogEvidence, now: Timestamp
    ) -> Sample? {
        guard run.isOfThisBoot, let sample = lastSample(of: run), sample.at <= now,
            known.lastSampleAt.map({ sample.at > $0 }) ?? (sample.at >= run.startedAt)
        else { return nil }
        return sample
    }
}

/// What the catalog itself tells of a run's last moments.
struct CatalogEvidence {
    static let query = """
        SELECT
            (SELECT last_at_ms FROM sample WHERE run_id = ?1 ORDER BY at_ms DESC LIMIT 1),
            (SELECT last_at_ms FROM sample_block WHERE run_id = ?1 ORDER BY at_ms DESC LIMIT 1),
            (SELECT max(at_ms) FROM lifecycle_event WHERE run_id = ?1),
            (SELECT max(heartbeat_at_ms) FROM recorder_session WHERE run_id = ?1),
            (SELECT interval_ms FROM sample WHERE run_id = ?1 ORDER BY at_ms DESC LIMIT 1),
            (SELECT interval_ms FROM sample_block WHERE run_id = ?1 ORDER BY at_ms DESC LIMIT 1)
        """

    /// The last sign of life.
    var lastAt: Timestamp
    var lastSampleAt: Timestamp?
    var intervalMilliseconds: Int64
}

extension AbandonedRun {
    static let openRunsQuery = """
        SELECT r.id, coalesce(r.external_id, r.id), c.name, r.started_at_ms, r.pid,
            r.process_start_ns, r.is_supervised, r.boot_id IS ?2, r.status = 'Terminated'
        FROM run AS r
        JOIN sandbox AS s ON s.id = r.sandbox_id
        JOIN source AS c ON c.id = s.source_id
        WHERE (r.sample_count IS NULL OR r.status = 'Running') AND c.host = ?1
            AND NOT EXISTS (SELECT 1 FROM setting WHERE name = 'is_bundle')
        """

    fileprivate init(reading statement: borrowing Statement) {
        id = RunID(rawValue: statement.integer(at: 0) ?? 0)
        externalID = statement.integer(at: 1) ?? 0
        registry = statement.text(at: 2) ?? ""
        startedAt = Timestamp(unixMilliseconds: statement.integer(at: 3) ?? 0)
        process = statement.integer(at: 4).flatMap(Int32.init(exactly:)).flatMap { pid in
            statement.integer(at: 5).map {
                ProcessIdentity(pid: pid, startTimeNanoseconds: $0)
            }
        }
        isSupervised = statement.integer(at: 6) == 1
        isOfThisBoot = statement.integer(at: 7) == 1
        isTerminated = statement.integer(at: 8) == 1
    }
}
