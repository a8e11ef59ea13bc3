internal import HistoryModel
internal import SQLite

extension RunSelection {
    /// What ``Run/init(reading:sources:)`` reads, in its order.
    static let columns = """
        r.id, r.external_id, s.name, c.kind, c.name, c.home, c.host, c.boot_id, r.pid,
            r.command, r.status, r.exit_code, r.exit_signal, r.core_dumped, r.exit_known_by,
            r.termination_reason, r.termination_detail, r.started_at_ms, r.terminated_at_ms,
            r.duration_ns, r.memory_limit_bytes, r.cpu_time_ns, r.cpu_max_centipercent,
            r.memory_peak_bytes, r.memory_max_bytes, r.disk_read_bytes, r.disk_write_bytes,
            r.net_rx_bytes, r.net_tx_bytes, r.sample_count, c.id, r.memory_limit_kind,
            r.cpu_limit_centipercent, r.cpu_throttled_ns
        """
}

extension Run {
    /// Reads a row of ``RunSelection``, whose sources are read once.
    init(reading row: borrowing Statement, sources: inout [Int64: Source]) {
        func narrow(_ column: Int32) -> Int32? {
            row.integer(at: column).flatMap(Int32.init(exactly:))
        }
        let sourceID = row.integer(at: 30) ?? 0
        let source = sources[sourceID] ?? Source(reading: row)
        sources[sourceID] = source
        self.init(
            id: RunID(rawValue: row.integer(at: 0) ?? 0),
            sandbox: row.text(at: 2) ?? "",
            source: source,
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
        memoryLimitKind = row.text(at: 31).map(MemoryLimitKind.init(rawValue:))
        cpuLimitCentipercent = row.integer(at: 32)
        cpuThrottledNanoseconds = row.integer(at: 33)
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

extension Source {
    fileprivate init(reading row: borrowing Statement) {
        self.init(
            kind: row.text(at: 3).flatMap(Source.Kind.init) ?? .varve,
            name: row.text(at: 4) ?? "",
            home: row.text(at: 5),
            host: Host(name: row.text(at: 6) ?? "", bootID: row.text(at: 7)))
    }
}
