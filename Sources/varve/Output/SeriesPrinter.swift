import HistoryModel

/// Prints a series: points and gaps in one table for people, in one object for programs.
struct SeriesPrinter {
    let series: Series
    let range: TimeRange

    /// A line of the table: a step with data, or a stretch without.
    private enum Line: Sendable {
        case point(Series.Point)
        case gap(Series.Gap)

        var at: Timestamp {
            switch self {
            case .point(let point): point.at
            case .gap(let gap): gap.from
            }
        }
    }

    func print(
        as format: OutputFormat, to sink: some TextSink, on terminal: Terminal
    ) throws(OutputError) {
        switch format {
        case .table:
            try printTable(to: sink, on: terminal)
        case .csv, .ndjson:
            try printRecords(
                series.points, identityFields + pointFields, as: format, listName: "points",
                to: sink, on: terminal)
        case .json:
            try printObject(to: sink)
        }
    }

    // MARK: For programs

    private var identityFields: [Field<Series.Point>] {
        let run = series.run
        return [
            Field("run_id") { _ in FieldValue(run.id.rawValue) },
            Field("sandbox") { _ in FieldValue(run.sandbox) },
        ]
    }

    private var pointFields: [Field<Series.Point>] {
        let base: [Field<Series.Point>] = [
            Field("at") { .time($0.at) },
            Field("sample_count") { FieldValue($0.sampleCount) },
        ]
        return base + series.metrics.indices.flatMap { fields(of: series.metrics[$0], at: $0) }
    }

    private func fields(of metric: Metric, at index: Int) -> [Field<Series.Point>] {
        let scale: Double = metric == .cpu ? 100 : 1
        let value = Field<Series.Point>(metric.seriesKey) { point in
            FieldValue(point.values[index].map { $0 / scale })
        }
        guard metric.kind == .gauge else { return [value] }
        let maximum = Field<Series.Point>(metric.seriesMaximumKey) { point in
            FieldValue(point.maxima[index].map { Double($0) / scale })
        }
        return [value, maximum]
    }

    private func printObject(to sink: some TextSink) throws(OutputError) {
        var json = JSONWriter(to: sink)
        try json.beginObject()
        try json.key("series")
        try json.beginArray()
        try json.beginObject()
        let head: [FieldValue.Member] = [
            .init("run_id", FieldValue(series.run.id.rawValue)),
            .init("sandbox", FieldValue(series.run.sandbox)),
            .init("from", FieldValue(range.start ?? series.run.startedAt)),
            .init("to", FieldValue(range.end ?? series.run.terminatedAt)),
            .init("step_ms", FieldValue(series.stepMilliseconds)),
        ]
        for member in head {
            try json.key(member.key)
            try json.value(member.value)
        }
        try json.key("points")
        try json.beginArray()
        let fields = pointFields
        for point in series.points { try json.record(point, fields, onOneLine: true) }
        try json.endArray()
        try json.key("gaps")
        try json.beginArray()
        for gap in series.gaps { try json.record(gap, Self.gapFields, onOneLine: true) }
        try json.endArray()
        try json.endObject()
        try json.endArray()
        try json.endObject()
        try json.endDocument()
    }

    private static let gapFields: [Field<Series.Gap>] = [
        Field("from") { .time($0.from) },
        Field("to") { .time($0.to) },
        Field("reason") { .text($0.reason.rawValue) },
    ]

    // MARK: For people

    private func printTable(to sink: some TextSink, on terminal: Terminal) throws(OutputError) {
        guard !series.points.isEmpty else { return }
        let points = series.points.map(Line.point)
        let lines = (points + series.gaps.map(Line.gap)).sorted { $0.at < $1.at }
        var fields: [Field<Line>] = [
            Field("at", heading: "TIME", isElastic: false) { .time($0.at) }
        ]
        for index in series.metrics.indices {
            fields += columns(of: series.metrics[index], at: index)
        }
        if !series.gaps.isEmpty {
            fields.append(.tableOnly("NOTE", style: { _ in .warning }, text: Self.note))
        }
        try printRecords(
            lines, fields, as: .table, listName: "points", to: sink, on: terminal)
    }

    @Sendable private static func note(_ line: Line) -> String {
        guard case .gap(let gap) = line else { return "" }
        let length = Duration.milliseconds(gap.to.milliseconds(since: gap.from)).compactText
        return "no data for \(length): \(gap.reason.rawValue)"
    }

    private func columns(of metric: Metric, at index: Int) -> [Field<Line>] {
        let scale: Double = metric == .cpu ? 100 : 1
        let value = Field<Line>(
            metric.seriesKey, heading: metric.heading, as: metric.display, alignment: .right
        ) { line in
            guard case .point(let point) = line else { return .null }
            return FieldValue(point.values[index].map { $0 / scale })
        }
        guard metric.kind == .gauge else { return [value] }
        let maximum = Field<Line>(
            metric.seriesMaximumKey, heading: "MAX", as: metric.display, alignment: .right
        ) { line in
            guard case .point(let point) = line else { return .null }
            return FieldValue(point.maxima[index].map { Double($0) / scale })
        }
        return [value, maximum]
    }
}
