import HistoryModel
import HistoryStore

/// Prints series while they are read: points and gaps in one table for people, in one object each for
/// programs.
///
/// ```swift
/// var printer = try SeriesPrinter(columns, in: range, as: .json, to: output, on: terminal, now: now)
/// try printer.begin(.run(run))
/// try printer.add(points, gaps)
/// try printer.end(stepMilliseconds: 10_000)
/// try printer.finish()
/// ```
struct SeriesPrinter<Sink: TextSink> {
    private let columns: [Series.Column]
    private let range: TimeRange
    private let sink: Sink
    private let terminal: Terminal
    private let zone: LocalZone
    private let now: Timestamp
    private var writer: Writer

    private var subject: SeriesSubject?
    private var gaps: [Series.Gap] = []
    private var lastSampleAt: Timestamp?
    /// How many points were printed, of all series.
    private(set) var pointCount = 0

    private enum Writer {
        case table(SeriesTable<Sink>?)
        case records(RecordPrinter<SeriesPoint, Sink>)
        case json(JSONWriter<Sink>)
    }

    /// A printer of series with `columns`; what must stand before the first is printed.
    init(
        _ columns: [Series.Column], in range: TimeRange, as format: OutputFormat, to sink: Sink,
        on terminal: Terminal, now: Timestamp, zone: LocalZone = .current
    ) throws(OutputError) {
        self.columns = columns
        self.range = range
        self.sink = sink
        self.terminal = terminal
        self.zone = zone
        self.now = now
        switch format {
        case .table: writer = .table(nil)
        case .csv, .ndjson:
            writer = .records(
                try RecordPrinter(
                    SeriesPoint.identity + SeriesPoint.fields(of: columns), as: format,
                    listName: "points", to: sink, on: terminal, zone: zone))
        case .json:
            var json = JSONWriter(to: sink)
            try json.beginObject()
            try json.key("series")
            try json.beginArray()
            writer = .json(json)
        }
    }

    /// Begins the series of `subject`, which is `isOneOfSeveral` where others come before or after.
    mutating func begin(
        _ subject: SeriesSubject, isOneOfSeveral: Bool = false
    ) throws(OutputError) {
        let isFirst = self.subject == nil
        self.subject = subject
        gaps = []
        lastSampleAt = nil
        switch writer {
        case .records: break
        case .table:
            let table = try SeriesTable(
                of: subject, columns, in: range, to: sink, on: terminal, zone: zone, now: now)
            if !isFirst { try sink.write("\n") }
            if isOneOfSeveral { try table.writeTitle() }
            writer = .table(table)
        case .json(var json):
            try json.beginObject()
            for member in subject.members(in: range) {
                try json.key(member.key)
                try json.value(member.value)
            }
            try json.key("points")
            try json.beginArray()
            writer = .json(json)
        }
    }

    /// Prints points, and keeps gaps for where they stand.
    ///
    /// - Parameter run: The run that they are of, where the subject has several.
    mutating func add(
        _ points: Series.Points, _ gaps: [Series.Gap], of run: Run? = nil
    ) throws(OutputError) {
        pointCount += points.count
        if let last = points.lasts.max(), points.sampleCounts.last != 0 {
            lastSampleAt = max(
                lastSampleAt ?? Timestamp(unixMilliseconds: .min), Timestamp(unixMilliseconds: last)
            )
        }
        let subject = subject ?? .together(runCount: 0, from: nil, to: nil)
        switch writer {
        case .table(var table):
            writer = .table(nil)
            try table?.add(points, gaps)
            writer = .table(table)
        case .records(var records):
            for point in points {
                try records.add(
                    SeriesPoint(run: run?.id ?? subject.runID, sandbox: subject.sandbox, point))
            }
            writer = .records(records)
        case .json(var json):
            let fields =
                (subject.hasSeveralRuns ? [SeriesPoint.runField] : [])
                + SeriesPoint.fields(of: columns)
            for point in points {
                try json.record(
                    SeriesPoint(run: run?.id, sandbox: nil, point), fields, onOneLine: true)
            }
            writer = .json(json)
            self.gaps += gaps
        }
    }

