internal import HistoryModel
internal import SQLite

extension Catalog {
    /// Writes `batch` in one transaction.
    public func flush(_ batch: FlushBatch) throws(StoreError) {
        try write { connection in
            try connection.upsert(batch.rows)
            for (run, event) in batch.events { try connection.insert(event, of: run) }
            for ending in batch.endings where try connection.end(ending) {
                if let event = ending.event { try connection.insert(event, of: ending.run) }
                for log in ending.logs { try connection.insert(log, of: ending.run) }
                try connection.mergeClaim(of: ending.run)
            }
            for (run, samples) in batch.finalMoments { try connection.insert(samples, of: run) }
            for (run, gap) in batch.gaps { try connection.upsert(gap, of: run) }
            for run in batch.closed { try connection.summarise(run) }
            if let heartbeat = batch.heartbeat { try connection.record(heartbeat) }
        }
    }
}

extension Connection {
    /// - Returns: Whether the run had not ended before.
    @discardableResult
    func end(_ ending: RunEnding) throws -> Bool {
        try withStatement(
            """
            UPDATE run SET status = 'Terminated', terminated_at_ms = max(?2, started_at_ms),
                duration_ns = ?3, exit_code = ?4, exit_signal = ?5, core_dumped = ?6,
                exit_known_by = ?7, termination_reason = ?8, termination_detail = ?9,
                cpu_time_ns = coalesce(?10, cpu_time_ns),
                memory_peak_bytes = coalesce(?11, memory_peak_bytes),
                disk_read_bytes = max(coalesce(?12, disk_read_bytes), coalesce(disk_read_bytes, ?12)),
                disk_write_bytes =
                    max(coalesce(?13, disk_write_bytes), coalesce(disk_write_bytes, ?13)),
                net_rx_bytes = coalesce(?14, net_rx_bytes),
                net_tx_bytes = coalesce(?15, net_tx_bytes),
                memory_limit_bytes = coalesce(?16, memory_limit_bytes),
                memory_limit_kind = CASE WHEN ?16 IS NULL THEN memory_limit_kind ELSE ?17 END,
                cpu_limit_centipercent = coalesce(?18, cpu_limit_centipercent),
                cpu_throttled_ns = ?19
            WHERE id = ?1 AND status = 'Running'
            """
        ) { statement in
            try statement.bind(ending.run.rawValue, at: 1)
            try statement.bind(ending.at.unixMilliseconds, at: 2)
            try statement.bind(ending.durationNanoseconds, at: 3)
            try statement.bind(ending.exitCode.map(Int64.init), at: 4)
            try statement.bind(ending.exitSignal.map(Int64.init), at: 5)
            try statement.bind(ending.coreDumped.map { Int64($0 ? 1 : 0) }, at: 6)
            try statement.bind(ending.knownBy.rawValue, at: 7)
            try statement.bind(ending.reason?.rawValue, at: 8)
            try statement.bind(ending.detail, at: 9)
            try statement.bind(ending.usage.cpuTimeNanoseconds, at: 10)
            try statement.bind(ending.usage.memoryPeakBytes, at: 11)
            try statement.bind(ending.usage.diskReadBytes, at: 12)
            try statement.bind(ending.usage.diskWriteBytes, at: 13)
            try statement.bind(ending.usage.netRxBytes, at: 14)
            try statement.bind(ending.usage.netTxBytes, at: 15)
            try statement.bind(ending.memoryLimitBytes, at: 16)
            try statement.bind(ending.memoryLimitKind?.rawValue, at: 17)
            try statement.bind(ending.cpuLimitCentipercent, at: 18)
            try statement.bind(ending.cpuThrottledNanoseconds, at: 19)
            _ = try statement.step()
            return changes > 0
        }
    }

    /// Makes a run's summary from its rows. Exact figures that its end brought stay, but for a total
    /// that was seen to be higher: the kernel tells nothing exact of descendants that live on.
    func summarise(_ run: RunID) throws {
        let usage = try sampledUsage(of: run)
        try withStatement(
            """
            UPDATE run SET
                cpu_time_ns = max(coalesce(cpu_time_ns, ?2), coalesce(?2, cpu_time_ns)),
                cpu_max_centipercent = ?3,
                memory_peak_bytes = coalesce(memory_peak_bytes, ?4),
                memory_max_bytes = ?4,
                disk_read_bytes = max(coalesce(disk_read_bytes, ?5), coalesce(?5, disk_read_bytes)),
                disk_write_bytes = max(coalesce(disk_write_bytes, ?6), coalesce(?6, disk_write_bytes)),
                net_rx_bytes = max(coalesce(net_rx_bytes, ?7), coalesce(?7, net_rx_bytes)),
                net_tx_bytes = max(coalesce(net_tx_bytes, ?8), coalesce(?8, net_tx_bytes)),
                sample_count = ?9
            WHERE id = ?1
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(usage.cpuTimeNanoseconds, at: 2)
            try statement.bind(usage.cpuMaxCentipercent, at: 3)
            try statement.bind(usage.memoryMaxBytes, at: 4)
            try statement.bind(usage.diskReadBytes, at: 5)
            try statement.bind(usage.diskWriteBytes, at: 6)
            try statement.bind(usage.netRxBytes, at: 7)
            try statement.bind(usage.netTxBytes, at: 8)
            try statement.bind(usage.sampleCount ?? 0, at: 9)
            _ = try statement.step()
        }
    }

    /// Of two of a name the later stays.
    func insert(_ log: RunLog, of run: RunID) throws {
        try withStatement("INSERT OR REPLACE INTO run_log VALUES (?1, ?2, ?3, ?4, ?5)") {
            statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(log.name, at: 2)
            try statement.bind(log.takenAt.unixMilliseconds, at: 3)
            try statement.bind(log.writtenBytes, at: 4)
            try statement.bind(log.tail, at: 5)
            _ = try statement.step()
        }
    }

    func upsert(_ gap: Series.Gap, of run: RunID) throws {
        try withStatement(
            """
            INSERT INTO gap (run_id, from_at_ms, to_at_ms, reason) VALUES (?1, ?2, max(?2, ?3), ?4)
            ON CONFLICT DO UPDATE SET to_at_ms = excluded.to_at_ms
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(gap.from.unixMilliseconds, at: 2)
            try statement.bind(gap.to.unixMilliseconds, at: 3)
            try statement.bind(gap.reason.rawValue, at: 4)
            _ = try statement.step()
        }
    }

    fileprivate func record(_ heartbeat: FlushBatch.Heartbeat) throws {
        try withStatement(FlushBatch.Heartbeat.update) { statement in
            try statement.bind(heartbeat.session.rawValue, at: 1)
            try statement.bind(heartbeat.at.unixMilliseconds, at: 2)
            try statement.bind(Int64(heartbeat.isLast ? 1 : 0), at: 3)
            for (place, column) in RecorderStatistics.counts.enumerated() {
                try statement.bind(
                    heartbeat.statistics[keyPath: column.path], at: Int32(place) + 4)
            }
            _ = try statement.step()
        }
    }
}

extension FlushBatch.Heartbeat {
    fileprivate static let update: String = {
        let counts = RecorderStatistics.counts.enumerated().map { "\($1.name) = ?\($0 + 4)" }
        return """
            UPDATE recorder_session SET heartbeat_at_ms = max(heartbeat_at_ms, ?2),
                ended_at_ms = CASE WHEN ?3 THEN ?2 END, \(counts.joined(separator: ", "))
            WHERE id = ?1
            """
    }()
}
