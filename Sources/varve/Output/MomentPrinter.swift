import HistoryModel
import HistoryStore

/// Prints a moment: two tables for people, one object for programs.
struct MomentPrinter {
    let moment: CatalogMoment
    let around: Duration
    var zone = LocalZone.current

    /// Below so many columns a table holds the most important only.
    private static let wide = 110

    func print(
        as format: OutputFormat, to sink: some TextSink, on terminal: Terminal
    ) throws(OutputError) {
        let isWide = terminal.columns.map { $0 >= Self.wide } ?? true
        let fields = MomentFields(
            at: moment.at, isWide: isWide,
            hasLabels: moment.sandboxes.contains { !$0.run.labels.isEmpty }
        ).all
        let events = MomentEventFields.all(at: moment.at, isWide: isWide)
        switch format {
        case .table: try printTables(fields, events, to: sink, on: terminal)
        case .csv, .ndjson:
            try printRecords(
                moment.sandboxes, fields, as: format, listName: "sandboxes", to: sink, on: terminal)
        case .json: try printObject(fields, events, to: sink)
        }
    }

    private func printTables(
        _ fields: [Field<SandboxMoment>], _ events: [Field<RunEvent>], to sink: some TextSink,
        on terminal: Terminal
    ) throws(OutputError) {
        func title(_ text: String) throws(OutputError) {
            let fitted = terminal.columns.map { text.truncated(toWidth: $0) } ?? text
            try sink.write(TextStyle.heading.applied(to: fitted, on: terminal) + "\n")
        }
        if !moment.sandboxes.isEmpty {
            try title("At \(moment.at.description(in: zone))")
            try printRecords(
                moment.sandboxes, fields, as: .table, listName: "sandboxes", to: sink,
                on: terminal, zone: zone)
        }
        guard !moment.events.isEmpty else { return }
        if !moment.sandboxes.isEmpty { try sink.write("\n") }
        try title(
            "Within \(around.compactText) of \(moment.at.description(in: zone))")
        try printRecords(
            moment.events, events, as: .table, listName: "events", to: sink, on: terminal,
            zone: zone)
    }

    private func printObject(
        _ fields: [Field<SandboxMoment>], _ events: [Field<RunEvent>], to sink: some TextSink
    ) throws(OutputError) {
        var json = JSONWriter(to: sink)
        try json.beginObject()
        try json.key("at")
        try json.value(.time(moment.at))
        try json.key("around_ms")
        try json.value(FieldValue(around.milliseconds))
        try json.key("sandboxes")
        try json.beginArray()
        for sandbox in moment.sandboxes { try json.record(sandbox, fields) }
        try json.endArray()
        try json.key("events")
        try json.beginArray()
        for event in moment.events { try json.record(event, events, onOneLine: true) }
        try json.endArray()
        try json.endObject()
        try json.endDocument()
    }
}
