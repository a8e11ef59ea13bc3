internal import HistoryModel
internal import SQLite

extension Connection {
    /// Gives the rows of `run` that reach into `range`, and before them the last that lies before it,
    /// in order of time: sealed ones and others alike, an hour at a time.
    ///
    /// An hour whose intervals are forgotten or cannot be read is one row as long as the hour, made
    /// from its summary.
    ///
    /// - Returns: The hours that should be readable and are not, a sentence each.
    func forEachRow(
        of run: Run, reachingInto range: TimeRange, _ body: (SampleRow) -> Void
    ) throws -> [String] {
        var problems: [String] = []
        var window = WindowRows(range: range)
        try withStatement(SampleBlock.windowQuery) { blocks in
            try blocks.bind(run.id.rawValue, at: 1)
            try blocks.bind(range.start?.unixMilliseconds, at: 2)
            try blocks.bind(range.end?.unixMilliseconds, at: 3)
            try withStatement(SampleRow.windowQuery) { rows in
                try rows.bind(run.id.rawValue, at: 1)
                try rows.bind(range.start?.unixMilliseconds, at: 2)
                try rows.bind(range.end?.unixMilliseconds, at: 3)
                var block = try blocks.step() ? SampleBlock(reading: blocks) : nil
                var row = try rows.step() ? SampleRow(reading: rows) : nil
                while block != nil || row != nil {
                    let hours = [block?.hour, row.map { Hour(of: $0.at) }]
                    guard let hour = hours.compactMap(\.self).min() else { break }
                    var found: [SampleRow] = []
                    while let reached = block, reached.hour == hour {
                        found += reached.rows(
                            reached.detail(reading: blocks), of: run, &problems)
                        block = try blocks.step() ? SampleBlock(reading: blocks) : nil
                    }
                    let isSealed = !found.isEmpty
                    while let reached = row, Hour(of: reached.at) == hour {
                        found.append(reached)
                        row = try rows.step() ? SampleRow(reading: rows) : nil
                    }
                    if isSealed { found.sort { ($0.at, $0.sequence) < ($1.at, $1.sequence) } }
                    for row in found { window.add(row, body) }
                }
            }
        }
        window.finish(body)
        return problems
    }
}

extension SampleBlock {
    /// The blocks with rows that can reach into the window, or be the last before it.
    static let windowQuery = """
        \(selectWithDetail)
        \(windowCondition)
        """

    static let windowCondition = """
        WHERE b.run_id = ?1
            AND b.at_ms >= coalesce(
                (SELECT max(at_ms) FROM sample_block
                    WHERE run_id = ?1 AND at_ms < ?2 AND last_at_ms < ?2),
                -9223372036854775808)
            AND b.at_ms < coalesce(?3, 9223372036854775807)
        ORDER BY b.at_ms
        """

    /// `detail` as rows, or the summary as one.
    fileprivate func rows(
        _ detail: Detail, of run: Run, _ problems: inout [String]
    ) -> [SampleRow] {
        switch detail {
        case .rows(let rows): return rows
        case .forgotten: return [SampleRow(of: self)]
        case .unreadable(let reason):
            problems.append(problem(reason, inSandbox: run.sandbox))
            return [SampleRow(of: self)]
        }
    }
}

extension SampleRow {
    static let windowQuery = """
        SELECT \(SampleRow.selectList) FROM sample
        \(windowCondition)
        """

    static let windowCondition = """
        WHERE run_id = ?1
            AND at_ms >= coalesce(
                (SELECT max(at_ms) FROM sample
                    WHERE run_id = ?1 AND at_ms < ?2 AND last_at_ms < ?2),
                -9223372036854775808)
            AND at_ms < coalesce(?3, 9223372036854775807)
        ORDER BY at_ms
        """
}

/// Passes on the rows of a window, and before them one: a rate starts from the row before.
private struct WindowRows {
    let range: TimeRange
    /// The last row that lies before the window, and those after it that began before it.
    private var pending: [SampleRow] = []

    init(range: TimeRange) {
        self.range = range
    }

    /// Rows come in order of time.
    mutating func add(_ row: SampleRow, _ body: (SampleRow) -> Void) {
        if let start = range.start, row.at < start {
            if row.lastAt < start { pending.removeAll(keepingCapacity: true) }
            pending.append(row)
        } else if range.end.map({ row.at < $0 }) ?? true {
            finish(body)
            body(row)
        }
    }

    /// The row before is given even where none follows: from it to the window there is a gap.
    mutating func finish(_ body: (SampleRow) -> Void) {
        pending.forEach(body)
        pending.removeAll()
    }
}
