internal import HistoryModel
internal import SQLite

/// How a run ended, of what was seen and what its source says.
///
/// A death that the kernel told is that of the sandbox's runtime, and its time is exact. The code that the
/// runtime wrote before is that of the command inside, and is what people mean by the run's. A sweep knows
/// only that the process is gone.
struct ClaimedEnd: Hashable {
    var exitCode: Int32?
    var exitSignal: Int32?
    var knownBy: ExitKnowledge?
    var reason: TerminationReason?
    var detail: String?
    var at: Timestamp

    /// Takes in what `claim` says.
    mutating func take(_ claim: RunClaim) {
        guard claim.isOfEnd else { return }
        let isSeen = knownBy == .pidfd || knownBy == .waited
        if claim.isOfSweep {
            guard !isSeen else { return }
            reason = reason ?? claim.terminationReason
            add("its process was found gone by its runtime's sweep")
            return
        }
        if isSeen {
            if let code = claim.exitCode, code != exitCode || exitSignal != nil {
                let end =
                    exitSignal.map(SignalName.name(of:)) ?? exitCode.map { "code \($0)" }
                add("its runtime's process ended with \(end ?? "nothing known")")
                exitCode = code
                exitSignal = nil
                knownBy = .catalog
                reason = code == 0 ? .completed : .failed
            }
        } else if claim.exitCode != nil || claim.exitSignal != nil || claim.terminationReason != nil
        {
            exitCode = claim.exitCode
            exitSignal = claim.exitSignal
            // Once a claim was taken in the time is settled: it may be that of a death that was seen.
            if knownBy != .catalog, let claimed = claim.terminatedAt {
                at = max(at, min(claimed, claim.seenAt))
            }
            knownBy = .catalog
        }
        // Who was killed and named no code has not completed, whatever was written before.
        if let claimed = claim.terminationReason, exitSignal == nil || claimed != .completed {
            reason = claimed
        }
    }

    private mutating func add(_ sentence: String) {
        guard let detail else {
            self.detail = sentence
            return
        }
        if !detail.contains(sentence) { self.detail = detail + "; " + sentence }
    }
}

extension Connection {
    /// Makes of the end that was seen of `run` and the one that is claimed one, if there are both.
    func mergeClaim(of run: RunID) throws {
        guard let claim = try claims(of: [run])[run] else { return }
        let seen: ClaimedEnd? = try withStatement(
            """
            SELECT exit_code, exit_signal, exit_known_by, termination_reason, termination_detail,
                terminated_at_ms
            FROM run WHERE id = ?1 AND status = 'Terminated'
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            guard try statement.step(), let at = statement.integer(at: 5) else { return nil }
            return ClaimedEnd(
                exitCode: statement.integer(at: 0).flatMap(Int32.init(exactly:)),
                exitSignal: statement.integer(at: 1).flatMap(Int32.init(exactly:)),
                knownBy: statement.text(at: 2).flatMap(ExitKnowledge.init),
                reason: statement.text(at: 3).map(TerminationReason.init(rawValue:)),
                detail: statement.text(at: 4), at: Timestamp(unixMilliseconds: at))
        }
        guard let seen else { return }
        var merged = seen
        merged.take(claim)
        guard merged != seen else { return }
        try withStatement(
            """
            UPDATE run SET exit_code = ?2, exit_signal = ?3, exit_known_by = ?4,
                termination_reason = ?5, termination_detail = ?6,
                terminated_at_ms = max(?7, started_at_ms)
            WHERE id = ?1
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(merged.exitCode.map(Int64.init), at: 2)
            try statement.bind(merged.exitSignal.map(Int64.init), at: 3)
            try statement.bind(merged.knownBy?.rawValue, at: 4)
            try statement.bind(merged.reason?.rawValue, at: 5)
            try statement.bind(merged.detail, at: 6)
            try statement.bind(merged.at.unixMilliseconds, at: 7)
            _ = try statement.step()
        }
    }

    /// What is claimed of each of `runs`, where anything is.
    func claims(of runs: some Sequence<RunID>) throws -> [RunID: RunClaim] {
        try withStatement(
            """
            SELECT q.run_id, q.status, q.sandbox_status, q.exit_code, q.exit_signal,
                q.termination_reason, q.termination_detail, q.started_at_ms, q.terminated_at_ms,
                q.is_ephemeral, q.seen_at_ms, q.gone_at_ms
            FROM json_each(?1) AS wanted JOIN run_claim AS q ON q.run_id = wanted.value
            """
        ) { statement in
            try statement.bind(RunID.list(runs), at: 1)
            var claims: [RunID: RunClaim] = [:]
            while try statement.step() {
                func instant(_ column: Int32) -> Timestamp? {
                    statement.integer(at: column).map(Timestamp.init(unixMilliseconds:))
                }
                guard let id = statement.integer(at: 0), let seenAt = instant(10) else { continue }
                var claim = RunClaim(seenAt: seenAt)
                claim.status = statement.text(at: 1)
                claim.sandboxStatus = statement.text(at: 2)
                claim.exitCode = statement.integer(at: 3).flatMap(Int32.init(exactly:))
                claim.exitSignal = statement.integer(at: 4).flatMap(Int32.init(exactly:))
                claim.terminationReason = statement.text(at: 5)
                    .map(TerminationReason.init(rawValue:))
                claim.terminationDetail = statement.text(at: 6)
                claim.startedAt = instant(7)
                claim.terminatedAt = instant(8)
                claim.isEphemeral = statement.integer(at: 9).map { $0 != 0 }
                claim.goneAt = instant(11)
                claims[RunID(rawValue: id)] = claim
            }
            return claims
        }
    }
}
