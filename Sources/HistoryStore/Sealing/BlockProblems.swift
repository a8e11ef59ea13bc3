internal import HistoryModel
internal import SQLite

extension Connection {
    /// What is wrong with blocks and final moments, a sentence each.
    func detailProblems() throws -> [String] {
        do {
            return try blockProblems() + finalMomentsProblems()
        } catch let error as SQLiteError {
            // Damage keeps the rest from being looked at, and is a finding itself.
            guard error.isCorrupt else { throw error }
            return ["not all blocks could be checked: \(error.message)"]
        }
    }

    private func blockProblems() throws -> [String] {
        try withStatement(SampleBlock.selectAllWithSandbox) { statement in
            var problems: [String] = []
            while try statement.step() {
                let block = SampleBlock(reading: statement)
                let place = block.place(
                    inSandbox: statement.text(at: SampleBlock.selectCount + 1) ?? "?")
                switch block.detail(reading: statement) {
                case .forgotten:
                    if statement.columnType(at: SampleBlock.selectCount) != .null {
                        problems.append("\(place): its detail is there, but counts as forgotten")
                    }
                case .unreadable(let reason):
                    problems.append("\(place): \(reason)")
                case .rows(let rows):
                    let wrong = block.fieldsUnlike(rows)
                    if !wrong.isEmpty {
                        problems.append(
                            "\(place): its summary is not that of its detail "
                                + "(\(wrong.joined(separator: ", ")))")
                    }
                    // While the outer statement runs, both see the same state of the catalog.
                    if try hasRow(of: block.run, in: block.hour) {
                        problems.append("\(place): it is sealed, and has rows besides")
                    }
                }
            }
            return problems
        }
    }

    private func hasRow(of run: RunID, in hour: Hour) throws -> Bool {
        try withStatement(
            "SELECT 1 FROM sample WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3 LIMIT 1"
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(hour.first.unixMilliseconds, at: 2)
            try statement.bind(hour.last.unixMilliseconds, at: 3)
            return try statement.step()
        }
    }

    private func finalMomentsProblems() throws -> [String] {
        try withStatement(
            """
            SELECT m.run_id, m.sample_count, m.detail, s.name
            FROM final_moments AS m
            LEFT JOIN run AS r ON r.id = m.run_id
            LEFT JOIN sandbox AS s ON s.id = r.sandbox_id
            ORDER BY m.run_id
            """
        ) { statement in
            var problems: [String] = []
            while try statement.step() {
                let name = (statement.text(at: 3) ?? "?").escapedForDisplay
                let place = "the final moments of run \(statement.integer(at: 0) ?? 0) of '\(name)'"
                let bytes = statement.blob(at: 2) ?? []
                if let problem = Self.momentsProblem(bytes, count: statement.integer(at: 1) ?? 0) {
                    problems.append(place + problem)
                }
            }
            return problems
        }
    }
}

extension Connection {
    /// The end of a sentence; `nil` if nothing is wrong.
    private static func momentsProblem(_ bytes: [UInt8], count: Int64) -> String? {
        do throws(BlockError) {
            let samples = try MomentsDetail.decode(bytes)
            return Int64(samples.count) == count
                ? nil : " hold \(samples.count) samples and speak of \(count)"
        } catch {
            return ": \(error)"
        }
    }
}

extension SampleBlock {
    /// The names of what the summary of `rows` has otherwise.
    func fieldsUnlike(_ rows: [SampleRow]) -> [String] {
        guard !rows.isEmpty else { return ["row_count"] }
        let other = SampleBlock(summingUp: rows, at: at)
        var names: [String] = []
        func compare(_ name: String, _ same: Bool) {
            if !same { names.append(name) }
        }
        compare("interval", intervalMilliseconds == other.intervalMilliseconds)
        compare("first_at", firstAt == other.firstAt)
        compare("last_at", lastAt == other.lastAt)
        compare("first_sequence", firstSequence == other.firstSequence)
        compare("last_sequence", lastSequence == other.lastSequence)
        compare("sample_count", sampleCount == other.sampleCount)
        compare("implausible_count", implausibleCount == other.implausibleCount)
        for metric in Metric.gauges {
            compare(metric.rawValue, gauges[metric.index] == other.gauges[metric.index])
        }
        for metric in Metric.counters {
            compare(metric.rawValue, counters[metric.index] == other.counters[metric.index])
        }
        return names
    }
}
