internal import HistoryModel
internal import SQLite

/// Rows whose counterparts are lost: what refers to nothing gets something to refer to, and what says
/// more than is left says less.
extension Salvage {
    mutating func mend(_ target: borrowing Connection) throws {
        try mendDetails(target)
        try mendMoments(target)
        try dropSealedRows(target)
        try mendReferences(target)
    }

    // MARK: References

    /// The tables that refer to runs.
    private static let tablesOfRuns = [
        "run_label", "run_claim", "lifecycle_event", "recorder_session", "sample", "sample_block",
        "final_moments", "gap", "run_log",
    ]

    private mutating func mendReferences(_ target: borrowing Connection) throws {
        var runs: Set<Int64> = []
        for table in Self.tablesOfRuns {
            runs.formUnion(
                try target.integers(
                    """
                    SELECT DISTINCT run_id FROM \(table)
                    WHERE run_id IS NOT NULL AND run_id NOT IN (SELECT id FROM run)
                    """))
        }
        let sandboxes = try target.integers(
            "SELECT DISTINCT sandbox_id FROM run WHERE sandbox_id NOT IN (SELECT id FROM sandbox)")
        let sources = Set(
            try target.integers(
                "SELECT source_id FROM sandbox WHERE source_id NOT IN (SELECT id FROM source)")
                + target.integers(
                    """
                    SELECT source_id FROM recorder_session
                    WHERE source_id NOT IN (SELECT id FROM source)
                    """))
        for source in sources.sorted() { try remakeSource(source, target) }
        guard !sandboxes.isEmpty || !runs.isEmpty else { return }
        let source = try remakeSource(nil, target)
        for sandbox in sandboxes { try remakeSandbox(sandbox, of: source, target) }
        guard !runs.isEmpty else { return }
        let sandbox = try remakeSandbox(nil, of: source, target)
        for run in runs.sorted() { try remakeRun(run, of: sandbox, target) }
    }

    @discardableResult
    private mutating func remakeSource(
        _ id: Int64?, _ target: borrowing Connection
    ) throws -> Int64 {
        let name = id.map { "lost-\($0)" } ?? "lost"
        try target.withStatement(
            """
            INSERT INTO source (id, kind, name, host, first_seen_at_ms, last_seen_at_ms)
            VALUES (?1, 'varve', ?2, 'lost', ?3, ?3)
            """
        ) { statement in
            try statement.bind(id, at: 1)
            try statement.bind(name, at: 2)
            try statement.bind(now.unixMilliseconds, at: 3)
            _ = try statement.step()
        }
        if let id {
            remade("source", "the registry \(id) is lost: '\(name)' stands for it")
        }
        return target.lastInsertRowID
    }

    @discardableResult
    private mutating func remakeSandbox(
        _ id: Int64?, of source: Int64, _ target: borrowing Connection
    ) throws -> Int64 {
        let name = id.map { "lost-\($0)" } ?? "lost"
        try target.withStatement(
            """
            INSERT INTO sandbox (id, source_id, name, first_seen_at_ms)
            VALUES (?1, ?2, ?3,
                coalesce((SELECT min(started_at_ms) FROM run WHERE sandbox_id = ?1), ?4))
            """
        ) { statement in
            try statement.bind(id, at: 1)
            try statement.bind(source, at: 2)
            try statement.bind(name, at: 3)
            try statement.bind(now.unixMilliseconds, at: 4)
            _ = try statement.step()
        }
        if let id { remade("sandbox", "the sandbox \(id) is lost: '\(name)' stands for it") }
        return target.lastInsertRowID
    }

