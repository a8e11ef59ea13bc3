import HistoryModel

/// A series as a table, with a sparkline for each metric below it in a terminal.
struct SeriesTable<Sink: TextSink> {
    private let columns: [Series.Column]
    private let subject: SeriesSubject
    private let sink: Sink
    private let terminal: Terminal
    private let now: Timestamp
    private var printer: RecordPrinter<SeriesLine, Sink>
    /// The sparkline of each metric, and the column that it draws.
    private var sparklines: [(column: Int, line: Sparkline)] = []
    /// How wide the names before the sparklines are.
    private var labelWidth = 0

    init(
        of subject: SeriesSubject, _ columns: [Series.Column], in range: TimeRange, to sink: Sink,
        on terminal: Terminal, zone: LocalZone, now: Timestamp
    ) throws(OutputError) {
        self.columns = columns
        self.subject = subject
        self.sink = sink
        self.terminal = terminal
        self.now = now
        printer = try RecordPrinter(
            SeriesLine.fields(of: columns), as: .table, listName: "points", to: sink, on: terminal,
            zone: zone)
        guard terminal.isTerminal else { return }
        let from = range.start ?? subject.startedAt
        let to = range.end ?? subject.terminatedAt ?? now
        guard let from, from < to else { return }
        let drawn = columns.enumerated().filter { index, column in
            !columns[..<index].contains { $0.metric == column.metric }
        }
        labelWidth = drawn.map { $1.heading(isFirstOfMetric: true).count }.reduce(10, max)
        let width = sparklineWidth(on: terminal, besides: labelWidth)
        for (index, column) in drawn {
            let line = Sparkline(
                from: from, to: to, width: width,
                startsAtZero: column.metric == .cpu || column.isGrowth)
            sparklines.append((index, line))
        }
    }

    mutating func add(_ points: Series.Points, _ gaps: [Series.Gap]) throws(OutputError) {
        var gaps = gaps[...]
        for point in points {
            while let gap = gaps.first, gap.from <= point.at {
                try printer.add(.gap(gap))
                gaps = gaps.dropFirst()
            }
            try printer.add(.point(point))
            for index in sparklines.indices {
                guard let value = point.values[sparklines[index].column] else { continue }
                sparklines[index].line.add(
                    value, from: point.at, to: point.at.advanced(byMilliseconds: point.milliseconds)
                )
            }
        }
        for gap in gaps { try printer.add(.gap(gap)) }
    }

    mutating func beginRun(_ run: Run) throws(OutputError) {
        try printer.add(.run(run))
    }

    func end(stepMilliseconds: Int64?, _ lastSampleAt: Timestamp?) throws(OutputError) {
        var printer = printer
        try printer.finish()
        guard terminal.isTerminal, printer.count > 0, let stepMilliseconds else { return }
        var rest = ", steps of \(Duration.milliseconds(stepMilliseconds).compactText)"
        if let lastSampleAt, subject.isRunning {
            let age = Duration.milliseconds(max(0, now.milliseconds(since: lastSampleAt)))
            rest += ", last sample \(age.compactText) ago"
        }
        let title = title(beside: rest.count)
        try sink.write("\n" + TextStyle.heading.applied(to: title, on: terminal) + rest + "\n")
        for (index, line) in sparklines {
            guard let bounds = line.bounds else { continue }
            let column = columns[index]
            let name = column.heading(isFirstOfMetric: true)
            let padding = String(repeating: " ", count: max(0, labelWidth - name.count))
            let (low, high) = (text(bounds.lowerBound, column), text(bounds.upperBound, column))
            try sink.write("\(name)\(padding)  \(line.text)  \(low) to \(high)\n")
        }
    }

    private func text(_ value: Double, _ column: Series.Column) -> String {
        column.display.text(of: .number(value / column.scale), in: .utc)
    }

    /// Says whose series it is, before it: in a pipe nothing else does.
    func writeTitle() throws(OutputError) {
        guard !terminal.isTerminal else { return }
        try sink.write(title(beside: 0) + "\n")
    }

    /// Whose series it is; on a terminal a long name is cut, so that `rest` columns more have room.
    private func title(beside rest: Int) -> String {
        let beginning =
            switch subject {
            case .run(let run): "run \(run.id) of "
            case .sandbox(_, 1): "1 run of "
            case .sandbox(_, let count): "\(count) runs of "
            case .together(let count, _, _): "\(count) \(count == 1 ? "run" : "runs") together"
            }
        guard let name = subject.sandbox?.escapedForDisplay else { return beginning }
        let room = terminal.columns.map { max(12, $0 - beginning.count - 2 - rest) }
        return beginning + "'\(room.map { name.truncated(toWidth: $0) } ?? name)'"
    }
}

extension SeriesSubject {
    fileprivate var startedAt: Timestamp? {
        switch self {
        case .run(let run): run.startedAt
        case .sandbox: nil
        case .together(_, let from, _): from
        }
    }

    fileprivate var terminatedAt: Timestamp? {
        switch self {
        case .run(let run), .sandbox(let run, _): run.terminatedAt
        case .together(_, _, let to): to
        }
    }

    fileprivate var isRunning: Bool {
        switch self {
        case .run(let run), .sandbox(let run, _): run.status == .running
        case .together: false
        }
    }
}

/// A line of the table: a step with data, or a stretch without.
private enum SeriesLine: Sendable {
    case point(Series.Point)
    case gap(Series.Gap)
    case run(Run)

    var at: Timestamp {
        switch self {
        case .point(let point): point.at
        case .gap(let gap): gap.from
        case .run(let run): run.startedAt
        }
    }

    static func fields(of columns: [Series.Column]) -> [Field<SeriesLine>] {
        var fields: [Field<SeriesLine>] = [
            Field("at", heading: "TIME", isElastic: false) { .time($0.at) }
        ]
        for (index, column) in columns.enumerated() {
            let isFirst = index == 0 || columns[index - 1].metric != column.metric
            fields.append(
                Field(
                    column.key, heading: column.heading(isFirstOfMetric: isFirst),
                    as: column.display, alignment: .right,
                    // Where there is no room, other statistics give way before other metrics.
                    priority: (isFirst ? 1_000 : 0) - index, isContinuation: !isFirst
                ) { line in
                    guard case .point(let point) = line else { return .null }
                    return column.value(of: point, at: index)
                })
        }
        fields.append(
            // Why there is no data matters more than any number.
            .tableOnly("NOTE", priority: 2_000, isOptional: true, style: style, text: note))
        return fields
    }

    @Sendable private static func style(_ line: SeriesLine) -> TextStyle {
        if case .gap = line { .warning } else { .dim }
    }

    @Sendable private static func note(_ line: SeriesLine) -> String {
        switch line {
        case .gap(let gap):
            let length = Duration.milliseconds(gap.to.milliseconds(since: gap.from)).compactText
            return "no data for \(length): \(gap.reason.rawValue)"
        case .run(let run): return "run \(run.id) begins"
        case .point(let point): return point.isPartial ? "partial" : ""
        }
    }
}

private func sparklineWidth(on terminal: Terminal, besides labelWidth: Int) -> Int {
    // Between a name and "1023.9 MiB/s to 1023.9 MiB/s".
    min(max((terminal.columns ?? 80) - labelWidth - 2 - 30, 10), 120)
}
