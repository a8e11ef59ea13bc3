public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// The runs that `query` asks for, in order of their start, the latest last.
    ///
    /// What a run that is not closed yet has used is added up from its rows.
    public func runs(matching query: RunQuery = RunQuery()) throws(StoreError) -> [Run] {
        try read { connection in
            try connection.runs(
                where: """
                    (?1 IS NULL OR s.name = ?1 OR s.name GLOB ?1)
                    AND (?2 IS NULL OR coalesce(r.terminated_at_ms, ?2) >= ?2)
                    AND (?3 IS NULL OR r.started_at_ms < ?3)
                    AND (?4 IS NULL OR r.status = ?4)
                    AND NOT EXISTS (
                        SELECT 1 FROM json_each(?5) AS wanted
                        WHERE NOT EXISTS (SELECT 1 FROM run_label AS l WHERE l.run_id = r.id
                            AND l.key = wanted.value ->> 0 AND l.value = wanted.value ->> 1))
                    """,
                limit: query.limit.map { "LIMIT \(max(0, $0))" } ?? ""
            ) { statement throws(SQLiteError) in
                try statement.bind(query.sandbox, at: 1)
                try statement.bind(query.range.start?.unixMilliseconds, at: 2)
                try statement.bind(query.range.end?.unixMilliseconds, at: 3)
                try statement.bind(query.status?.rawValue, at: 4)
                let pairs = query.labels.map { StoredCommand.encode([$0.key, $0.value]) }
                try statement.bind("[" + pairs.joined(separator: ",") + "]", at: 5)
            }
        }
    }

    /// The run that `reference` means.
    ///
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is none.
    public func run(_ reference: RunReference) throws(StoreError) -> Run {
        try read { connection in
            if let id = reference.id {
                let found = try connection.runs(where: "r.id = ?1") {
                    statement throws(SQLiteError) in
                    try statement.bind(id.rawValue, at: 1)
                }
                if let run = found.first { return run }
            }
            let found = try connection.runs(
                where: "s.name = ?1", limit: "LIMIT 1 OFFSET \(reference.stepsBack)"
            ) { statement throws(SQLiteError) in
                try statement.bind(reference.sandbox, at: 1)
            }
            if let run = found.first { return run }
            throw noSuchRun(reference, try connection.runCount(ofSandbox: reference.sandbox))
        }
    }

    private func noSuchRun(_ reference: RunReference, _ runs: Int64) -> StoreError {
        let name = reference.sandbox.escapedForDisplay
        let sentence =
            if runs > 0 {
                "sandbox '\(name)' has only \(runs) \(runs == 1 ? "run" : "runs") in \(path); "
                    + "`varve query runs --sandbox` lists them"
            } else if reference.id != nil {
                "no run \(name), and no sandbox of that name, in \(path); `varve query runs` lists "
                    + "the runs"
            } else {
                "no sandbox '\(name)' in \(path); `varve query runs` lists the runs"
            }
        return StoreError(.noSuchRun, path: path, sentence)
    }
}

extension Connection {
    fileprivate func runCount(ofSandbox name: String) throws -> Int64 {
        try withStatement(
            """
            SELECT count(*) FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            WHERE s.name = ?1
            """
        ) { statement in
            try statement.bind(name, at: 1)
            return try statement.onlyInteger()
        }
    }

    /// The latest runs for which `condition` holds, the latest last.
    fileprivate func runs(
        where condition: String, limit: String = "",
        binding: (inout Statement) throws(SQLiteError) -> Void
    ) throws -> [Run] {
        var runs = try withStatement(
            """
            SELECT r.id, r.external_id, s.name, c.kind, c.name, c.home, c.host, c.boot_id, r.pid,
                r.command, r.status, r.exit_code, r.exit_signal, r.core_dumped, r.exit_known_by,
                r.termination_reason, r.termination_detail, r.started_at_ms, r.terminated_at_ms,
                r.duration_ns, r.memory_limit_bytes, r.cpu_time_ns, r.cpu_max_centipercent,
                r.memory_peak_bytes, r.memory_max_bytes, r.disk_read_bytes, r.disk_write_bytes,
                r.net_rx_bytes, r.net_tx_bytes, r.sample_count
            FROM run AS r
            JOIN sandbox AS s ON s.id = r.sandbox_id
            JOIN source AS c ON c.id = s.source_id
            WHERE \(condition)
            ORDER BY r.started_at_ms DESC, r.id DESC \(limit)
            """
        ) { statement in
            try binding(&statement)
            var runs: [Run] = []
            while try statement.step() {
                runs.append(Run(reading: statement))
            }
            return runs
        }
        runs.reverse()
        for index in runs.indices {
            runs[index].labels = try labels(of: runs[index].id)
            guard runs[index].usage.sampleCount == nil else { continue }
            runs[index].usage.fill(from: try sampledUsage(of: runs[index].id))
        }
        return runs
    }

