internal import HistoryModel
internal import SQLite

/// A gauge whose highest samples are kept in the summaries of runs and hours.
enum PeakGauge {
    case memory
    case cpu

    init?(_ resource: TopQuery.Resource) {
        switch resource {
        case .memory: self = .memory
        case .cpu: self = .cpu
        case .disk, .net: return nil
        }
    }

    var metric: Metric { self == .memory ? .memory : .cpu }

    func maximum(of row: SampleRow) -> Int64? { row[gauge: metric]?.maximum }

    private var column: String { "\(metric.columnPrefix)_max_\(metric.columnUnit)" }

    private static let inWindow = """
        run_id = ?1 AND at_ms >= coalesce(?2, -9223372036854775808)
            AND at_ms <= coalesce(?3, 9223372036854775807)
        """

    /// What the index `sample_block_peaks` demands of a query: the word for word condition of it.
    private static let isIndexed =
        "coalesce(memory_max_bytes, cpu_max_centipercent) IS NOT NULL"

    /// The highest sample of a run in ``MeteredRun``'s query: from its summary if
    /// the window holds it whole, else from the hours that the window does not cut, and from rows.
    var peakOfRun: String {
        let isHeldFromStart = "coalesce(r.started_at_ms >= ?1, 1)"
        let isHeldToEnd = """
            (?2 IS NULL OR (r.status <> 'Running'
                AND max(r.started_at_ms, coalesce(r.terminated_at_ms, r.started_at_ms)) < ?2))
            """
        func maximum(of table: String, from start: String, until end: String) -> String {
            """
            SELECT max(\(column)) AS peak FROM \(table) WHERE run_id = r.id AND \(Self.isIndexed)
                AND at_ms >= iif(\(isHeldFromStart), -9223372036854775808, \(start))
                AND at_ms <= iif(\(isHeldToEnd), 9223372036854775807, \(end) - 1)
            """
        }
        return """
            CASE WHEN r.sample_count IS NOT NULL AND \(isHeldFromStart) AND \(isHeldToEnd)
            THEN r.\(column)
            ELSE (SELECT max(peak) FROM (
                \(maximum(of: "sample_block", from: "?3", until: "?4"))
                UNION ALL \(maximum(of: "sample", from: "?1", until: "?2"))))
            END
            """
    }

    /// The hours whose highest sample is the value 4 or more, in order of time.
    var peakHoursQuery: String { self == .memory ? Self.memoryHoursQuery : Self.cpuHoursQuery }

    /// The first row with the value 4.
    var peakRowQuery: String { self == .memory ? Self.memoryRowQuery : Self.cpuRowQuery }

    // Put together once: each of the largest is asked for by one.
    private static let memoryHoursQuery = hoursQuery(of: PeakGauge.memory.column)
    private static let cpuHoursQuery = hoursQuery(of: PeakGauge.cpu.column)
    private static let memoryRowQuery = rowQuery(of: PeakGauge.memory.column)
    private static let cpuRowQuery = rowQuery(of: PeakGauge.cpu.column)

    private static func hoursQuery(of column: String) -> String {
        """
        SELECT id, at_ms FROM sample_block
        WHERE \(inWindow) AND \(isIndexed) AND \(column) >= ?4 ORDER BY at_ms
        """
    }

    private static func rowQuery(of column: String) -> String {
        """
        SELECT at_ms, last_at_ms FROM sample
        WHERE \(inWindow) AND \(column) = ?4 ORDER BY at_ms LIMIT 1
        """
    }
}

extension Connection {
    /// The highest sample in those rows of `hour` that belong to the window, if it is above `least`.
    func edgePeak(
        of gauge: PeakGauge, in run: MeteredRun, _ hour: Hour, _ cut: RunCut, above least: Int64?,
        _ problems: inout [String]
    ) throws -> Int64? {
        var peak: Int64?
        try forEachHour(
            of: gauge, reaching: least.map { $0.clampingAdd(1) } ?? .min, in: run,
            from: hour.first, to: hour.last
        ) { id, _ in
            for row in try rows(ofBlock: id, in: run, &problems) where cut.holds(row.at) {
                guard let value = gauge.maximum(of: row) else { continue }
                peak = max(peak ?? value, value)
            }
            return true
        }
        return peak
    }

