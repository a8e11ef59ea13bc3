public import HistoryModel
internal import SQLite

extension Catalog {
    /// Writes the rows of a run that is about to start: source, sandbox, run, labels, and the event
    /// `reserved`. As long as this value lives the run counts as supervised by this program.
    public func begin(_ run: NewRun, of source: Source) throws(StoreError) -> BegunRun {
        var held: RunID?
        do {
            return try insert(run, of: source) { id in
                if let held { locks.release(.supervisor(held)) }
                held = locks.hold(.supervisor(id)) ? id : nil
            }
        } catch {
            // The id was not given out after all: another program's run will have it.
            if let held { locks.release(.supervisor(held)) }
            throw error
        }
    }

    /// Finds the rows that ``begin(_:of:)`` wrote for `run` into another catalog, of which this one is a
    /// copy; the run counts as supervised by this program from then on.
    ///
    /// - Parameter begun: What the other catalog called them.
    /// - Returns: `nil` if they are not there, or if the run is over by what this catalog says.
    public func resume(
        _ run: NewRun, begunAs begun: BegunRun, of source: Source
    ) throws(StoreError) -> BegunRun? {
        try write { connection in
            let sourceID = try connection.sourceID(of: source, seenAt: run.startedAt)
            let sandbox: Int64? = try connection.withStatement(
                """
                SELECT s.id FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
                WHERE r.id = ?1 AND r.is_supervised = 1 AND r.status = 'Running'
                    AND r.started_at_ms = ?2 AND r.pid IS ?3 AND s.source_id = ?4 AND s.name = ?5
                """
            ) { statement in
                try statement.bind(begun.id.rawValue, at: 1)
                try statement.bind(run.startedAt.unixMilliseconds, at: 2)
                try statement.bind(run.process.map { Int64($0.pid) }, at: 3)
                try statement.bind(sourceID.rawValue, at: 4)
                try statement.bind(run.sandbox, at: 5)
                return try statement.step() ? statement.integer(at: 0) : nil
            }
            guard let sandbox, locks.hold(.supervisor(begun.id)) else { return nil }
            return BegunRun(id: begun.id, sandbox: SandboxID(rawValue: sandbox))
        }
    }

    private func insert(
        _ run: NewRun, of source: Source, holdingLock hold: (RunID) -> Void
    ) throws(StoreError) -> BegunRun {
        try write { connection in
            let sourceID = try connection.sourceID(of: source, seenAt: run.startedAt)
            let sandbox = try connection.sandboxID(
                named: run.sandbox, externalID: nil, source: sourceID, seenAt: run.startedAt)
            let taken = try connection.takeOver(run, source: sourceID, sandbox: sandbox)
            let id =
                try taken
                ?? connection.withStatement(
                    """
                    INSERT INTO run (sandbox_id, external_id, boot_id, pid, process_start_ns,
                        is_supervised, command, status, started_at_ms, memory_limit_bytes,
                        memory_limit_kind, cpu_limit_centipercent)
                    VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, 'Running', ?7, ?8, ?9, ?10)
                    """
                ) { statement in
                    try statement.bind(sandbox.rawValue, at: 1)
                    try statement.bind(run.externalID, at: 2)
                    try statement.bind(source.host.bootID, at: 3)
                    try statement.bind(run.process.map { Int64($0.pid) }, at: 4)
                    try statement.bind(run.process?.startTimeNanoseconds, at: 5)
                    try statement.bind(StoredCommand.encode(run.command), at: 6)
                    try statement.bind(run.startedAt.unixMilliseconds, at: 7)
                    try statement.bind(run.memoryLimitBytes, at: 8)
                    try statement.bind(run.memoryLimitKind?.rawValue, at: 9)
                    try statement.bind(run.cpuLimitCentipercent, at: 10)
                    _ = try statement.step()
                    return RunID(rawValue: connection.lastInsertRowID)
                }
            for (key, value) in run.labels {
                try connection.withStatement("INSERT INTO run_label VALUES (?1, ?2, ?3)") {
                    statement in
                    try statement.bind(id.rawValue, at: 1)
                    try statement.bind(key, at: 2)
                    try statement.bind(value, at: 3)
                    _ = try statement.step()
                }
            }
            try connection.insert(
                LifecycleEvent(.reserved, at: run.startedAt, seenBy: .supervisor), of: id)
            // Held before the row can be seen, so that nobody ever finds it unsupervised.
            hold(id)
            return BegunRun(id: id, sandbox: sandbox)
        }
    }

    /// Writes down the id that a run has in its slot, where that is not its id in the catalog.
    public func setExternalID(_ externalID: Int64, of run: RunID) throws(StoreError) {
        try write { connection in try connection.setExternalID(externalID, of: run) }
    }

