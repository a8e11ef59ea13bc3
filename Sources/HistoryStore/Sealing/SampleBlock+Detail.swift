internal import HistoryModel
internal import SQLite

extension SampleBlock {
    /// What can be read of the hour's intervals.
    enum Detail {
        /// All of them, in the order in which they were made.
        case rows([SampleRow])
        /// None any more: only the summary was kept.
        case forgotten
        /// They are there and cannot be read; why, as the end of a sentence.
        case unreadable(String)
    }

    /// ``selectList`` and, in the column after it, the detail.
    static let selectWithDetail = """
        SELECT \(selectList), d.detail
        FROM sample_block AS b LEFT JOIN sample_detail AS d ON d.block_id = b.id
        """

    /// The same of every block, in the order of ids, and in one more column the name of its sandbox, if
    /// there is one.
    static let selectAllWithSandbox = """
        SELECT \(selectList), d.detail, s.name
        FROM sample_block AS b
        LEFT JOIN sample_detail AS d ON d.block_id = b.id
        LEFT JOIN run AS r ON r.id = b.run_id
        LEFT JOIN sandbox AS s ON s.id = r.sandbox_id
        ORDER BY b.id
        """

    /// Reads the detail of the block that `statement`, a ``selectWithDetail``, stands at.
    func detail(reading statement: borrowing Statement) -> Detail {
        guard hasDetail else { return .forgotten }
        guard let bytes = statement.blob(at: Self.selectCount) else {
            return .unreadable("its detail is missing")
        }
        return decode(bytes)
    }

    private func decode(_ bytes: [UInt8]) -> Detail {
        do throws(BlockError) {
            let rows = try SampleDetail.decode(bytes, of: run)
            let problem = Self.problem(
                ofRows: rows.count, at: rows.lazy.map(\.at), expected: rowCount, in: hour)
            return problem.map(Detail.unreadable) ?? .rows(rows)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// What is wrong with the number of rows or their times; `nil` if nothing is.
    ///
    /// - Parameter starts: The times, or the first and the last of them.
    static func problem(
        ofRows count: Int, at starts: some Collection<Timestamp>, expected: Int64, in hour: Hour
    ) -> String? {
        guard Int64(count) == expected else {
            return "its detail holds \(count) rows, and its summary speaks of \(expected)"
        }
        let (first, last) = (hour.first, hour.last)
        return starts.allSatisfy { $0 >= first && $0 <= last }
            ? nil : "its detail holds rows of another hour"
    }

    /// The run and the hour, as findings begin.
    func place(inSandbox sandbox: String) -> String {
        "run \(run) of '\(sandbox.escapedForDisplay)', hour \(hour.first.rfc3339)"
    }
}

extension Connection {
    /// The blocks of `run` in `hour`: one, or several if one could not be opened again.
    func blocks(
        of run: RunID, in hour: Hour
    ) throws -> [(block: SampleBlock, detail: SampleBlock.Detail)] {
        try withStatement(
            "\(SampleBlock.selectWithDetail) WHERE b.run_id = ?1 AND b.at_ms BETWEEN ?2 AND ?3"
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(hour.first.unixMilliseconds, at: 2)
            try statement.bind(hour.last.unixMilliseconds, at: 3)
            var found: [(SampleBlock, SampleBlock.Detail)] = []
            while try statement.step() {
                let block = SampleBlock(reading: statement)
                found.append((block, block.detail(reading: statement)))
            }
            return found
        }
    }
}
