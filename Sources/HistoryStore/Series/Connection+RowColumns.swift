internal import HistoryModel
internal import SQLite

extension Connection {
    /// Gives the rows of `run` that reach into `range`, and some before them, in order of time, at most
    /// an hour at a time: sealed ones and others alike.
    ///
    /// What is given before the window begins at the latest with the last row that lies before it: a
    /// rate starts from there.
    ///
    /// - Parameter prefersSummaries: Takes sealed hours as a row each, and decodes none.
    /// - Returns: The hours that should be readable and are not, a sentence each.
    func forEachHour(
        of run: RunKey, _ metrics: MetricSelection, reachingInto range: TimeRange,
        prefersSummaries: Bool = false, _ body: (RowColumns) throws -> Void
    ) throws -> [String] {
        var problems: [String] = []
        try withStatement(SampleBlock.columnsQuery) { blocks in
            try blocks.bind(run.id.rawValue, at: 1)
            try blocks.bind(range.start?.unixMilliseconds, at: 2)
            try blocks.bind(range.end?.unixMilliseconds, at: 3)
            try withStatement(SampleRow.columnsQuery(metrics)) { rows in
                try rows.bind(run.id.rawValue, at: 1)
                try rows.bind(range.start?.unixMilliseconds, at: 2)
                try rows.bind(range.end?.unixMilliseconds, at: 3)
                // Within all closures, so that it need not be copied to be lent.
                var batch = RowColumns(of: metrics)
                var block = try blocks.step() ? blocks.integer(at: 0) : nil
                var row = try rows.step() ? rows.integer(at: 0) : nil
                while let next = [block, row].compactMap(\.self).min() {
                    let end = Hour(of: Timestamp(unixMilliseconds: next)).last.unixMilliseconds
                    batch.removeAll()
                    while let start = block, start <= end {
                        try append(
                            blocks, to: &batch, of: run, decoding: !prefersSummaries, &problems)
                        block = try blocks.step() ? blocks.integer(at: 0) : nil
                    }
                    while let start = row, start <= end {
                        batch.append(reading: rows)
                        row = try rows.step() ? rows.integer(at: 0) : nil
                    }
                    batch.sortByTime()
                    try body(batch)
                }
            }
        }
        return problems
    }

    /// Adds the rows of the block that `statement` stands at.
    private func append(
        _ statement: borrowing Statement, to batch: inout RowColumns, of run: RunKey,
        decoding: Bool, _ problems: inout [String]
    ) throws {
        let hour = Hour(of: Timestamp(unixMilliseconds: statement.integer(at: 0) ?? 0))
        var unreadable: String?
        if decoding, statement.integer(at: 2) != 0 {
            let before = batch.count
            let expected = statement.integer(at: 3) ?? 0
            unreadable =
                statement.withBlob(at: 4) { bytes in
                    do throws(BlockError) {
                        let starts = try batch.append(detail: bytes)
                        return SampleBlock.problem(
                            ofRows: batch.at.count - before,
                            at: starts.lazy.map(Timestamp.init(unixMilliseconds:)),
                            expected: expected, in: hour)
                    } catch {
                        return "\(error)"
                    }
                } ?? "its detail is missing"
            guard let reason = unreadable else { return }
            batch.truncate(to: before)
            unreadable = reason
        }
        guard let block = try block(statement.integer(at: 1) ?? 0) else { return }
        if let unreadable { problems.append(block.problem(unreadable, inSandbox: run.sandbox)) }
        batch.append(summary: block)
    }

    /// The summary `id`.
    func block(_ id: Int64) throws -> SampleBlock? {
        try withStatement(
            "SELECT \(SampleBlock.selectList) FROM sample_block AS b WHERE b.id = ?1"
        ) { statement in
            try statement.bind(id, at: 1)
            return try statement.step() ? SampleBlock(reading: statement) : nil
        }
    }
}

/// A run whose rows are read.
struct RunKey {
    let id: RunID
    let sandbox: String
    let startedAt: Timestamp
}

extension Run {
    var key: RunKey { RunKey(id: id, sandbox: sandbox, startedAt: startedAt) }
}

extension SampleBlock {
    /// The sentence that says that its intervals cannot be read.
    func problem(_ reason: String, inSandbox sandbox: String) -> String {
        "\(place(inSandbox: sandbox)): \(reason); the hour is shown by its summary"
    }

    /// When, which, whether there is a detail, of how many rows, and that, of the blocks with rows that
    /// can reach into the window, or be the last before it.
    fileprivate static let columnsQuery = """
        SELECT b.at_ms, b.id, b.has_detail, b.row_count, d.detail
        FROM sample_block AS b LEFT JOIN sample_detail AS d ON d.block_id = b.id
        \(windowCondition)
        """
}

extension SampleRow {
    /// The rows that can reach into the window, or be the last before it, as
    /// ``RowColumns/append(reading:)`` reads them.
    fileprivate static func columnsQuery(_ metrics: MetricSelection) -> String {
        let leading = [
            "at_ms", "interval_ms", "first_at_ms", "last_at_ms", "sample_count", "sequence",
        ]
        let gauges = metrics.gauges.flatMap { metric in
            ["\(metric.columnPrefix)_count"]
                + ["avg", "max"].map { "\(metric.columnPrefix)_\($0)_\(metric.columnUnit)" }
        }
        let counters = metrics.counters.flatMap { metric in
            ["first", "last"].map { "\(metric.columnPrefix)_\($0)_\(metric.columnUnit)" }
        }
        return """
            SELECT \((leading + gauges + counters).joined(separator: ", ")) FROM sample
            \(windowCondition)
            """
    }
}

extension RowColumns {
    /// Adds the row that `statement`, of the metrics of this, stands at.
    fileprivate mutating func append(reading statement: borrowing Statement) {
        func integer(_ column: Int32) -> Int64 { statement.integer(at: column) ?? 0 }
        isAscending = false
        at.append(integer(0))
        intervals.append(integer(1))
        firstAt.append(integer(2))
        lastAt.append(integer(3))
        sampleCounts.append(integer(4))
        sequences.append(integer(5))
        lastSequences.append(integer(5))
        isSummary.append(false)
        var column: Int32 = 6
        for index in gauges.indices {
            let average = statement.integer(at: column + 1)
            let maximum = statement.integer(at: column + 2)
            let isPresent = average != nil && maximum != nil
            gauges[index].counts.append(isPresent ? max(1, integer(column)) : 0)
            gauges[index].averages.append(average ?? 0)
            gauges[index].maxima.append(maximum ?? 0)
            gauges[index].minima.append(average ?? 0)
            column += 3
        }
        for index in counters.indices {
            let first = statement.integer(at: column)
            let last = statement.integer(at: column + 1)
            counters[index].isPresent.append(first != nil && last != nil)
            counters[index].firsts.append(first ?? 0)
            counters[index].lasts.append(last ?? 0)
            column += 2
        }
    }
}
