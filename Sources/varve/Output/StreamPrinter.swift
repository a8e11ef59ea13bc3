import HistoryModel

/// Prints records as they come, each at once: in a table, whose columns are fixed from the start on, in
/// CSV, or as NDJSON.
struct StreamPrinter<Record> {
    private enum Writer {
        case table(TableLayout)
        case data(RecordPrinter<Record, StandardOutput>)
    }

    private let fields: [Field<Record>]
    private let output: StandardOutput
    private let terminal: Terminal
    private let zone: LocalZone
    private var writer: Writer

    /// A printer to `output`, the headings already printed.
    ///
    /// - Parameter samples: Records whose cells a column has room for at least.
    /// - Precondition: `format` is not `json`, whose list has an end.
    init(
        _ fields: [Field<Record>], as format: OutputFormat, to output: StandardOutput,
        on terminal: Terminal, zone: LocalZone = .current, withRoomFor samples: [Record]
    ) throws(OutputError) {
        precondition(format != .json, "a JSON list has an end")
        self.fields = fields
        self.output = output
        self.terminal = terminal
        self.zone = zone
        guard format == .table else {
            writer = .data(
                try RecordPrinter(fields, as: format, listName: "", to: output, on: terminal))
            try output.flush()
            return
        }
        let columns = fields.compactMap { $0.column(on: terminal) }
        var widths = columns.map(\.heading.displayWidth)
        for sample in samples {
            let cells = fields.compactMap { $0.cell(of: sample, in: zone, on: terminal) }
            widths = zip(widths, cells).map { max($0, $1.width) }
        }
        var layout = TableLayout(columns, widths: widths, on: terminal)
        layout.widenLastElasticColumn()
        writer = .table(layout)
        // Where others have it last there is no last line.
        if let note = layout.omissionNote { try output.write(note) }
        try output.write(layout.headings)
        try output.flush()
    }

    /// Prints `records`, and shows them now.
    mutating func add(_ records: [Record]) throws(OutputError) {
        switch writer {
        case .table(let layout):
            for record in records {
                try output.write(
                    layout.line(
                        fields.compactMap { $0.cell(of: record, in: zone, on: terminal) }))
                try output.flush()
            }
        case .data(var printer):
            for record in records {
                try printer.add(record)
                try output.flush()
            }
            writer = .data(printer)
        }
    }
}
