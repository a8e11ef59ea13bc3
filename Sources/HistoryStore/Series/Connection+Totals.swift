internal import HistoryModel
internal import SQLite

extension Connection {
    /// What each of `counters` had reached before the last row that lies before a window, by the
    /// summaries of hours and by the rows that are not sealed.
    func totals(
        of counters: [Metric], of run: Run, before range: TimeRange
    ) throws -> [CounterTotal] {
        var totals = counters.map { _ in CounterTotal() }
        guard let start = range.start?.unixMilliseconds else { return totals }
        for (table, order, fallen) in [
            ("sample_block", "first_sequence, last_sequence", true),
            ("sample", "sequence, sequence", false),
        ] {
            let columns = counters.flatMap { metric in
                let ends = ["first", "last"] + (fallen ? ["fallen"] : [])
                return ends.map { "\(metric.columnPrefix)_\($0)_\(metric.columnUnit)" }
            }
            try withStatement(
                """
                SELECT \((["at_ms", order] + columns).joined(separator: ", ")) FROM \(table)
                WHERE run_id = ?1 AND at_ms < max(
                    coalesce((SELECT max(at_ms) FROM sample_block
                        WHERE run_id = ?1 AND at_ms < ?2 AND last_at_ms < ?2), ?3),
                    coalesce((SELECT max(at_ms) FROM sample
                        WHERE run_id = ?1 AND at_ms < ?2 AND last_at_ms < ?2), ?3))
                ORDER BY at_ms
                """
            ) { statement in
                try statement.bind(run.id.rawValue, at: 1)
                try statement.bind(start, at: 2)
                try statement.bind(Int64.min, at: 3)
                while try statement.step() {
                    totals.add(reading: statement, hasFallen: fallen)
                }
            }
        }
        return totals
    }
}

extension [CounterTotal] {
    fileprivate mutating func add(reading statement: borrowing Statement, hasFallen: Bool) {
        let first = statement.integer(at: 1) ?? 0
        let order = first...Swift.max(first, statement.integer(at: 2) ?? 0)
        var column: Int32 = 3
        for index in indices {
            if let from = statement.integer(at: column),
                let to = statement.integer(at: column + 1)
            {
                let fallen = hasFallen ? statement.integer(at: column + 2) ?? 0 : 0
                _ = self[index].add(from: from, to: to, fallen: fallen, madeAs: order)
            }
            column += hasFallen ? 3 : 2
        }
    }
}
