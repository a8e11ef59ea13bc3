internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db repair`.
struct DatabaseRepair: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Bring what can be read of a damaged catalog into a new one.",
        discussion: """
            The damaged file and its write-ahead log are only read, page by page and not by SQLite, so \
            that damage takes nothing with it but the rows that it lies on. What is lost is said: rows \
            by table, hours by run, times where they are known. Runs whose own row is lost become runs \
            of the sandbox 'lost'. The new file is a whole catalog of today's schema, with mode 0600.

            It ends with 0 if all was brought over, and with 2 if something is lost, or may be.

            Examples:
              varve db repair -o repaired.db
              varve db repair --from damaged.db -o repaired.db --format json
            """)

    @Option(
        help: ArgumentHelp(
            "The damaged file, instead of the catalog.", valueName: "file"), completion: .file())
    var from: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "Replace the file if it exists.")
    var force = false

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    mutating func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output needs the name of a file") }
        guard from?.isEmpty != true else {
            throw ValidationError("--from needs the name of a file")
        }
        guard from == nil || catalog.path == nil else {
            throw ValidationError("--from and --db both name the damaged file: give one of them")
        }
    }

    func run() throws {
        let path = try from ?? catalog.resolvedPath()
        guard !CatalogLocation.isPart(output, ofCatalog: path) else {
            throw ValidationError("\(output) is the damaged catalog itself: name another file")
        }
        Interruption.expect()
        let report: RepairReport
        do {
            report = try repair(path)
        } catch let error as StoreError {
            let advice = error.code == .destinationExists ? "; --force replaces it" : ""
            Console.say("error: \(error)\(advice)".escapedForDisplay)
            throw ExitCode.failure
        }
        if !quiet { try show(report) }
        if !report.isComplete { throw ExitCode.somethingLost }
    }

    private func repair(_ path: String) throws -> RepairReport {
        let progress = ProgressLine(isQuiet: quiet)
        defer { progress.end() }
        return try CatalogRepair(of: path).write(to: output, replacing: force, now: .now()) {
            table, count in
            if let signal = Interruption.signalNumber {
                progress.end()
                Console.say("error: stopped; nothing was written to \(output)".escapedForDisplay)
                throw ExitCode(128 + signal)
            }
            progress.say(
                count > 0 ? "bringing over \(table): \(count) rows" : "looking at \(table)")
        }
    }

    private func show(_ report: RepairReport) throws {
        guard printing.format == .table else {
            return try printing.print(
                [report], Self.fields, listName: "repairs", emptyNote: "")
        }
        try printing.print(report.tables, Self.tableFields, listName: "tables", emptyNote: "")
        for finding in report.findings + report.problems {
            Console.say("warning: \(finding)".escapedForDisplay)
        }
        Console.say("\(output): \(sentence(report))".escapedForDisplay)
    }

    private func sentence(_ report: RepairReport) -> String {
        let rows = report.tables.reduce(0) { $0 + $1.rowCount }
        let lost = report.tables.reduce(0) { $0 + $1.lostRowCount }
        let start = "\(Fact.counted(rows, "row")) brought over, "
        guard !report.isComplete else { return start + "nothing is lost" }
        let isOpen = report.tables.contains(where: \.mayHaveLostMore)
        guard lost > 0 || isOpen else { return start + "no row is known to be lost" }
        return start + (isOpen ? "\(lost) or more lost" : "\(lost) lost")
    }

    private static let tableFields: [Field<RepairReport.Table>] = [
        Field("table", heading: "TABLE", isElastic: false) { .text($0.name) },
        Field("row_count", heading: "ROWS") { FieldValue($0.rowCount) },
        Field("lost_row_count", heading: "LOST") { table in
            guard table.mayHaveLostMore else { return FieldValue(table.lostRowCount) }
            return .text(table.lostRowCount > 0 ? "\(table.lostRowCount) or more" : "unknown")
        },
        Field("unreadable_page_count", heading: "UNREADABLE PAGES") {
            FieldValue($0.unreadablePageCount)
        },
        Field("remade_row_count", heading: "MADE ANEW") { FieldValue($0.remadeRowCount) },
    ]

    private static let fields: [Field<RepairReport>] = [
        Field("is_complete") { FieldValue($0.isComplete) },
        Field("page_count") { FieldValue($0.pageCount) },
        Field("stray_page_count") { FieldValue($0.strayPageCount) },
        Field("tables") { .list($0.tables.map(\.value)) },
        Field("findings") { .list($0.findings.map(FieldValue.text)) },
        Field("problems") { .list($0.problems.map(FieldValue.text)) },
    ]
}

extension RepairReport.Table {
    fileprivate var value: FieldValue {
        .object([
            .init("table", .text(name)),
            .init("row_count", FieldValue(rowCount)),
            // Unknown is unknown, whatever is known besides.
            .init("lost_row_count", mayHaveLostMore ? .null : FieldValue(lostRowCount)),
            .init("known_lost_row_count", FieldValue(lostRowCount)),
            .init("unreadable_page_count", FieldValue(unreadablePageCount)),
            .init("remade_row_count", FieldValue(remadeRowCount)),
        ])
    }
}