    /// A row for a run of which only what belongs to it is left: it lasted from the first to the last
    /// that is known of it, and how it ended nobody knows.
    private mutating func remakeRun(
        _ id: Int64, of sandbox: Int64, _ target: borrowing Connection
    ) throws {
        let span = try target.span(ofRun: id)
        let start = try span?.first ?? target.startBefore(run: id) ?? now.unixMilliseconds
        try target.withStatement(
            """
            INSERT INTO run (id, sandbox_id, status, exit_known_by, termination_detail,
                started_at_ms, terminated_at_ms)
            VALUES (?1, ?2, 'Terminated', 'unknown', ?3, ?4, ?5)
            """
        ) { statement in
            try statement.bind(id, at: 1)
            try statement.bind(sandbox, at: 2)
            try statement.bind(Self.remadeRunDetail, at: 3)
            try statement.bind(start, at: 4)
            try statement.bind(span?.last ?? start, at: 5)
            _ = try statement.step()
        }
        try target.summarise(RunID(rawValue: id))
        let times = span.map { span in
            " from \(Timestamp(unixMilliseconds: span.first).rfc3339) to "
                + Timestamp(unixMilliseconds: span.last).rfc3339
        }
        report.tables[place(of: "run")].lostRowCount += 1
        remade(
            "run",
            "the row of run \(id) is lost: what is left of it\(times ?? "") is a run of the sandbox "
                + "'lost'")
    }

    static let remadeRunDetail =
        "the row of this run was lost; varve db repair made it anew from what else was there"

    private mutating func remade(_ table: String, _ sentence: String) {
        report.tables[place(of: table)].remadeRowCount += 1
        find(sentence)
    }

    // MARK: Blocks

    private mutating func mendDetails(_ target: borrowing Connection) throws {
        var lost: [(id: Int64, sentence: String)] = []
        var remade: [(block: SampleBlock, sentence: String)] = []
        try target.withStatement(SampleBlock.selectAllWithSandbox) { statement in
            while try statement.step() {
                let block = SampleBlock(reading: statement)
                let place = block.place(
                    inSandbox: statement.text(at: SampleBlock.selectCount + 1) ?? "lost")
                guard let bytes = statement.blob(at: SampleBlock.selectCount) else {
                    if block.hasDetail {
                        lost.append((block.id, "\(place): its intervals are lost"))
                    }
                    continue
                }
                switch block.remade(from: bytes) {
                case .failure(let error):
                    lost.append((block.id, "\(place): its intervals are lost: \(error)"))
                case .success(let other) where other != block:
                    remade.append((other, "\(place): its summary was made anew from its intervals"))
                case .success: break
                }
            }
        }
        for (id, sentence) in lost {
            try target.execute("DELETE FROM sample_detail WHERE block_id = \(id)")
            try target.execute("UPDATE sample_block SET has_detail = 0 WHERE id = \(id)")
            report.tables[place(of: "sample_detail")].lostRowCount += 1
            find(sentence)
        }
        for (block, sentence) in remade {
            try target.replace(block)
            report.tables[place(of: "sample_block")].remadeRowCount += 1
            find(sentence)
        }
        let orphans = try target.integers(
            "SELECT block_id FROM sample_detail WHERE block_id NOT IN (SELECT id FROM sample_block)"
        )
        guard !orphans.isEmpty else { return }
        try target.execute(
            "DELETE FROM sample_detail WHERE block_id NOT IN (SELECT id FROM sample_block)")
        report.tables[place(of: "sample_detail")].lostRowCount += Int64(orphans.count)
        report.tables[place(of: "sample_block")].lostRowCount += Int64(orphans.count)
        find(
            "\(orphans.count) \(orphans.count == 1 ? "hour is" : "hours are") lost with their summaries: "
                + "the intervals are there, but not whose they are")
    }

    private mutating func mendMoments(_ target: borrowing Connection) throws {
        var lost: [Int64] = []
        var counts: [(run: Int64, count: Int)] = []
        try target.withStatement("SELECT run_id, sample_count, detail FROM final_moments") {
            statement in
            while try statement.step() {
                let run = statement.integer(at: 0) ?? 0
                guard let samples = try? MomentsDetail.decode(statement.blob(at: 2) ?? []) else {
                    lost.append(run)
                    continue
                }
                if Int64(samples.count) != statement.integer(at: 1) {
                    counts.append((run, samples.count))
                }
            }
        }
        for run in lost {
            try target.execute("DELETE FROM final_moments WHERE run_id = \(run)")
            report.tables[place(of: "final_moments")].lostRowCount += 1
            find("run \(run): its final moments are lost")
        }
        for (run, count) in counts {
            try target.execute(
                "UPDATE final_moments SET sample_count = \(count) WHERE run_id = \(run)")
            report.tables[place(of: "final_moments")].remadeRowCount += 1
            find("run \(run): the number of its final moments was \(count)")
        }
    }

