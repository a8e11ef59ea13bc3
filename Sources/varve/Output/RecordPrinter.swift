import HistoryModel

/// Prints records of one kind in the format that was asked for.
///
/// JSON, NDJSON and CSV are written record by record and hold none; a table is held until
/// ``finish()``, because its widths depend on all rows. No records: a table prints nothing (the command
/// says so on stderr), CSV its header, JSON an empty list, NDJSON nothing.
struct RecordPrinter<Record, Sink: TextSink> {
    private enum Writer {
        case table(TableWriter)
        case csv(CSVWriter<Sink>)
        case json(JSONWriter<Sink>)
        case ndjson
    }

    private let fields: [Field<Record>]
    private let sink: Sink
    private let terminal: Terminal
    private let zone: LocalZone
    private var writer: Writer
    /// How many records were given.
    private(set) var count = 0

    /// A printer to `sink`, with what must stand before the first record already printed.
    ///
    /// `listName` is the key of the JSON list, `zone` that of the table's times.
    init(
        _ fields: [Field<Record>], as format: OutputFormat, listName: String, to sink: Sink,
        on terminal: Terminal, zone: LocalZone = .current
    ) throws(OutputError) {
        self.fields = fields
        self.sink = sink
        self.terminal = terminal
        self.zone = zone
        switch format {
        case .table:
            writer = .table(
                TableWriter(columns: fields.compactMap { $0.column(on: terminal) }))
        case .csv:
            let csv = CSVWriter(to: sink)
            try csv.header(fields.compactMap(\.key))
            writer = .csv(csv)
        case .json:
            var json = JSONWriter(to: sink)
            try json.beginObject()
            try json.key(listName)
            try json.beginArray()
            writer = .json(json)
        case .ndjson: writer = .ndjson
        }
    }

    /// Prints one record, or keeps it for the table.
    mutating func add(_ record: Record) throws(OutputError) {
        count += 1
        switch writer {
        case .table(var table):
            // Taken out, so that the rows have one owner and are not copied.
            writer = .ndjson
            table.add(fields.compactMap { $0.cell(of: record, in: zone, on: terminal) })
            writer = .table(table)
        case .csv(let csv):
            try csv.row(fields.compactMap { $0.key == nil ? nil : $0.value(record) })
        case .json(var json):
            writer = .ndjson
            try json.record(record, fields)
            writer = .json(json)
        case .ndjson:
            var line = JSONWriter(to: sink, layout: .compact)
            try line.record(record, fields)
            try line.endDocument()
        }
    }

    /// Prints what must stand after the last record. The sink is not flushed.
    mutating func finish() throws(OutputError) {
        switch writer {
        case .table(let table): try table.write(to: sink, on: terminal)
        case .json(var json):
            try json.endArray()
            try json.endObject()
            try json.endDocument()
        case .csv, .ndjson: break
        }
    }
}

/// Prints `records` with `fields` in `format`.
///
/// - Returns: how many there were.
@discardableResult
func printRecords<Record, Sink: TextSink>(
    _ records: some Sequence<Record>, _ fields: [Field<Record>], as format: OutputFormat,
    listName: String, to sink: Sink, on terminal: Terminal, zone: LocalZone = .current
) throws(OutputError) -> Int {
    var printer = try RecordPrinter(
        fields, as: format, listName: listName, to: sink, on: terminal, zone: zone)
    for record in records { try printer.add(record) }
    try printer.finish()
    return printer.count
}

extension JSONWriter {
    /// Writes a record as an object of the fields that have a key.
    mutating func record<Record>(
        _ record: Record, _ fields: [Field<Record>], onOneLine: Bool = false
    ) throws(OutputError) {
        try beginObject(onOneLine: onOneLine)
        for field in fields {
            guard let key = field.key else { continue }
            try self.key(key)
            try value(field.value(record))
        }
        try endObject()
    }
}

extension Field {
    /// The table's column; the unit stands in its heading where the cells do not have it.
    func column(on terminal: Terminal) -> TableWriter.Column? {
        guard var column, terminal.showsBaseUnits, let unit = display.rawUnit else {
            return column
        }
        column.heading += " (\(unit))"
        return column
    }

    /// The table's cell, `nil` if the table has no such column; an absent value is dim.
    func cell(of record: Record, in zone: LocalZone, on terminal: Terminal) -> TableWriter.Cell? {
        guard column != nil else { return nil }
        if let text, key == nil || !terminal.showsBaseUnits {
            return TableWriter.Cell(text(record), style: style(record))
        }
        let value = value(record)
        return TableWriter.Cell(
            terminal.showsBaseUnits
                ? display.rawText(of: value) : display.text(of: value, in: zone),
            style: value == .null ? .dim : style(record))
    }
}
