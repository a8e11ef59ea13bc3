internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db export`.
struct DatabaseExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the history for other tools.",
        discussion: """
            --plain writes an ordinary SQLite file with every interval as a row, for Grafana, \
            Datasette, DuckDB or pandas; its tables and views are described in docs/sql.md. --format \
            writes every interval as a stream: CSV, NDJSON, or OpenMetrics text with the times of the \
            samples.

            An interval belongs to the window of --since and --until if it begins in it. Files appear \
            under their name when they are whole.

            Examples:
              varve db export --plain history-plain.db
              varve db export --plain week.db --since 7d --label team=web --force
              varve db export --format openmetrics --since 1d --output day.om
              varve db export --format csv --sandbox 'web-*' | gzip > web.csv.gz
            """)

    @Option(
        help: ArgumentHelp("Write a plain SQLite copy to this file.", valueName: "file"),
        completion: .file())
    var plain: String?

    @Option(
        help: ArgumentHelp(
            "Write intervals as csv, ndjson or openmetrics.", valueName: "format"))
    var format: ExportFormat?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "With --format: write to this file, not to standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Flag(name: .shortAndLong, help: "Print warnings and errors only.")
    var quiet = false

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var window: WindowOptions
    @OptionGroup var catalog: CatalogOptions

    mutating func validate() throws {
        guard (plain == nil) != (format == nil) else {
            throw ValidationError("say what to write: --plain FILE, or --format csv")
        }
        guard output == nil || plain == nil else {
            throw ValidationError("--output is for --format; --plain names its file itself")
        }
        guard !force || plain != nil || output != nil else {
            throw ValidationError("--force is for a file: name one with --output")
        }
        guard plain?.isEmpty != true, output?.isEmpty != true else {
            throw ValidationError("the name of the file is empty")
        }
    }

    func run() throws {
        let now = Timestamp.now()
        let query = filter.query(range: try window.range(now: now))
        do {
            try catalog.reading { reader in
                if let path = plain ?? output, reader.isCatalog(at: path) {
                    throw ValidationError(
                        "\(path) is the catalog itself, or a part of it: name another file")
                }
                if let plain {
                    try writePlain(plain, query, of: reader, now)
                } else if let format {
                    try write(format, query, of: reader)
                }
            }
        } catch let error as StoreError where error.code == .destinationExists {
            Console.say("error: \(error); --force replaces it".escapedForDisplay)
            throw ExitCode.failure
        }
    }

    private func writePlain(
        _ path: String, _ query: RunQuery, of reader: borrowing CatalogReader, _ now: Timestamp
    ) throws {
        let progress = ProgressLine(isQuiet: quiet)
        defer { progress.end() }
        let end = try reader.writePlainCopy(
            to: path, matching: query, replacing: force, now: now
        ) { progress.say("writing: \($0.sentence)") }
        progress.end()
        say(end.problems)
        if !quiet { Console.say("\(path.escapedForDisplay): \(end.sentence)") }
    }

    private func write(
        _ format: ExportFormat, _ query: RunQuery, of reader: borrowing CatalogReader
    ) throws {
        let progress = ProgressLine(isQuiet: quiet)
        defer { progress.end() }
        var end = CatalogReader.IntervalsEnd()
        if let output {
            try OutputFile.write(to: output, replacing: force) { sink in
                end = try Self.stream(format, query, of: reader, to: sink, on: .none, progress)
            }
        } else {
            var options = PrintingOptions()
            options.format = format.common ?? .csv
            options.raw = false
            options.noPager = true
            try options.printing { sink, terminal in
                end = try Self.stream(format, query, of: reader, to: sink, on: terminal, progress)
            }
        }
        progress.end()
        say(end.problems)
        guard end.intervalCount == 0 else { return }
        Console.say(
            "no run that fits has intervals" + (query.range == .unbounded ? "" : " in that window"))
        throw ExitCode.nothingInWindow
    }

    private func say(_ problems: [String]) {
        for problem in problems { Console.say("warning: \(problem)".escapedForDisplay) }
    }

    private static func stream(
        _ format: ExportFormat, _ query: RunQuery, of reader: borrowing CatalogReader,
        to sink: StandardOutput, on terminal: Terminal, _ progress: ProgressLine
    ) throws -> CatalogReader.IntervalsEnd {
        guard let format = format.common else {
            return try reader.writeOpenMetrics(matching: query) { text in
                try sink.write(text)
                progress.say("writing OpenMetrics")
            }
        }
        var printer = try RecordPrinter(
            IntervalRecord.fields, as: format, listName: "intervals", to: sink, on: terminal)
        let end = try reader.forEachInterval(matching: query) { sandbox, row, isSealed in
            try printer.add(IntervalRecord(sandbox: sandbox, row: row, isSealed: isSealed))
            if printer.count % 5_000 == 0 { progress.say("writing: \(printer.count) intervals") }
        }
        try printer.finish()
        return end
    }
}

/// An interval, as data.
private struct IntervalRecord {
    let sandbox: String
    let row: SampleRow
    let isSealed: Bool

    static let fields: [Field<IntervalRecord>] = IntervalColumn.all.map { column in
        Field(column.name) { record in
            column == .sandbox
                ? .text(record.sandbox)
                : FieldValue(column.integer(of: record.row, isSealed: record.isSealed))
        }
    }
}

extension CatalogReader.IntervalsEnd {
    /// How much there is of it, for people.
    fileprivate var sentence: String {
        "\(runCount) \(runCount == 1 ? "run" : "runs"), "
            + "\(intervalCount) \(intervalCount == 1 ? "interval" : "intervals")"
    }
}
