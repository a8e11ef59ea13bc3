internal import HistoryModel
internal import SQLite

extension Connection {
    /// Adds to `pool` the highest values of `gauges` of all runs, or of `runs`.
    ///
    /// The summaries come first, those with the highest value before the others; an hour whose highest
    /// value is already reached in all steps that it lies in is not decoded.
    ///
    /// - Returns: The hours that should be readable and are not, a sentence each.
    func addMaxima(
        of gauges: [Metric], _ runs: [RunKey]?, in range: TimeRange, to pool: inout SeriesPool
    ) throws -> [String] {
        try addHotMaxima(of: gauges, runs, in: range, to: &pool)
        var hours = try hourMaxima(of: gauges, runs, in: range)
        hours.sort {
            ($0.hour, $1.maxima[0] ?? .min, $0.id) < ($1.hour, $0.maxima[0] ?? .min, $1.id)
        }
        var problems: [String] = []
        var reader = BlockReader()
        for hour in hours where hour.mayRaise(pool) {
            if try !addDetail(of: hour, gauges, in: range, by: &reader, to: &pool) {
                guard let block = try block(hour.id) else { continue }
                if let reason = try unreadableReason(of: block) {
                    problems.append(
                        block.problem(reason, inSandbox: try sandbox(of: block.run)))
                }
                for (index, maximum) in hour.maxima.enumerated() {
                    guard let maximum else { continue }
                    let at = SampleRow(of: block).at.unixMilliseconds
                    pool.add(maximum: maximum, of: index, at: pool.start(of: at))
                }
            }
        }
        return problems
    }

    private func condition(_ runs: [RunKey]?) -> String {
        runs == nil ? "" : "AND run_id IN (SELECT value FROM json_each(?3))"
    }

    private func bind(
        _ range: TimeRange, _ runs: [RunKey]?, reachingBack milliseconds: Int64,
        to statement: inout Statement
    ) throws {
        try statement.bind(
            range.start?.advanced(byMilliseconds: -milliseconds).unixMilliseconds ?? .min, at: 1)
        try statement.bind(range.end?.unixMilliseconds ?? .max, at: 2)
        guard let runs else { return }
        let list = runs.map { "\($0.id.rawValue)" }.joined(separator: ",")
        try statement.bind("[\(list)]", at: 3)
    }

    private func hourMaxima(
        of gauges: [Metric], _ runs: [RunKey]?, in range: TimeRange
    ) throws -> [HourMaxima] {
        let maxima = gauges.map { "\($0.columnPrefix)_max_\($0.columnUnit)" }
        return try withStatement(
            """
            SELECT id, at_ms, has_detail, row_count, last_at_ms,
                \(maxima.joined(separator: ", "))
            FROM sample_block
            WHERE has_detail IN (0, 1) AND at_ms >= ?1 AND at_ms < ?2 \(condition(runs))
            """
        ) { statement in
            // An hour may begin before the window and reach into it.
            try bind(range, runs, reachingBack: Hour.milliseconds, to: &statement)
            let start = range.start?.unixMilliseconds ?? .min
            var hours: [HourMaxima] = []
            while try statement.step() {
                let lastAt = statement.integer(at: 4) ?? 0
                guard lastAt >= start else { continue }
                let count = statement.columnCount
                hours.append(
                    HourMaxima(
                        id: statement.integer(at: 0) ?? 0,
                        hour: Hour(of: Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0)),
                        hasDetail: statement.integer(at: 2) != 0,
                        rowCount: statement.integer(at: 3) ?? 0,
                        lastAt: lastAt, maxima: (5..<count).map { statement.integer(at: $0) }))
            }
            return hours
        }
    }

    /// Adds the maxima of the intervals of an hour; `false` if they are not there, or cannot be read.
    private func addDetail(
        of hour: HourMaxima, _ gauges: [Metric], in range: TimeRange,
        by reader: inout BlockReader, to pool: inout SeriesPool
    ) throws -> Bool {
        guard hour.hasDetail else { return false }
        return try withStatement("SELECT detail FROM sample_detail WHERE block_id = ?1") {
            statement in
            try statement.bind(hour.id, at: 1)
            guard try statement.step() else { return false }
            return statement.withBlob(at: 0) { bytes in
                do throws(BlockError) {
                    return try hour.add(bytes, gauges, in: range, by: &reader, to: &pool)
                } catch {
                    return false
                }
            } ?? false
        }
    }

    private func unreadableReason(of block: SampleBlock) throws -> String? {
        guard block.hasDetail else { return nil }
        let found = try blocks(of: block.run, in: block.hour).first { $0.block.id == block.id }
        guard case .unreadable(let reason)? = found?.detail else { return nil }
        return reason
    }

    private func sandbox(of run: RunID) throws -> String {
        try withStatement(
            "SELECT s.name FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id WHERE r.id = ?1"
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            return try statement.step() ? statement.text(at: 0) ?? "" : ""
        }
    }

    /// Adds what is not sealed.
    private func addHotMaxima(
        of gauges: [Metric], _ runs: [RunKey]?, in range: TimeRange, to pool: inout SeriesPool
    ) throws {
        let maxima = gauges.map { "\($0.columnPrefix)_max_\($0.columnUnit)" }
        try withStatement(
            """
            SELECT at_ms, \(maxima.joined(separator: ", ")) FROM sample
            WHERE last_at_ms >= ?1 AND at_ms < ?2 \(condition(runs))
            """
        ) { statement in
            try bind(range, runs, reachingBack: 0, to: &statement)
            while try statement.step() {
                let start = pool.start(of: statement.integer(at: 0) ?? 0)
                for index in gauges.indices {
                    guard let maximum = statement.integer(at: Int32(index) + 1) else { continue }
                    pool.add(maximum: maximum, of: index, at: start)
                }
            }
        }
    }
}