    /// An hour that is sealed has no rows besides: those that are left are of the time before.
    private mutating func dropSealedRows(_ target: borrowing Connection) throws {
        try target.execute(
            """
            DELETE FROM sample WHERE EXISTS (SELECT 1 FROM sample_block AS b
                WHERE b.run_id = sample.run_id
                    AND b.at_ms BETWEEN sample.at_ms - sample.at_ms % \(Hour.milliseconds)
                        AND sample.at_ms - sample.at_ms % \(Hour.milliseconds)
                            + \(Hour.milliseconds - 1))
            """)
        let count = target.changes
        guard count > 0 else { return }
        report.tables[place(of: "sample")].lostRowCount += count
        find("sample: \(count) rows of hours that are sealed were left out")
    }
}

extension SampleBlock {
    /// The block as its intervals say that it is.
    ///
    /// - Returns: The error if they cannot be read or are of another hour.
    fileprivate func remade(from bytes: [UInt8]) -> Result<SampleBlock, BlockError> {
        do throws(BlockError) {
            let rows = try SampleDetail.decode(bytes, of: run)
            let (first, last) = (hour.first, hour.last)
            guard !rows.isEmpty, rows.allSatisfy({ $0.at >= first && $0.at <= last }) else {
                return .failure(.damaged("it holds rows of another hour"))
            }
            guard !hasDetail || Int64(rows.count) != rowCount || !fieldsUnlike(rows).isEmpty else {
                return .success(self)
            }
            var other = SampleBlock(summingUp: rows, at: at)
            other.id = id
            return .success(other)
        } catch {
            return .failure(error)
        }
    }
}

extension Connection {
    fileprivate func integers(_ sql: String) throws -> [Int64] {
        try withStatement(sql) { statement in
            var found: [Int64] = []
            while try statement.step() { found.append(statement.integer(at: 0) ?? 0) }
            return found
        }
    }

    /// Writes `block` in place of the one with its id; its detail stays.
    fileprivate func replace(_ block: SampleBlock) throws {
        try execute("DELETE FROM sample_block WHERE id = \(block.id)")
        try withStatement(SampleBlock.insert) { statement in
            try block.bind(to: &statement)
            _ = try statement.step()
        }
        try execute("UPDATE sample_block SET id = \(block.id) WHERE id = \(lastInsertRowID)")
    }

    /// The first and the last that is known of a run whose row is lost; `nil` if nothing has a time.
    fileprivate func span(ofRun run: Int64) throws -> (first: Int64, last: Int64)? {
        try withStatement(
            """
            SELECT min(first), max(last) FROM (
                SELECT min(at_ms) AS first, max(at_ms) AS last FROM lifecycle_event WHERE run_id = ?1
                UNION ALL SELECT min(first_at_ms), max(last_at_ms) FROM sample WHERE run_id = ?1
                UNION ALL SELECT min(first_at_ms), max(last_at_ms) FROM sample_block WHERE run_id = ?1
                UNION ALL SELECT first_at_ms, last_at_ms FROM final_moments WHERE run_id = ?1
                UNION ALL SELECT min(from_at_ms), max(to_at_ms) FROM gap WHERE run_id = ?1
                UNION ALL SELECT started_at_ms, terminated_at_ms FROM run_claim WHERE run_id = ?1
                UNION ALL SELECT min(started_at_ms), max(coalesce(ended_at_ms, heartbeat_at_ms))
                    FROM recorder_session WHERE run_id = ?1)
            """
        ) { statement in
            try statement.bind(run, at: 1)
            guard try statement.step(), let first = statement.integer(at: 0) else { return nil }
            return (first, max(first, statement.integer(at: 1) ?? first))
        }
    }

    /// When the run before `run` started, else the one after it.
    fileprivate func startBefore(run: Int64) throws -> Int64? {
        try withStatement(
            """
            SELECT coalesce(
                (SELECT started_at_ms FROM run WHERE id < ?1 ORDER BY id DESC LIMIT 1),
                (SELECT started_at_ms FROM run WHERE id > ?1 ORDER BY id LIMIT 1))
            """
        ) { statement in
            try statement.bind(run, at: 1)
            return try statement.step() ? statement.integer(at: 0) : nil
        }
    }
}
