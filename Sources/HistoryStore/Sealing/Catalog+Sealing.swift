public import HistoryModel
internal import SQLite

extension Catalog {
    /// Seals hours that are over: the hours of open runs that end at or before `instant`, and every
    /// hour of closed runs. Finds those that a killed recorder has left, too.
    ///
    /// One transaction; where nothing is to be sealed, none.
    ///
    /// - Parameter limit: At most so many hours.
    /// - Complexity: a seek or two for every run with rows of its own, a millisecond for 1024 of them;
    ///   then well below a millisecond for an hour of 360 rows.
    public func seal(before instant: Timestamp, limit: Int) throws(StoreError) -> SealReport {
        let start = ContinuousClock.now
        var report = SealReport()
        guard limit > 0 else { return report }
        do {
            let candidates = try connection.sealable(before: instant, limit: limit + 1)
            guard !candidates.isEmpty else {
                report.duration = .now - start
                return report
            }
            report = try write { connection in
                var report = SealReport()
                var packed: [PackedHour] = []
                for candidate in candidates where !report.hasMore {
                    // Looked at again: meanwhile another program may have written.
                    try connection.pack(
                        candidate.run,
                        before: candidate.isClosed ? nil : Hour(of: instant), limit: limit,
                        into: &packed, &report)
                }
                try connection.replace(by: packed, in: packing, &report)
                report.hasMore = report.hasMore || candidates.count > limit
                return report
            }
        } catch {
            throw StoreError(error, path: path)
        }
        report.duration = .now - start
        return report
    }

    /// Seals all rows of `run`, whatever the time: for its end.
    public func seal(_ run: RunID) throws(StoreError) -> SealReport {
        let start = ContinuousClock.now
        var report = try write { connection in
            var report = SealReport()
            try connection.seal(run, limit: .max, in: packing, &report)
            return report
        }
        report.duration = .now - start
        return report
    }
}

/// An hour of a run, or a part of one that is too long, ready to take the place of its rows.
private struct PackedHour {
    var hour: Hour
    var block: SampleBlock
    var detail: [UInt8]
}

extension Connection {
    /// A run that has rows to be sealed.
    struct Sealable {
        var run: RunID
        var isClosed: Bool
    }

    static var hotRunQuery: String {
        """
        SELECT run_id, at_ms FROM sample WHERE run_id > ?1 ORDER BY run_id, at_ms LIMIT 1
        """
    }

    /// The runs with hours to be sealed, at most `limit`: from run to run, never from row to row.
    fileprivate func sealable(before instant: Timestamp, limit: Int) throws -> [Sealable] {
        let openHour = Hour(of: instant)
        return try withStatement(Self.hotRunQuery) { next in
            try withStatement("SELECT sample_count IS NOT NULL FROM run WHERE id = ?1") { closed in
                var found: [Sealable] = []
                var last = Int64.min
                while found.count < limit {
                    next.reset()
                    try next.bind(last, at: 1)
                    guard try next.step(), let run = next.integer(at: 0) else { break }
                    last = run
                    closed.reset()
                    try closed.bind(run, at: 1)
                    // Rows of no run at all are damage, for `problems()` to tell of.
                    guard try closed.step() else { continue }
                    let isClosed = closed.integer(at: 0) == 1
                    let at = Timestamp(unixMilliseconds: next.integer(at: 1) ?? 0)
                    if isClosed || Hour(of: at) < openHour {
                        found.append(Sealable(run: RunID(rawValue: run), isClosed: isClosed))
                    }
                }
                return found
            }
        }
    }

    /// Seals the hours of `run`, the earliest first.
    func seal(
        _ run: RunID, limit: Int, in packing: PagePacking, _ report: inout SealReport
    ) throws {
        var packed: [PackedHour] = []
        try pack(run, before: nil, limit: limit, into: &packed, &report)
        try replace(by: packed, in: packing, &report)
    }

    /// Packs the hours of `run` before `end`, or all, the earliest first.
    fileprivate func pack(
        _ run: RunID, before end: Hour?, limit: Int, into packed: inout [PackedHour],
        _ report: inout SealReport
    ) throws {
        var from = Timestamp(unixMilliseconds: .min)
        while let at = try firstRow(of: run, from: from), end.map({ Hour(of: at) < $0 }) ?? true {
            guard packed.count < limit else {
                report.hasMore = true
                return
            }
            let hour = Hour(of: at)
            try pack(run, hour, into: &packed, &report)
            guard hour.last.unixMilliseconds < .max else { return }
            from = hour.last.advanced(byMilliseconds: 1)
        }
    }