/// The highest values of an hour of a run.
private struct HourMaxima {
    let id: Int64
    let hour: Hour
    let hasDetail: Bool
    let rowCount: Int64
    let lastAt: Int64
    /// One for each gauge; `nil` if no sample held it.
    let maxima: [Int64?]

    /// Whether a step that the hour lies in may still have to be raised.
    func mayRaise(_ pool: SeriesPool) -> Bool {
        for (index, maximum) in maxima.enumerated() {
            guard let maximum else { continue }
            var start = pool.start(of: hour.first.unixMilliseconds)
            let last = min(lastAt, hour.last.unixMilliseconds)
            repeat {
                guard let reached = pool.maximum(of: index, at: start), reached >= maximum else {
                    return true
                }
                start = pool.end(of: start)
            } while start <= last
        }
        return false
    }

    /// Adds the intervals of the hour in `range`; `false` if they are not those that it should have.
    func add(
        _ bytes: RawSpan, _ gauges: [Metric], in range: TimeRange, by reader: inout BlockReader,
        to pool: inout SeriesPool
    ) throws(BlockError) -> Bool {
        var columns: ColumnIDs = [ColumnID.at, ColumnID.lastDelay]
        for gauge in gauges { columns.insert(ColumnID.value(of: gauge)) }
        try reader.read(bytes, only: columns)
        let block = reader.block
        let starts = try block.required(ColumnID.at)
        guard
            SampleBlock.problem(
                ofRows: starts.count, at: starts.lazy.map(Timestamp.init(unixMilliseconds:)),
                expected: rowCount, in: hour) == nil
        else { return false }
        let delays = block.zeroUnlessGiven(ColumnID.lastDelay)
        let (from, to) = (range.start?.unixMilliseconds ?? .min, range.end?.unixMilliseconds)
        for (index, gauge) in gauges.enumerated() {
            // The rows of a step follow each other.
            var step: (start: Int64, end: Int64, highest: Int64)?
            block[ColumnID.value(of: gauge)]?.forEach { row, value in
                let at = starts[row]
                guard at &+ delays[row] >= from, to.map({ at < $0 }) ?? true else { return }
                if let open = step, at >= open.start, at < open.end {
                    step?.highest = max(open.highest, value)
                } else {
                    if let step { pool.add(maximum: step.highest, of: index, at: step.start) }
                    let start = pool.start(of: at)
                    step = (start, pool.end(of: start), value)
                }
            }
            if let step { pool.add(maximum: step.highest, of: index, at: step.start) }
        }
        return true
    }
}
