public import HistoryModel
internal import SQLite

/// A run of a source's own catalog that is to be written down.
public struct ClaimEntry: Hashable, Sendable {
    /// What the source says.
    public var run: ClaimedRun
    /// Whether a run that is not known yet is made from it. Mostly a recorder finds it in a slot.
    public var mayMake: Bool
    /// The ends of what its runtime wrote as text, where it has just ended.
    public var logs: [RunLog]

    /// The entry of `run`.
    public init(_ run: ClaimedRun, mayMake: Bool, logs: [RunLog] = []) {
        self.run = run
        self.mayMake = mayMake
        self.logs = logs
    }
}

/// The run that a claim was written down for.
public struct NotedClaim: Hashable, Sendable {
    /// The run.
    public let id: RunID
    /// Whether a slot held it, so that a recorder sees its end.
    public let hasSlot: Bool
    /// Whether its end is known.
    public let isTerminated: Bool

    /// The same, now that its end is known.
    public var terminated: NotedClaim { NotedClaim(id: id, hasSlot: hasSlot, isTerminated: true) }
}

extension Catalog {
    /// Writes down what a source's own catalog says of its runs: labels, limits and how they ended, and
    /// makes of the ends that were seen and those that are claimed one.
    ///
    /// - Parameters:
    ///   - source: Where runs go that no slot held.
    ///   - bootedAt: Runs that started before are of another boot; `nil` if it cannot be told.
    /// - Returns: What each is here, in the same order; `nil` for one that is not known and not made.
    public func note(
        _ entries: [ClaimEntry], of source: Source, bootedAt: Timestamp?, now: Timestamp
    ) throws(StoreError) -> [NotedClaim?] {
        guard !entries.isEmpty else { return [] }
        return try write { connection in
            try entries.map { entry in
                try connection.note(entry, of: source, bootedAt: bootedAt, now: now)
            }
        }
    }
}

extension Connection {
    fileprivate func note(
        _ entry: ClaimEntry, of source: Source, bootedAt: Timestamp?, now: Timestamp
    ) throws -> NotedClaim? {
        let run = entry.run
        let known = try claimedRun(run, of: source)
        guard known != nil || entry.mayMake else { return nil }
        let id: RunID
        if let known {
            id = known.id
        } else {
            id = try insert(run, of: source, bootedAt: bootedAt, now: now)
        }
        let hasSlot = known?.hasSlot ?? false
        try upsert(run.claim, of: id, hasSlot: hasSlot)
        try fill(run, into: id)
        if known?.isTerminated != true, !hasSlot, let ending = ending(of: run, id, now: now) {
            if try end(ending), let event = ending.event { try insert(event, of: id) }
            try summarise(id)
        }
        for log in entry.logs { try insert(log, of: id) }
        try mergeClaim(of: id)
        return NotedClaim(id: id, hasSlot: hasSlot, isTerminated: try isTerminated(id))
    }

    /// The run of a claim: one that it was written down for before, else the one in a slot that it can
    /// only be. Ids come again, so start and process must fit, too.
    private func claimedRun(
        _ run: ClaimedRun, of source: Source
    ) throws -> NotedClaim? {
        try withStatement(
            """
            SELECT r.id, coalesce(q.has_slot, 1), r.status = 'Terminated'
            FROM run AS r
            JOIN sandbox AS s ON s.id = r.sandbox_id
            JOIN source AS c ON c.id = s.source_id
            LEFT JOIN run_claim AS q ON q.run_id = r.id
            WHERE r.external_id = ?1 AND c.kind = ?2 AND c.host = ?3 AND c.home IS ?4
                AND s.external_id = ?5 AND s.name = ?6
                AND CASE WHEN q.run_id IS NOT NULL THEN q.started_at_ms IS ?7
                    ELSE (?8 IS NULL OR r.pid IS NULL OR r.pid = ?8)
                        AND (?7 IS NULL OR abs(r.started_at_ms - ?7) <= ?9) END
            ORDER BY q.run_id IS NULL, abs(r.started_at_ms - ?7), r.id DESC LIMIT 1
            """
        ) { statement in
            try statement.bind(run.externalID, at: 1)
            try statement.bind(source.kind.rawValue, at: 2)
            try statement.bind(source.host.name, at: 3)
            try statement.bind(source.home, at: 4)
            try statement.bind(run.sandboxExternalID, at: 5)
            try statement.bind(run.sandbox, at: 6)
            try statement.bind(run.claim.startedAt?.unixMilliseconds, at: 7)
            try statement.bind(run.pid.map(Int64.init), at: 8)
            try statement.bind(ClaimedRun.startToleranceMilliseconds, at: 9)
            guard try statement.step() else { return nil }
            return NotedClaim(
                id: RunID(rawValue: statement.integer(at: 0) ?? 0),
                hasSlot: statement.integer(at: 1) == 1,
                isTerminated: statement.integer(at: 2) == 1)
        }
    }

