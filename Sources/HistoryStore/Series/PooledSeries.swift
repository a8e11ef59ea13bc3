public import HistoryModel
internal import SQLite

/// What many runs used over time, taken together.
public struct PooledSeries: Equatable, Sendable {
    /// What was asked for.
    public var columns: [Series.Column]
    /// The length of a step.
    public var stepMilliseconds: Int64
    /// The steps that hold data of any run, in order of time; their samples are not counted.
    public var points: Series.Points
    /// How many runs there are, with data or without.
    public var runCount: Int
    /// Hours whose intervals should be readable and are not, a sentence each.
    public var problems: [String]
}

extension CatalogReader {
    /// What the runs that `runs` asks for used over time, taken together.
    ///
    /// Of each step, `Statistic.avg` is the average over the samples (or of a counter the rates) of
    /// all runs, `Statistic.min` and `Statistic.max` the lowest and highest of any.
    /// `Statistic.sum` is what they had together: of a counter the growth of all, of a gauge the sum
    /// of their levels, averaged over the step, so that a run that is alive for a tenth of the step
    /// counts for a tenth. The other statistics are of single runs: their values are absent.
    ///
    /// - Parameters:
    ///   - runs: Whose measurements; all of it but the order and the limit counts.
    ///   - query: What is asked for. Rows that are longer than a step count in that in which they begin.
    ///   - now: The end of the window where neither it nor the runs have one.
    /// - Complexity: memory for the steps, not for what is in them. Where only maxima of gauges are
    ///   asked for, hours whose summary shows that they hold none are not decoded.
    public func pooledSeries(
        of runs: RunQuery = RunQuery(), _ query: SeriesQuery, now: Timestamp
    ) throws(StoreError) -> PooledSeries {
        try read { connection in
            var alive = runs
            alive.range = query.range
            let keys = try connection.runKeys(matching: alive)
            let window = TimeRange(
                from: query.range.start ?? keys.lazy.map(\.startedAt).min() ?? now,
                until: query.range.end ?? now)
            let interval = try connection.latestInterval()
            let grid = StepGrid(
                milliseconds: query.step.milliseconds(interval: interval, window: window.length)
                    ?? interval,
                offset: query.clockOffset.milliseconds)
            var pool = SeriesPool(query, grid)
            var problems: [String] = []
            if let gauges = pool.gaugesOfMaximaAlone {
                problems = try connection.addMaxima(
                    of: gauges, alive == RunQuery() ? nil : keys, in: query.range, to: &pool)
            } else {
                for key in keys {
                    pool.beginRun(key)
                    problems += try connection.forEachHour(
                        of: key, pool.metrics, reachingInto: query.range
                    ) { rows in
                        pool.add(rows)
                    }
                }
            }
            return PooledSeries(
                columns: query.columns, stepMilliseconds: grid.milliseconds ?? interval,
                points: pool.points(upTo: now), runCount: keys.count, problems: problems)
        }
    }
}

extension TimeRange {
    /// Its length in milliseconds; 0 without both ends.
    fileprivate var length: Int64 {
        guard let start, let end else { return 0 }
        return max(0, end.milliseconds(since: start))
    }
}

extension Connection {
    fileprivate func runKeys(matching query: RunQuery) throws -> [RunKey] {
        let selection = RunSelection(query)
        return try withStatement(
            """
            SELECT r.id, s.name, r.started_at_ms FROM run AS r
            JOIN sandbox AS s ON s.id = r.sandbox_id
            \(selection.condition)
            ORDER BY r.id
            """
        ) { statement in
            try selection.bind(to: &statement)
            var keys: [RunKey] = []
            while try statement.step() {
                keys.append(
                    RunKey(
                        id: RunID(rawValue: statement.integer(at: 0) ?? 0),
                        sandbox: statement.text(at: 1) ?? "",
                        startedAt: Timestamp(unixMilliseconds: statement.integer(at: 2) ?? 0)))
            }
            return keys
        }
    }

    /// The interval of what was recorded last.
    fileprivate func latestInterval() throws -> Int64 {
        let interval = try withStatement(
            """
            SELECT coalesce(
                (SELECT interval_ms FROM sample ORDER BY run_id DESC, at_ms DESC LIMIT 1),
                (SELECT interval_ms FROM sample_block ORDER BY id DESC LIMIT 1))
            """
        ) { statement in
            try statement.step() ? statement.integer(at: 0) : nil
        }
        return max(1, interval ?? 10_000)
    }
}
