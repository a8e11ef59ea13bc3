internal import HistoryModel
internal import SQLite

/// What the catalog's row of a run says that its usage in a window depends on.
struct MeteredRun {
    var id: RunID
    var sandbox: String
    var startedAt: Timestamp
    /// When it ended, not before it started; `nil` if it goes on.
    var terminatedAt: Timestamp?
    var durationNanoseconds: Int64?
    var hasFailed: Bool
    var memoryLimitBytes: Int64?
    /// The totals of its summary, by the metric's index.
    var totals: [Int64?]
    /// Whether the summary tells all that its rows tell.
    var isClosed: Bool
    /// Its values of the labels that were asked for, in their order.
    var labels: [String?]
    /// What was asked for in SQL.
    var value: Int64?

    /// How long it ran up to `instant`, or to its end, by the wall clock.
    func age(at instant: Int64) -> Int64 {
        max(0, Timestamp(unixMilliseconds: instant).milliseconds(since: startedAt))
    }

    /// How long it ran: monotonic where that was measured.
    var duration: Int64? {
        guard let terminatedAt else { return nil }
        return durationNanoseconds.map { max(0, $0 / 1_000_000) }
            ?? age(at: terminatedAt.unixMilliseconds)
    }
}

extension Connection {
    /// Gives the runs that `query` asks for, one after the other, with their values of `labels`, and that
    /// of the SQL expression `value`.
    func forEachMeteredRun(
        matching query: RunQuery, labels: [String] = [], value: String? = nil,
        _ body: (MeteredRun) throws -> Void
    ) throws {
        let selection = RunSelection(query)
        let hours = query.range.wholeHours
        let bounds = [query.range.start, query.range.end, hours.start, hours.end]
        let boundCount = value == nil ? 0 : bounds.count
        try withStatement(
            MeteredRun.query(
                selection, order: query.order ?? RunOrder(.started), limit: query.limit,
                value: value, labelParameters: (1...).prefix(labels.count).map { $0 + boundCount })
        ) { statement in
            for (index, bound) in bounds.prefix(boundCount).enumerated() {
                try statement.bind(bound?.unixMilliseconds, at: Int32(index) + 1)
            }
            for (index, label) in labels.enumerated() {
                try statement.bind(label, at: Int32(boundCount + index) + 1)
            }
            try selection.bind(to: &statement, after: Int32(boundCount + labels.count))
            while try statement.step() {
                try body(MeteredRun(reading: statement, labelCount: labels.count))
            }
        }
    }
}

extension MeteredRun {
    /// What ``init(_:reading:)`` reads behind the columns of an outline.
    static let totalColumns = """
        r.cpu_time_ns, r.disk_read_bytes, r.disk_write_bytes, r.net_rx_bytes, r.net_tx_bytes
        """

    /// The run of `outline`, whose row goes on with ``totalColumns``.
    init(_ outline: RunOutline, reading row: borrowing Statement) {
        let isRunning = outline.status == .running
        self.init(
            id: outline.id, sandbox: outline.sandbox.name, startedAt: outline.startedAt,
            terminatedAt: isRunning
                ? nil : max(outline.startedAt, outline.terminatedAt ?? outline.startedAt),
            durationNanoseconds: row.integer(at: RunOutline.durationColumn),
            hasFailed: outline.hasFailed, memoryLimitBytes: outline.memoryLimitBytes,
            totals: (0..<5).map { row.integer(at: RunOutline.columnCount + $0) },
            isClosed: outline.sampleCount != nil, labels: [], value: nil)
    }

    private static let columns = [
        "id", "status = 'Running'", "started_at_ms", "terminated_at_ms", "duration_ns",
        "exit_code", "exit_signal", "termination_reason", "memory_limit_bytes",
        "sample_count IS NOT NULL", "cpu_time_ns", "disk_read_bytes", "disk_write_bytes",
        "net_rx_bytes", "net_tx_bytes",
    ]

    /// The runs of `selection` with their values of labels, and with `value`, an expression over the run
    /// `r`, the window from ?1 up to ?2, and its whole hours from ?3 up to ?4.
    fileprivate static func query(
        _ selection: RunSelection, order: RunOrder, limit: Int?, value: String?,
        labelParameters: [Int]
    ) -> String {
        let labels = labelParameters.map {
            ", (SELECT l.value FROM run_label AS l WHERE l.run_id = r.id AND l.key = ?\($0))"
        }
        return """
            SELECT s.name, \(columns.map { "r.\($0)" }.joined(separator: ", ")), \(value ?? "NULL")
                \(labels.joined())
            FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            \(selection.condition)
            \(limit == nil ? "" : "ORDER BY \(order.sql) LIMIT \(max(0, limit ?? 0))")
            """
    }

    fileprivate init(reading row: borrowing Statement, labelCount: Int) {
        func narrow(_ column: Int32) -> Int32? {
            row.integer(at: column).flatMap(Int32.init(exactly:))
        }
        let start = row.integer(at: 3) ?? 0
        let isRunning = row.integer(at: 2) == 1
        id = RunID(rawValue: row.integer(at: 1) ?? 0)
        sandbox = row.text(at: 0) ?? ""
        startedAt = Timestamp(unixMilliseconds: start)
        terminatedAt =
            isRunning ? nil : Timestamp(unixMilliseconds: max(start, row.integer(at: 4) ?? start))
        durationNanoseconds = row.integer(at: 5)
        hasFailed =
            !isRunning
            && Run.hasFailed(
                code: narrow(6), signal: narrow(7),
                reason: row.text(at: 8).map(TerminationReason.init(rawValue:)))
        memoryLimitBytes = row.integer(at: 9)
        isClosed = row.integer(at: 10) == 1
        totals = (11..<16).map { row.integer(at: $0) }
        value = row.integer(at: 16)
        let firstLabel = Int32(Self.columns.count) + 2
        labels = (0..<labelCount).map { row.text(at: firstLabel + Int32($0)) }
    }
}

extension TimeRange {
    /// The hours of it that it does not cut.
    fileprivate var wholeHours: TimeRange {
        var whole = self
        if let start, Hour(of: start).first < start {
            whole.start = Hour(of: start).last.advanced(byMilliseconds: 1)
        }
        if let end { whole.end = Hour(of: end).first }
        return whole
    }
}
