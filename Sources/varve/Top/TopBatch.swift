internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// `varve top` where no person looks on: a table, or a record for each slot, at each refresh.
struct TopBatch {
    let plan: TopPlan
    let format: OutputFormat

    /// A slot at one refresh.
    struct Record: Sendable {
        var at: Timestamp
        var row: LiveRow
    }

    /// Prints until it is ended, and never more than `plan.count` refreshes. The first is the second
    /// reading: rates need two.
    func run(to output: StandardOutput, on terminal: Terminal) throws(OutputError) {
        var table = LiveTable()
        var due = ContinuousClock.now
        var printer = try RecordPrinter(
            Self.fields, as: format, listName: "slots", to: output, on: terminal)
        var problem: String?
        var printed = 0
        table.take(plan.read())
        while plan.count.map({ printed < $0 }) ?? true {
            repeat { due += plan.interval } while due <= .now
            Self.sleep(until: due)
            table.take(plan.read())
            if let note = table.note, note != problem { Console.say(note) }
            problem = table.note
            let at = table.at ?? .now()
            let records = plan.order.sorted(table.rows, isReversed: plan.isReversed)
                .map { Record(at: at, row: $0) }
            if format == .table {
                try Self.print(table, records, isFirst: printed == 0, to: output, on: terminal)
            } else {
                for record in records { try printer.add(record) }
            }
            printed += 1
            try output.flush()
        }
        if format != .table { try printer.finish() }
    }

    private static func print(
        _ table: LiveTable, _ records: [Record], isFirst: Bool, to output: StandardOutput,
        on terminal: Terminal
    ) throws(OutputError) {
        let when = table.at?.description(in: .current) ?? ""
        let parts = [when] + LiveTotals(of: table.rows).parts
        let lines = WrappedParts.lines(of: parts, columns: terminal.columns ?? .max)
        try output.write((isFirst ? "" : "\n") + lines.joined(separator: "\n") + "\n")
        try printRecords(records, fields, as: .table, listName: "slots", to: output, on: terminal)
    }

    private static func sleep(until due: ContinuousClock.Instant) {
        while true {
            let rest = (due - .now).milliseconds
            guard rest >= 0 else { return }
            // Without descriptors a poll only waits; one that a signal cuts short is taken up again.
            _ = poll(nil, 0, Int32(min(rest + 1, 60_000)))
        }
    }

    static let fields: [Field<Record>] = [
        Field("at") { .time($0.at) },
        Field("slot") { FieldValue($0.row.slot) },
        Field("run_id", heading: "RUN", alignment: .right) { FieldValue($0.row.runID) },
        Field("sandbox", heading: "SANDBOX") { FieldValue($0.row.sandbox) },
        Field("state", heading: "STATE", isElastic: false) { .text($0.row.state.rawValue) },
        Field("pid", heading: "PID", alignment: .right) { FieldValue($0.row.pid) },
        Field("started_at") { FieldValue($0.row.startedAt) },
        Field("uptime_ms", heading: "UPTIME", as: .milliseconds) {
            FieldValue($0.row.uptimeMilliseconds)
        },
        Field("cpu_percent", heading: "CPU", as: .percent) {
            FieldValue($0.row.cpuCentipercent.map { Double($0) / 100 })
        },
        Field("memory_bytes", heading: "MEMORY", as: .bytes) { FieldValue($0.row.memoryBytes) },
        Field("memory_limit_bytes", heading: "LIMIT", as: .bytes) {
            FieldValue($0.row.memoryLimitBytes)
        },
        rate(.diskRead) { $0.diskRead }, rate(.diskWrite) { $0.diskWrite },
        rate(.netRx) { $0.netRx }, rate(.netTx) { $0.netTx },
        Field("sampled_at") { FieldValue($0.row.sampledAt) },
        Field("sample_age_ms", heading: "AGE", as: .milliseconds) {
            FieldValue($0.row.ageMilliseconds)
        },
    ]

    private static func rate(
        _ metric: Metric, _ value: @escaping @Sendable (LiveRow) -> Double?
    ) -> Field<Record> {
        let key = Series.Column(metric, .avg).key
        return Field(key, heading: metric.heading, as: .bytesPerSecond, alignment: .right) {
            FieldValue(value($0.row))
        }
    }
}