    private func firstRow(of run: RunID, from instant: Timestamp) throws -> Timestamp? {
        try withStatement(
            "SELECT at_ms FROM sample WHERE run_id = ?1 AND at_ms >= ?2 ORDER BY at_ms LIMIT 1"
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(instant.unixMilliseconds, at: 2)
            return try statement.step()
                ? statement.integer(at: 0).map(Timestamp.init(unixMilliseconds:)) : nil
        }
    }

    /// Packs the rows of `run` in `hour` into a block, or several where they are too many.
    private func pack(
        _ run: RunID, _ hour: Hour, into packed: inout [PackedHour], _ report: inout SealReport
    ) throws {
        let rows = try hotRows(of: run, in: hour)
        let starts = stride(from: 0, to: rows.count, by: SampleDetail.maximumRowCount)
        var parts: [PackedHour] = []
        for start in starts {
            let part = Array(rows[start...].prefix(SampleDetail.maximumRowCount))
            let detail = SampleDetail.encode(part)
            // The rows are about to be deleted: what was packed must give back every one of them.
            guard (try? SampleDetail.decode(detail, of: run)) == part else {
                report.problems.append(
                    "run \(run), hour \(hour.first.rfc3339): packing its \(rows.count) rows would "
                        + "change them, so they stay as they are; please report this")
                return
            }
            parts.append(
                PackedHour(
                    hour: hour, block: SampleBlock(summingUp: part, at: hour.first), detail: detail)
            )
        }
        packed += parts
    }

    /// Puts blocks in the place of their rows.
    fileprivate func replace(
        by packed: [PackedHour], in packing: PagePacking, _ report: inout SealReport
    ) throws {
        let order = packing.order(
            packed.map(\.detail.count), pageSize: Int(clamping: try pageSize))
        for place in order {
            var block = packed[place].block
            block.at = try freeKey(of: block.run, in: packed[place].hour)
            try insert(block, packed[place].detail)
            report.blockCount += 1
            report.rowCount += Int(clamping: block.rowCount)
            report.detailBytes += packed[place].detail.count
        }
        for part in packed {
            try withStatement("DELETE FROM sample WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3") {
                statement in
                try statement.bind(part.block.run.rawValue, at: 1)
                try statement.bind(part.hour.first.unixMilliseconds, at: 2)
                try statement.bind(part.hour.last.unixMilliseconds, at: 3)
                _ = try statement.step()
            }
        }
    }

    /// The rows in the order in which they were made.
    private func hotRows(of run: RunID, in hour: Hour) throws -> [SampleRow] {
        try withStatement(
            """
            SELECT \(SampleRow.selectList) FROM sample WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3
            ORDER BY sequence, at_ms
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(hour.first.unixMilliseconds, at: 2)
            try statement.bind(hour.last.unixMilliseconds, at: 3)
            var rows: [SampleRow] = []
            while try statement.step() { rows.append(SampleRow(reading: statement)) }
            return rows
        }
    }

    /// The start of the hour, or the next millisecond that no block of `run` has: there is one only
    /// where one could not be opened again.
    private func freeKey(of run: RunID, in hour: Hour) throws -> Timestamp {
        try withStatement(
            """
            SELECT max(at_ms) FROM sample_block WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(hour.first.unixMilliseconds, at: 2)
            try statement.bind(hour.last.unixMilliseconds, at: 3)
            guard try statement.step(), let latest = statement.integer(at: 0) else {
                return hour.first
            }
            return Timestamp(unixMilliseconds: latest).advanced(byMilliseconds: 1)
        }
    }

    func insert(_ block: SampleBlock, _ detail: [UInt8]) throws {
        try withStatement(SampleBlock.insert) { statement in
            try block.bind(to: &statement)
            _ = try statement.step()
        }
        let id = lastInsertRowID
        try withStatement("INSERT INTO sample_detail (block_id, detail) VALUES (?1, ?2)") {
            statement in
            try statement.bind(id, at: 1)
            try statement.bind(detail, at: 2)
            _ = try statement.step()
        }
    }
}