    /// Writes down the id that a run has in its slot, which it had before its rows were known.
    ///
    /// A recorder may have seen the slot before: the row that it made of it is the run's then, in the
    /// place of the one that ``begin(_:of:)`` wrote.
    ///
    /// - Parameter new: What was written.
    /// - Returns: The run's rows from now on.
    public func noteSlot(
        as externalID: Int64, of begun: BegunRun, begunAs new: NewRun, in source: Source
    ) throws(StoreError) -> BegunRun {
        var new = new
        new.externalID = externalID
        var held: RunID?
        do {
            let run = try write { [new] connection in
                if let held { locks.release(.supervisor(held)) }
                held = nil
                let sourceID = try connection.sourceID(of: source, seenAt: new.startedAt)
                if try connection.isBare(begun.id),
                    let taken = try connection.takeOver(
                        new, source: sourceID, sandbox: begun.sandbox)
                {
                    try connection.move(begun.id, into: taken)
                    held = locks.hold(.supervisor(taken)) ? taken : nil
                    return BegunRun(id: taken, sandbox: begun.sandbox)
                }
                try connection.setExternalID(externalID, of: begun.id)
                return begun
            }
            if run.id != begun.id { locks.release(.supervisor(begun.id)) }
            return run
        } catch {
            if let held { locks.release(.supervisor(held)) }
            throw error
        }
    }

    /// Finds the rows of runs that a recorder sees in their slots, and makes those that are missing,
    /// all in one transaction.
    ///
    /// - Returns: What the catalog knows of each, in the same order.
    public func adopt(
        _ runs: [ObservedRun], of source: Source
    ) throws(StoreError) -> [AdoptedRun] {
        try write { connection in
            let now = runs.map(\.seenAt).max() ?? .now()
            let sourceID = try connection.sourceID(of: source, seenAt: now)
            return try runs.map { run in
                if let known = try connection.adopted(run, source: sourceID) { return known }
                if source.kind == .microsandbox,
                    let known = try connection.adoptedFromClaim(run, source: sourceID)
                {
                    return known
                }
                return try connection.insert(run, source: sourceID, bootID: source.host.bootID)
            }
        }
    }

    /// Begins the life of a recorder.
    ///
    /// - Parameter run: The one run that a recorder inside `varve run` has; `nil` for a recorder of a
    ///   whole registry.
    public func beginSession(
        of source: Source, run: RunID?, pid: Int32, poll: Duration, interval: Duration,
        at now: Timestamp
    ) throws(StoreError) -> RecorderSessionID {
        try write { connection in
            let sourceID = try connection.sourceID(of: source, seenAt: now)
            return try connection.withStatement(
                """
                INSERT INTO recorder_session (source_id, kind, run_id, pid, boot_id, poll_ms,
                    interval_ms, started_at_ms, heartbeat_at_ms)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
                """
            ) { statement in
                try statement.bind(sourceID.rawValue, at: 1)
                try statement.bind(run == nil ? "record" : "run", at: 2)
                try statement.bind(run?.rawValue, at: 3)
                try statement.bind(Int64(pid), at: 4)
                try statement.bind(source.host.bootID, at: 5)
                try statement.bind(poll.milliseconds, at: 6)
                try statement.bind(interval.milliseconds, at: 7)
                try statement.bind(now.unixMilliseconds, at: 8)
                _ = try statement.step()
                return RecorderSessionID(rawValue: connection.lastInsertRowID)
            }
        }
    }
}

extension Connection {
    func sourceID(of source: Source, seenAt now: Timestamp) throws -> SourceID {
        try withStatement(
            """
            INSERT INTO source (kind, name, home, host, boot_id, first_seen_at_ms, last_seen_at_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            ON CONFLICT (kind, name, host) DO UPDATE SET
                home = coalesce(excluded.home, home), boot_id = excluded.boot_id,
                last_seen_at_ms = max(last_seen_at_ms, excluded.last_seen_at_ms)
            RETURNING id
            """
        ) { statement in
            try statement.bind(source.kind.rawValue, at: 1)
            try statement.bind(source.name, at: 2)
            try statement.bind(source.home, at: 3)
            try statement.bind(source.host.name, at: 4)
            try statement.bind(source.host.bootID, at: 5)
            try statement.bind(now.unixMilliseconds, at: 6)
            return SourceID(rawValue: try statement.onlyInteger())
        }
    }

