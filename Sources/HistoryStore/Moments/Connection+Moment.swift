internal import HistoryModel
internal import SQLite

extension Connection {
    /// The rows of `run` around `instant`, in order of time: those that may hold it, the one before and
    /// the one after.
    ///
    /// Decodes the hour of the instant, and its neighbours only where the instant is at the hour's edge.
    func rows(of run: Run, around instant: Timestamp, _ problems: inout [String]) throws
        -> [MomentRow]
    {
        let hour = Hour(of: instant)
        var found = try hotRows(of: run, around: instant)
        found += try sealedRows(of: run, in: hour, near: instant, &problems)
        func sort() {
            found.sort { ($0.row.at, $0.row.sequence) < ($1.row.at, $1.row.sequence) }
        }
        sort()
        if !found.contains(where: { instant <= $0.row.lastAt }), hour.last < .latestPlausible {
            let next = Hour(of: hour.last.advanced(byMilliseconds: 1))
            found += try sealedRows(of: run, in: next, near: instant, &problems)
        }
        // The row before the one that counts is in an hour before, unless it is at hand.
        sort()
        let last = found.first { instant <= $0.row.lastAt } ?? found.last
        let lastHour = last.map { Hour(of: $0.row.at) } ?? hour
        let hasPrevious = found.contains {
            Hour(of: $0.row.at) == lastHour && $0.row.at < last?.row.at ?? $0.row.at
        }
        if !hasPrevious, let block = try lastBlock(of: run, before: lastHour) {
            found +=
                block.lastAt < instant
                ? [MomentRow(row: SampleRow(of: block), origin: .hour)]
                : try sealedRows(of: run, in: block.hour, near: instant, &problems)
        }
        sort()
        return found
    }

    private func hotRows(of run: Run, around instant: Timestamp) throws -> [MomentRow] {
        try withStatement(SampleRow.momentQuery) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(instant.unixMilliseconds, at: 2)
            var rows: [MomentRow] = []
            while try statement.step() {
                let row = SampleRow(reading: statement)
                rows.append(MomentRow(row: row, origin: .interval))
                if row.at > instant { break }
            }
            return rows
        }
    }

    private func sealedRows(
        of run: Run, in hour: Hour, near instant: Timestamp, _ problems: inout [String]
    ) throws -> [MomentRow] {
        try blocks(of: run.id, in: hour).flatMap { block, detail in
            switch detail {
            case .rows(let rows):
                return rows.near(instant).map { MomentRow(row: $0, origin: .interval) }
            case .forgotten: break
            case .unreadable(let reason):
                problems.append(block.problem(reason, inSandbox: run.sandbox))
            }
            return [MomentRow(row: SampleRow(of: block), origin: .hour)]
        }
    }

    private func lastBlock(of run: Run, before hour: Hour) throws -> SampleBlock? {
        try withStatement(SampleBlock.lastBeforeQuery) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(hour.first.unixMilliseconds, at: 2)
            return try statement.step() ? SampleBlock(reading: statement) : nil
        }
    }

    /// The last moments of `run` as rows of a sample each, if they cover `instant`.
    func finalRows(of run: Run, around instant: Timestamp, _ problems: inout [String]) throws
        -> [MomentRow]
    {
        let bytes = try withStatement(
            """
            SELECT detail FROM final_moments
            WHERE run_id = ?1 AND first_at_ms <= ?2 AND last_at_ms >= ?2
            """
        ) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(instant.unixMilliseconds, at: 2)
            return try statement.step() ? statement.blob(at: 0) : nil
        }
        guard let bytes else { return [] }
        do throws(BlockError) {
            let samples = try MomentsDetail.decode(bytes)
            let distances = zip(samples.dropFirst(), samples)
                .map { $0.at.milliseconds(since: $1.at) }.filter { $0 > 0 }.sorted()
            // The usual distance, as the final series has it.
            let step = distances.isEmpty ? 1_000 : distances[distances.count / 2]
            return samples.map { sample in
                MomentRow(
                    row: SampleRow(run: run.id, sample: sample, intervalMilliseconds: step),
                    origin: .finalMoments)
            }
        } catch {
            problems.append(
                "the final moments of run \(run.id) of '\(run.sandbox.escapedForDisplay)' cannot be "
                    + "read: \(error)")
            return []
        }
    }
}

extension [SampleRow] {
    /// Those that may hold `instant`, the two before and the one after: a row is half a kilobyte, and an
    /// hour of them too much to carry around.
    fileprivate func near(_ instant: Timestamp) -> ArraySlice<SampleRow> {
        let isSorted = indices.dropFirst().allSatisfy { self[$0 - 1].at <= self[$0].at }
        guard isSorted else { return self[...] }
        let first = firstIndex { instant <= $0.lastAt } ?? endIndex
        let after = self[first...].firstIndex { $0.at > instant }
        return self[Swift.max(startIndex, first - 2)..<(after.map { $0 + 1 } ?? endIndex)]
    }
}

extension SampleRow {
    /// The rows from the last but one that lies before an instant on.
    static let momentQuery = """
        SELECT \(SampleRow.selectList) FROM sample
        WHERE run_id = ?1
            AND at_ms >= coalesce(
                (SELECT at_ms FROM sample
                    WHERE run_id = ?1 AND at_ms < ?2 AND last_at_ms < ?2
                    ORDER BY at_ms DESC LIMIT 1 OFFSET 1),
                -9223372036854775808)
        ORDER BY at_ms
        """
}

extension SampleBlock {
    /// The last block before an hour, without its detail.
    static let lastBeforeQuery = """
        SELECT \(selectList) FROM sample_block AS b
        WHERE b.run_id = ?1 AND b.at_ms < ?2 ORDER BY b.at_ms DESC LIMIT 1
        """
}