    private func labels(of run: RunID) throws -> [String: String] {
        try withStatement("SELECT key, value FROM run_label WHERE run_id = ?1") { statement in
            try statement.bind(run.rawValue, at: 1)
            var labels: [String: String] = [:]
            while try statement.step() {
                if let key = statement.text(at: 0) { labels[key] = statement.text(at: 1) ?? "" }
            }
            return labels
        }
    }
}

extension Run {
    fileprivate init(reading row: borrowing Statement) {
        func narrow(_ column: Int32) -> Int32? {
            row.integer(at: column).flatMap(Int32.init(exactly:))
        }
        self.init(
            id: RunID(rawValue: row.integer(at: 0) ?? 0),
            sandbox: row.text(at: 2) ?? "",
            source: Source(
                kind: row.text(at: 3).flatMap(Source.Kind.init) ?? .varve,
                name: row.text(at: 4) ?? "",
                home: row.text(at: 5),
                host: Host(name: row.text(at: 6) ?? "", bootID: row.text(at: 7))),
            status: row.text(at: 10).flatMap(RunStatus.init) ?? .running,
            startedAt: Timestamp(unixMilliseconds: row.integer(at: 17) ?? 0))
        externalID = row.integer(at: 1)
        pid = narrow(8)
        command = row.text(at: 9).flatMap(StoredCommand.decode)
        exitCode = narrow(11)
        exitSignal = narrow(12)
        coreDumped = row.integer(at: 13).map { $0 != 0 }
        exitKnownBy = row.text(at: 14).flatMap(ExitKnowledge.init)
        terminationReason = row.text(at: 15).map(TerminationReason.init(rawValue:))
        terminationDetail = row.text(at: 16)
        terminatedAt = row.integer(at: 18).map(Timestamp.init(unixMilliseconds:))
        if let nanoseconds = row.integer(at: 19) {
            duration = .nanoseconds(nanoseconds)
        } else if let terminatedAt {
            duration = .milliseconds(terminatedAt.milliseconds(since: startedAt))
        }
        memoryLimitBytes = row.integer(at: 20)
        usage.cpuTimeNanoseconds = row.integer(at: 21)
        usage.cpuMaxCentipercent = row.integer(at: 22)
        usage.memoryPeakBytes = row.integer(at: 23)
        usage.memoryMaxBytes = row.integer(at: 24)
        usage.diskReadBytes = row.integer(at: 25)
        usage.diskWriteBytes = row.integer(at: 26)
        usage.netRxBytes = row.integer(at: 27)
        usage.netTxBytes = row.integer(at: 28)
        usage.sampleCount = row.integer(at: 29)
    }
}

extension RunUsage {
    /// Takes what is not known from `sampled`.
    fileprivate mutating func fill(from sampled: RunUsage) {
        cpuTimeNanoseconds = cpuTimeNanoseconds ?? sampled.cpuTimeNanoseconds
        cpuMaxCentipercent = cpuMaxCentipercent ?? sampled.cpuMaxCentipercent
        memoryPeakBytes = memoryPeakBytes ?? sampled.memoryPeakBytes
        memoryMaxBytes = memoryMaxBytes ?? sampled.memoryMaxBytes
        diskReadBytes = diskReadBytes ?? sampled.diskReadBytes
        diskWriteBytes = diskWriteBytes ?? sampled.diskWriteBytes
        netRxBytes = netRxBytes ?? sampled.netRxBytes
        netTxBytes = netTxBytes ?? sampled.netTxBytes
        sampleCount = sampled.sampleCount
    }
}