    /// Makes the run of a claim that no slot held.
    private func insert(
        _ run: ClaimedRun, of source: Source, bootedAt: Timestamp?, now: Timestamp
    ) throws -> RunID {
        let startedAt = run.claim.startedAt ?? run.claim.seenAt
        let isOfThisBoot = bootedAt.map { startedAt >= $0 } ?? true
        let sourceID = try sourceID(of: source, seenAt: now)
        let sandbox = try sandboxID(
            named: run.sandbox, externalID: run.sandboxExternalID, source: sourceID, seenAt: now)
        let id = try withStatement(
            """
            INSERT INTO run (sandbox_id, external_id, boot_id, pid, status, started_at_ms)
            VALUES (?1, ?2, ?3, ?4, 'Running', ?5)
            """
        ) { statement in
            try statement.bind(sandbox.rawValue, at: 1)
            try statement.bind(run.externalID, at: 2)
            try statement.bind(isOfThisBoot ? source.host.bootID : nil, at: 3)
            try statement.bind(run.pid.map(Int64.init), at: 4)
            try statement.bind(startedAt.unixMilliseconds, at: 5)
            _ = try statement.step()
            return RunID(rawValue: lastInsertRowID)
        }
        try insert(
            LifecycleEvent(
                .started, at: startedAt, detail: "told by its source's catalog; no slot was seen",
                seenBy: .recorder), of: id)
        return id
    }