    /// When `run` first reached `value`, its peak in the window: the hour or the interval.
    func peakRange(
        of value: Int64, _ gauge: PeakGauge, in run: MeteredRun, _ cut: RunCut,
        _ precision: TopQuery.Precision, _ problems: inout [String]
    ) throws -> TimeRange? {
        var found = try withStatement(gauge.peakRowQuery) { statement -> TimeRange? in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(cut.from, at: 2)
            try statement.bind(cut.last, at: 3)
            try statement.bind(value, at: 4)
            guard try statement.step() else { return nil }
            return statement.range()
        }
        let from = Hour(of: Timestamp(unixMilliseconds: cut.from ?? .min))
        let to = Hour(of: Timestamp(unixMilliseconds: cut.last ?? .max))
        try forEachHour(of: gauge, reaching: value, in: run, from: from.first, to: to.last) {
            id, hour in
            if let row = found?.start, row < hour.first { return false }
            let isWhole = cut.holds(hour.first) && cut.holds(hour.last)
            if isWhole, precision == .hour {
                found = TimeRange(from: hour.first, until: hour.last.advanced(byMilliseconds: 1))
                return false
            }
            let rows = try rows(ofBlock: id, in: run, &problems).filter {
                cut.holds($0.at) && gauge.maximum(of: $0) == value
            }
            guard let row = rows.min(by: { $0.at < $1.at }) else { return true }
            if found?.start.map({ row.at < $0 }) ?? true {
                found = TimeRange(from: row.at, until: row.lastAt)
            }
            return false
        }
        return found
    }

    /// Gives the sealed hours of `run` whose highest sample is `least` or more, in order of time, until
    /// `body` says no.
    private func forEachHour(
        of gauge: PeakGauge, reaching least: Int64, in run: MeteredRun, from: Timestamp,
        to last: Timestamp, _ body: (_ id: Int64, _ hour: Hour) throws -> Bool
    ) throws {
        try withStatement(gauge.peakHoursQuery) { statement in
            try statement.bind(run.id.rawValue, at: 1)
            try statement.bind(from.unixMilliseconds, at: 2)
            try statement.bind(last.unixMilliseconds, at: 3)
            try statement.bind(least, at: 4)
            while try statement.step() {
                let at = Timestamp(unixMilliseconds: statement.integer(at: 1) ?? 0)
                guard try body(statement.integer(at: 0) ?? 0, Hour(of: at)) else { return }
            }
        }
    }

    /// The intervals of a sealed hour, or where they cannot be read, one that is as long as the hour.
    private func rows(
        ofBlock id: Int64, in run: MeteredRun, _ problems: inout [String]
    ) throws -> [SampleRow] {
        try withStatement("\(SampleBlock.selectWithDetail) WHERE b.id = ?1") { statement in
            try statement.bind(id, at: 1)
            guard try statement.step() else { return [] }
            let block = SampleBlock(reading: statement)
            switch block.detail(reading: statement) {
            case .rows(let rows): return rows
            case .forgotten: return [SampleRow(of: block)]
            case .unreadable(let reason):
                problems.append(
                    "\(block.place(inSandbox: run.sandbox)): \(reason); its peak is taken from the "
                        + "hour's summary")
                return [SampleRow(of: block)]
            }
        }
    }
}

extension Statement {
    fileprivate borrowing func range() -> TimeRange {
        TimeRange(
            from: Timestamp(unixMilliseconds: integer(at: 0) ?? 0),
            until: Timestamp(unixMilliseconds: integer(at: 1) ?? 0))
    }
}