    func sandboxID(
        named name: String, externalID: Int64?, source: SourceID, seenAt now: Timestamp
    ) throws -> SandboxID {
        let known: Int64? = try withStatement(
            """
            SELECT id FROM sandbox
            WHERE source_id = ?1 AND name = ?2 AND external_id IS ?3
            """
        ) { statement in
            try statement.bind(source.rawValue, at: 1)
            try statement.bind(name, at: 2)
            try statement.bind(externalID, at: 3)
            return try statement.step() ? statement.integer(at: 0) : nil
        }
        if let known { return SandboxID(rawValue: known) }
        return try withStatement(
            """
            INSERT INTO sandbox (source_id, external_id, name, first_seen_at_ms)
            VALUES (?1, ?2, ?3, ?4)
            """
        ) { statement in
            try statement.bind(source.rawValue, at: 1)
            try statement.bind(externalID, at: 2)
            try statement.bind(name, at: 3)
            try statement.bind(now.unixMilliseconds, at: 4)
            _ = try statement.step()
            return SandboxID(rawValue: lastInsertRowID)
        }
    }

    /// The row of an observed run: a supervised one has its own id in the slot, or the id that its
    /// supervisor chose while it could not reach the catalog; a foreign one has its source's id.
    fileprivate func adopted(_ run: ObservedRun, source: SourceID) throws -> AdoptedRun? {
        try withStatement(AdoptedRun.query) { statement in
            try statement.bind(run.externalID, at: 1)
            try statement.bind(run.startedAt.unixMilliseconds, at: 2)
            try statement.bind(source.rawValue, at: 3)
            try statement.bind(Int64(run.pid), at: 4)
            try statement.bind(run.sandboxExternalID, at: 5)
            guard try statement.step() else { return nil }
            return AdoptedRun(
                id: RunID(rawValue: statement.integer(at: 0) ?? 0),
                isSupervised: statement.integer(at: 1) == 1,
                isClosed: statement.integer(at: 2) == 1,
                isTerminated: statement.integer(at: 3) == 1,
                lastSampleAt: [4, 5].compactMap { statement.integer(at: $0) }.max()
                    .map(Timestamp.init(unixMilliseconds:)))
        }
    }

    fileprivate func insert(
        _ run: ObservedRun, source: SourceID, bootID: String?
    ) throws -> AdoptedRun {
        let sandbox = try sandboxID(
            named: run.sandbox, externalID: run.sandboxExternalID, source: source,
            seenAt: run.seenAt)
        let id = try withStatement(
            """
            INSERT INTO run (sandbox_id, external_id, boot_id, pid, process_start_ns, status,
                started_at_ms, memory_limit_bytes, memory_limit_kind)
            VALUES (?1, ?2, ?3, ?4, ?5, 'Running', ?6, ?7, ?8)
            """
        ) { statement in
            try statement.bind(sandbox.rawValue, at: 1)
            try statement.bind(run.externalID, at: 2)
            try statement.bind(bootID, at: 3)
            try statement.bind(Int64(run.pid), at: 4)
            try statement.bind(run.processStartNanoseconds, at: 5)
            try statement.bind(run.startedAt.unixMilliseconds, at: 6)
            try statement.bind(run.memoryLimitBytes, at: 7)
            // All that a slot says of a limit is what its runtime was told.
            let kind = run.memoryLimitBytes.map { _ in MemoryLimitKind.source.rawValue }
            try statement.bind(kind, at: 8)
            _ = try statement.step()
            return RunID(rawValue: lastInsertRowID)
        }
        try insert(LifecycleEvent(.started, at: run.startedAt, seenBy: .recorder), of: id)
        return AdoptedRun(
            id: id, isSupervised: false, isClosed: false, isTerminated: false, lastSampleAt: nil)
    }

    fileprivate func setExternalID(_ externalID: Int64, of run: RunID) throws {
        try withStatement("UPDATE run SET external_id = ?2 WHERE id = ?1") { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(externalID, at: 2)
            _ = try statement.step()
        }
    }