    /// Says where the next run of the sandbox begins.
    mutating func beginRun(_ run: Run) throws(OutputError) {
        guard case .table(var table) = writer else { return }
        writer = .table(nil)
        try table?.beginRun(run)
        writer = .table(table)
    }

    /// Ends the series that was begun.
    mutating func end(stepMilliseconds: Int64?) throws(OutputError) {
        switch writer {
        case .records: break
        case .table(let table): try table?.end(stepMilliseconds: stepMilliseconds, lastSampleAt)
        case .json(var json):
            try json.endArray()
            try json.key("gaps")
            try json.beginArray()
            for gap in gaps { try json.record(gap, Self.gapFields, onOneLine: true) }
            try json.endArray()
            try json.key("step_ms")
            try json.value(FieldValue(stepMilliseconds))
            try json.key("last_sample_at")
            try json.value(FieldValue(lastSampleAt))
            try json.endObject()
            writer = .json(json)
        }
    }

    /// Prints what must stand after the last series. The sink is not flushed.
    mutating func finish() throws(OutputError) {
        switch writer {
        case .table: break
        case .records(var records): try records.finish()
        case .json(var json):
            try json.endArray()
            try json.endObject()
            try json.endDocument()
        }
    }

    private static var gapFields: [Field<Series.Gap>] {
        [
            Field("from") { .time($0.from) },
            Field("to") { .time($0.to) },
            Field("reason") { .text($0.reason.rawValue) },
        ]
    }
}

/// Whose measurements a series shows.
enum SeriesSubject: Sendable {
    case run(Run)
    /// Several runs of one sandbox, the latest of them.
    case sandbox(Run, runCount: Int)
    /// Many runs, taken together.
    case together(runCount: Int, from: Timestamp?, to: Timestamp?)

    var sandbox: String? {
        switch self {
        case .run(let run), .sandbox(let run, _): run.sandbox
        case .together: nil
        }
    }

    var runID: RunID? {
        if case .run(let run) = self { run.id } else { nil }
    }

    var hasSeveralRuns: Bool {
        if case .sandbox = self { true } else { false }
    }

    /// What an object says of it before its points.
    fileprivate func members(in range: TimeRange) -> [FieldValue.Member] {
        var members: [FieldValue.Member] = []
        var (from, to) = (range.start, range.end)
        switch self {
        case .run(let run):
            members = [.init("run_id", FieldValue(run.id.rawValue))]
            from = from ?? run.startedAt
            to = to ?? run.terminatedAt
        case .sandbox(let run, let count):
            members = [.init("run_id", .null), .init("run_count", FieldValue(count))]
            to = to ?? run.terminatedAt
        case .together(let count, let first, let last):
            members = [.init("run_id", .null), .init("run_count", FieldValue(count))]
            (from, to) = (first, last)
        }
        return members + [
            .init("sandbox", FieldValue(sandbox)), .init("from", FieldValue(from)),
            .init("to", FieldValue(to)),
        ]
    }
}

/// A point with whose it is, as data.
struct SeriesPoint: Sendable {
    let run: RunID?
    let sandbox: String?
    let point: Series.Point

    init(run: RunID?, sandbox: String?, _ point: Series.Point) {
        self.run = run
        self.sandbox = sandbox
        self.point = point
    }

    static var runField: Field<SeriesPoint> {
        Field("run_id") { FieldValue($0.run?.rawValue) }
    }

    static var identity: [Field<SeriesPoint>] {
        [runField, Field("sandbox") { FieldValue($0.sandbox) }]
    }

    static func fields(of columns: [Series.Column]) -> [Field<SeriesPoint>] {
        let base: [Field<SeriesPoint>] = [
            Field("at") { .time($0.point.at) },
            Field("step_ms") { FieldValue($0.point.milliseconds) },
            // Of many runs together nobody counts them.
            Field("sample_count") {
                $0.point.sampleCount > 0 ? FieldValue($0.point.sampleCount) : .null
            },
            Field("partial") { .flag($0.point.isPartial) },
        ]
        return base
            + columns.enumerated().map { index, column in
                Field(column.key) { column.value(of: $0.point, at: index) }
            }
    }
}