    private func upsert(_ claim: RunClaim, of run: RunID, hasSlot: Bool) throws {
        try withStatement(
            """
            INSERT INTO run_claim (run_id, status, sandbox_status, exit_code, exit_signal,
                termination_reason, termination_detail, started_at_ms, terminated_at_ms,
                is_ephemeral, seen_at_ms, gone_at_ms, has_slot)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            ON CONFLICT DO UPDATE SET status = excluded.status,
                sandbox_status = excluded.sandbox_status, exit_code = excluded.exit_code,
                exit_signal = excluded.exit_signal,
                termination_reason = excluded.termination_reason,
                termination_detail = excluded.termination_detail,
                terminated_at_ms = excluded.terminated_at_ms,
                is_ephemeral = excluded.is_ephemeral, seen_at_ms = excluded.seen_at_ms,
                gone_at_ms = excluded.gone_at_ms
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(claim.status, at: 2)
            try statement.bind(claim.sandboxStatus, at: 3)
            try statement.bind(claim.exitCode.map(Int64.init), at: 4)
            try statement.bind(claim.exitSignal.map(Int64.init), at: 5)
            try statement.bind(claim.terminationReason?.rawValue, at: 6)
            try statement.bind(claim.terminationDetail, at: 7)
            try statement.bind(claim.startedAt?.unixMilliseconds, at: 8)
            try statement.bind(claim.terminatedAt?.unixMilliseconds, at: 9)
            try statement.bind(claim.isEphemeral.map { Int64($0 ? 1 : 0) }, at: 10)
            try statement.bind(claim.seenAt.unixMilliseconds, at: 11)
            try statement.bind(claim.goneAt?.unixMilliseconds, at: 12)
            try statement.bind(Int64(hasSlot ? 1 : 0), at: 13)
            _ = try statement.step()
        }
    }

    /// Writes labels and limits. Labels are those that the run had: after its end they stay.
    private func fill(_ run: ClaimedRun, into id: RunID) throws {
        try withStatement(
            """
            UPDATE run SET memory_limit_bytes = coalesce(memory_limit_bytes, ?2),
                memory_limit_kind = coalesce(memory_limit_kind,
                    CASE WHEN coalesce(memory_limit_bytes, ?2) IS NOT NULL THEN 'source' END),
                cpu_limit_centipercent = coalesce(cpu_limit_centipercent, ?3),
                pid = coalesce(pid, ?4)
            WHERE id = ?1
            """
        ) { statement in
            try statement.bind(id.rawValue, at: 1)
            try statement.bind(run.memoryLimitBytes, at: 2)
            try statement.bind(run.cpuLimitCentipercent, at: 3)
            try statement.bind(run.pid.map(Int64.init), at: 4)
            _ = try statement.step()
        }
        guard let labels = run.labels else { return }
        let isOver = try isTerminated(id)
        let hasLabels = try withStatement("SELECT 1 FROM run_label WHERE run_id = ?1 LIMIT 1") {
            statement in
            try statement.bind(id.rawValue, at: 1)
            return try statement.step()
        }
        guard !isOver || !hasLabels else { return }
        try withStatement("DELETE FROM run_label WHERE run_id = ?1") { statement in
            try statement.bind(id.rawValue, at: 1)
            _ = try statement.step()
        }
        for (key, value) in labels {
            try withStatement("INSERT INTO run_label VALUES (?1, ?2, ?3)") { statement in
                try statement.bind(id.rawValue, at: 1)
                try statement.bind(key, at: 2)
                try statement.bind(value, at: 3)
                _ = try statement.step()
            }
        }
    }

    private func isTerminated(_ run: RunID) throws -> Bool {
        try withStatement("SELECT status = 'Terminated' FROM run WHERE id = ?1") { statement in
            try statement.bind(run.rawValue, at: 1)
            return try statement.step() && statement.integer(at: 0) == 1
        }
    }

    /// The end of a run that no slot held, if its claim is of one; `nil` if it goes on.
    private func ending(of run: ClaimedRun, _ id: RunID, now: Timestamp) -> RunEnding? {
        let claim = run.claim
        if claim.isOfEnd {
            var ending = RunEnding(
                id, at: min(claim.terminatedAt ?? claim.seenAt, claim.seenAt), knownBy: .catalog)
            ending.exitCode = claim.exitCode
            ending.exitSignal = claim.exitSignal
            ending.reason = claim.terminationReason
            ending.detail =
                claim.isOfSweep
                ? "its process was found gone, at this time or before; it was never sampled"
                : "told by its source's catalog; it was never sampled"
            let kind: LifecycleEvent.Kind =
                claim.exitCode != nil ? .exited : claim.exitSignal != nil ? .killed : .gone
            ending.event = LifecycleEvent(
                kind, at: ending.at, detail: claim.exitCode.map { "code \($0)" } ?? ending.detail,
                seenBy: .recorder)
            return ending
        }
        guard let goneAt = claim.goneAt else { return nil }
        var ending = RunEnding(id, at: goneAt, knownBy: .unknown)
        ending.detail = "its row was removed; how it ended was not told; it was never sampled"
        ending.event = LifecycleEvent(
            .gone, at: goneAt, detail: ending.detail, seenBy: .recorder)
        return ending
    }

    /// A run that was made from its claim alone, and that a slot is found to hold after all: it becomes
    /// the slot's, of its source and with its start.
    func adoptedFromClaim(_ run: ObservedRun, source: SourceID) throws -> AdoptedRun? {
        let found: (id: RunID, isTerminated: Bool)? = try withStatement(
            """
            SELECT r.id, r.status = 'Terminated'
            FROM run AS r
            JOIN run_claim AS q ON q.run_id = r.id
            JOIN sandbox AS s ON s.id = r.sandbox_id
            JOIN source AS c ON c.id = s.source_id
            JOIN source AS here ON here.id = ?1
            WHERE q.has_slot = 0 AND r.external_id = ?2 AND s.external_id = ?3 AND s.name = ?4
                AND (r.pid IS NULL OR r.pid = ?5) AND abs(r.started_at_ms - ?6) <= ?7
                AND c.kind = here.kind AND c.host = here.host AND c.home = here.home
            ORDER BY abs(r.started_at_ms - ?6), r.id DESC LIMIT 1
            """
        ) { statement in
            try statement.bind(source.rawValue, at: 1)
            try statement.bind(run.externalID, at: 2)
            try statement.bind(run.sandboxExternalID, at: 3)
            try statement.bind(run.sandbox, at: 4)
            try statement.bind(Int64(run.pid), at: 5)
            try statement.bind(run.startedAt.unixMilliseconds, at: 6)
            try statement.bind(ClaimedRun.startToleranceMilliseconds, at: 7)
            guard try statement.step() else { return nil }
            return (RunID(rawValue: statement.integer(at: 0) ?? 0), statement.integer(at: 1) == 1)
        }
        guard let found else { return nil }
        let sandbox = try sandboxID(
            named: run.sandbox, externalID: run.sandboxExternalID, source: source,
            seenAt: run.seenAt)
        try withStatement(
            """
            UPDATE run SET sandbox_id = ?2, pid = ?3, process_start_ns = ?4, started_at_ms = ?5,
                memory_limit_bytes = coalesce(?6, memory_limit_bytes), sample_count = NULL
            WHERE id = ?1
            """
        ) { statement in
            try statement.bind(found.id.rawValue, at: 1)
            try statement.bind(sandbox.rawValue, at: 2)
            try statement.bind(Int64(run.pid), at: 3)
            try statement.bind(run.processStartNanoseconds, at: 4)
            try statement.bind(run.startedAt.unixMilliseconds, at: 5)
            try statement.bind(run.memoryLimitBytes, at: 6)
            _ = try statement.step()
        }
        try withStatement("UPDATE run_claim SET has_slot = 1 WHERE run_id = ?1") { statement in
            try statement.bind(found.id.rawValue, at: 1)
            _ = try statement.step()
        }
        return AdoptedRun(
            id: found.id, isSupervised: false, isClosed: false, isTerminated: found.isTerminated,
            lastSampleAt: nil)
    }
}

extension ClaimedRun {
    /// How far the starts of a run may lie apart that its slot and its row give: the row is written
    /// before the slot is filled.
    static let startToleranceMilliseconds: Int64 = 30_000
}
