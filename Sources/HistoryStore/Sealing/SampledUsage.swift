internal import HistoryModel
internal import SQLite

extension Connection {
    /// What a run used by its rows and blocks alone.
    ///
    /// - Complexity: reads summaries; the detail of an hour only where the clock stepped back so that
    ///   its rows were made before and after those of another.
    func sampledUsage(of run: RunID) throws -> RunUsage {
        try sampledUsages(of: [run])[run] ?? RunUsage()
    }

    /// What each of `runs` used by its rows and blocks alone; of a run without any there is nothing.
    ///
    /// - Complexity: two statements for some dozens of runs, whose summaries are in memory together.
    func sampledUsages(of runs: [RunID]) throws -> [RunID: RunUsage] {
        var usages: [RunID: RunUsage] = [:]
        for start in stride(from: 0, to: runs.count, by: Self.runsAtOnce) {
            let wanted = runs[start..<min(start + Self.runsAtOnce, runs.count)]
            let blocks = try pieces(Self.blocksQuery, of: wanted) {
                .block(SampleBlock(reading: $0))
            }
            let rows = try pieces(Self.rowsQuery, of: wanted) { .row(SampleRow(reading: $0)) }
            for run in wanted where blocks[run] != nil || rows[run] != nil {
                usages[run] = try usage(of: blocks[run] ?? [], then: rows[run] ?? [])
            }
        }
        return usages
    }

    private static var runsAtOnce: Int { 64 }

    private static var blocksQuery: String {
        """
        SELECT \(SampleBlock.selectList)
        FROM sample_block AS b WHERE run_id IN (SELECT value FROM json_each(?1))
        ORDER BY run_id, at_ms
        """
    }

    private static var rowsQuery: String {
        """
        SELECT \(SampleRow.selectList)
        FROM sample WHERE run_id IN (SELECT value FROM json_each(?1))
        ORDER BY run_id, at_ms
        """
    }

    private func pieces(
        _ query: String, of runs: some Sequence<RunID>,
        reading piece: (borrowing Statement) -> UsagePiece
    ) throws -> [RunID: [UsagePiece]] {
        try withStatement(query) { statement in
            try statement.bind(RunID.list(runs), at: 1)
            var pieces: [RunID: [UsagePiece]] = [:]
            while try statement.step() {
                let piece = piece(statement)
                pieces[piece.run, default: []].append(piece)
            }
            return pieces
        }
    }

    /// Where each of `counters` of a run fell, in the order of making.
    ///
    /// - Complexity: that of ``sampledUsage(of:)``, and the detail of hours in which one fell.
    func falls(of counters: [Metric], of run: RunID) throws -> [CounterFalls] {
        let blocks = try pieces(Self.blocksQuery, of: [run]) { .block(SampleBlock(reading: $0)) }
        let rows = try pieces(Self.rowsQuery, of: [run]) { .row(SampleRow(reading: $0)) }
        let pieces = try inOrder(blocks[run] ?? [], then: rows[run] ?? []) { block in
            counters.contains { block.counters[$0.index]?.fallen ?? 0 > 0 }
        }
        return counters.map { counter in
            var falls = CounterFalls()
            for piece in pieces {
                switch piece {
                case .row(let row): falls.add(row[counter: counter], madeAs: row.sequence)
                case .block(let block):
                    guard let hour = block.counters[counter.index] else { continue }
                    falls.add(
                        .init(first: hour.first, last: hour.last), fallen: hour.fallen,
                        madeAs: block.firstSequence)
                }
            }
            return falls
        }
    }

    /// Adds up `blocks` and `rows` of one run, both in order of time.
    private func usage(of blocks: [UsagePiece], then rows: [UsagePiece]) throws -> RunUsage {
        var accumulator = UsageAccumulator()
        for piece in try inOrder(blocks, then: rows) { accumulator.add(piece) }
        return accumulator.usage
    }

    /// Puts `blocks` and `rows` of one run, both in order of time, in the order of their making: it is
    /// the same but for a clock that stepped back.
    ///
    /// - Parameter wantsRows: Whether of a block its rows are wanted in any case.
    private func inOrder(
        _ blocks: [UsagePiece], then rows: [UsagePiece],
        unpacking wantsRows: (SampleBlock) -> Bool = { _ in false }
    ) throws -> [UsagePiece] {
        var pieces = blocks + rows
        // Blocks come before rows already, unless the clock stepped back.
        if let block = blocks.last, let row = rows.first, block.at > row.at {
            pieces.sort { ($0.at, $0.sequences.lowerBound) < ($1.at, $1.sequences.lowerBound) }
        }
        let hasWanted = pieces.contains {
            if case .block(let block) = $0 { wantsRows(block) } else { false }
        }
        if hasWanted || !pieces.isInOrder { try unpackInterleaved(&pieces, and: wantsRows) }
        return pieces
    }

    /// Puts `pieces` in the order of their making, blocks that overlap others as rows.
    private func unpackInterleaved(
        _ pieces: inout [UsagePiece], and wantsRows: (SampleBlock) -> Bool
    ) throws {
        pieces.sort(by: UsagePiece.wasMadeBefore)
        var unpacked: [UsagePiece] = []
        var farthest = pieces.first
        for index in pieces.indices {
            let isLate = index > 0 && farthest?.ends(before: pieces[index]) == false
            let isLong = index + 1 < pieces.count && !pieces[index].ends(before: pieces[index + 1])
            if let reached = farthest, !pieces[index].ends(before: reached) {
                farthest = pieces[index]
            }
            guard case .block(let block) = pieces[index], isLate || isLong || wantsRows(block)
            else {
                unpacked.append(pieces[index])
                continue
            }
            let found = try blocks(of: block.run, in: block.hour).first { $0.block.id == block.id }
            if case .rows(let rows)? = found?.detail {
                unpacked += rows.map(UsagePiece.row)
            } else {
                unpacked.append(pieces[index])
            }
        }
        unpacked.sort(by: UsagePiece.wasMadeBefore)
        pieces = unpacked
    }
}

/// What usage is added up from.
private enum UsagePiece {
    case row(SampleRow)
    case block(SampleBlock)

    var run: RunID {
        switch self {
        case .row(let row): row.run
        case .block(let block): block.run
        }
    }

    var at: Timestamp {
        switch self {
        case .row(let row): row.at
        case .block(let block): block.at
        }
    }

    /// Its lowest and highest place in the order of making.
    var sequences: ClosedRange<Int64> {
        switch self {
        case .row(let row): row.sequence...row.sequence
        case .block(let block):
            block.firstSequence...max(block.firstSequence, block.lastSequence)
        }
    }

    /// Rows of one place are in order of time.
    static func wasMadeBefore(_ one: Self, _ other: Self) -> Bool {
        (one.sequences.lowerBound, one.at) < (other.sequences.lowerBound, other.at)
    }

    /// Whether all of it was made before `next`, which comes after it.
    func ends(before next: Self) -> Bool {
        let end = sequences.upperBound
        let start = next.sequences.lowerBound
        return end < start || (end == start && at <= next.at)
    }
}

extension [UsagePiece] {
    /// Whether each was made before the next.
    fileprivate var isInOrder: Bool {
        indices.dropFirst().allSatisfy { self[$0 - 1].ends(before: self[$0]) }
    }
}

extension UsageAccumulator {
    fileprivate mutating func add(_ piece: UsagePiece) {
        switch piece {
        case .row(let row): add(row)
        case .block(let block): add(block)
        }
    }
}