    /// Whether nothing was recorded of `run` yet.
    fileprivate func isBare(_ run: RunID) throws -> Bool {
        try withStatement(
            """
            SELECT NOT (EXISTS (SELECT 1 FROM sample WHERE run_id = ?1)
                OR EXISTS (SELECT 1 FROM sample_block WHERE run_id = ?1)
                OR EXISTS (SELECT 1 FROM final_moments WHERE run_id = ?1)
                OR EXISTS (SELECT 1 FROM gap WHERE run_id = ?1)
                OR EXISTS (SELECT 1 FROM run_log WHERE run_id = ?1)
                OR EXISTS (SELECT 1 FROM recorder_session WHERE run_id = ?1))
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            return try statement.step() && statement.integer(at: 0) == 1
        }
    }

    /// Gives what a bare run has to another, and removes it.
    fileprivate func move(_ run: RunID, into other: RunID) throws {
        for sql in [
            "UPDATE lifecycle_event SET run_id = ?2 WHERE run_id = ?1",
            "UPDATE OR IGNORE run_label SET run_id = ?2 WHERE run_id = ?1",
        ] {
            try withStatement(sql) { statement in
                try statement.bind(run.rawValue, at: 1)
                try statement.bind(other.rawValue, at: 2)
                _ = try statement.step()
            }
        }
        // Labels that the other has already were left behind.
        for sql in ["DELETE FROM run_label WHERE run_id = ?1", "DELETE FROM run WHERE id = ?1"] {
            try withStatement(sql) { statement in
                try statement.bind(run.rawValue, at: 1)
                _ = try statement.step()
            }
        }
    }

    /// Makes a supervised run of the row that a recorder made of its slot, while its supervisor could not
    /// reach the catalog. How the recorder saw it end, if it did, its supervisor knows better.
    ///
    /// - Returns: `nil` if there is none: the usual.
    fileprivate func takeOver(
        _ run: NewRun, source: SourceID, sandbox: SandboxID
    ) throws -> RunID? {
        guard let externalID = run.externalID, let pid = run.process?.pid else { return nil }
        let found: (run: Int64, sandbox: Int64)? = try withStatement(
            """
            SELECT r.id, s.id FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            WHERE r.external_id = ?1 AND r.started_at_ms = ?2 AND r.pid = ?3
                AND r.is_supervised = 0 AND s.source_id = ?4
            """
        ) { statement in
            try statement.bind(externalID, at: 1)
            try statement.bind(run.startedAt.unixMilliseconds, at: 2)
            try statement.bind(Int64(pid), at: 3)
            try statement.bind(source.rawValue, at: 4)
            guard try statement.step() else { return nil }
            return (statement.integer(at: 0) ?? 0, statement.integer(at: 1) ?? 0)
        }
        guard let found else { return nil }
        try withStatement(
            """
            UPDATE run SET sandbox_id = ?2, is_supervised = 1, process_start_ns = ?3, command = ?4,
                memory_limit_bytes = ?5, memory_limit_kind = ?6, cpu_limit_centipercent = ?7,
                status = 'Running', terminated_at_ms = NULL, duration_ns = NULL, exit_code = NULL,
                exit_signal = NULL, core_dumped = NULL, exit_known_by = NULL,
                termination_reason = NULL, termination_detail = NULL
            WHERE id = ?1
            """
        ) { statement in
            try statement.bind(found.run, at: 1)
            try statement.bind(sandbox.rawValue, at: 2)
            try statement.bind(run.process?.startTimeNanoseconds, at: 3)
            try statement.bind(StoredCommand.encode(run.command), at: 4)
            try statement.bind(run.memoryLimitBytes, at: 5)
            try statement.bind(run.memoryLimitKind?.rawValue, at: 6)
            try statement.bind(run.cpuLimitCentipercent, at: 7)
            _ = try statement.step()
        }
        try withStatement(
            """
            DELETE FROM lifecycle_event WHERE run_id = ?1 AND seen_by = 'recorder'
                AND kind IN ('started', 'exited', 'killed', 'gone', 'slot_reclaimed')
            """
        ) { statement in
            try statement.bind(found.run, at: 1)
            _ = try statement.step()
        }
        try withStatement(
            """
            DELETE FROM sandbox WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM run WHERE sandbox_id = sandbox.id)
            """
        ) { statement in
            try statement.bind(found.sandbox, at: 1)
            _ = try statement.step()
        }
        return RunID(rawValue: found.run)
    }

    func insert(_ event: LifecycleEvent, of run: RunID) throws {
        try withStatement(
            """
            INSERT INTO lifecycle_event (run_id, at_ms, kind, detail, seen_by)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(event.at.unixMilliseconds, at: 2)
            try statement.bind(event.kind.rawValue, at: 3)
            try statement.bind(event.detail, at: 4)
            try statement.bind(event.seenBy.rawValue, at: 5)
            _ = try statement.step()
        }
    }
}

extension AdoptedRun {
    /// A run of the source ?3 with the id ?1 that started at ?2. Ids of a source may come again, and
    /// a source may not care for them: a foreign run is also told by its process ?4 and sandbox ?5.
    static let query = """
        SELECT r.id, r.is_supervised, r.sample_count IS NOT NULL, r.status = 'Terminated',
            (SELECT last_at_ms FROM sample WHERE run_id = r.id ORDER BY at_ms DESC LIMIT 1),
            (SELECT last_at_ms FROM sample_block WHERE run_id = r.id ORDER BY at_ms DESC LIMIT 1)
        FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
        WHERE r.started_at_ms = ?2 AND s.source_id = ?3
            AND (r.external_id = ?1
                OR (r.id = ?1 AND r.is_supervised = 1 AND r.external_id IS NULL))
            AND (r.is_supervised = 1 OR (r.pid = ?4 AND s.external_id = ?5))
        """
}
