internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db`.
struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look after the catalog.",
        subcommands: [DatabaseInfo.self, DatabaseCheck.self])
}

/// `varve db info`.
struct DatabaseInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Where the catalog lies, and what it holds.")

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let summary = try catalog.reading { try $0.summary() }
        if printing.format == .table {
            try printing.print(
                Fact.all(of: summary), Fact.fields, listName: "facts", emptyNote: "")
        } else {
            try printing.print(
                [summary], SummaryFields.all, listName: "catalogs", emptyNote: "")
        }
    }

    /// A line of the table.
    private struct Fact: Sendable {
        let name: String
        let value: String

        static let fields: [Field<Fact>] = [
            Field("fact", heading: "CATALOG", isElastic: false) { .text($0.name) },
            Field("value", heading: "") { .text($0.value) },
        ]

        static func all(of summary: CatalogSummary) -> [Fact] {
            func span(_ instant: Timestamp?) -> String { instant?.localDescription ?? "-" }
            return [
                Fact(name: "path", value: summary.path),
                Fact(name: "schema", value: "\(summary.schemaVersion)"),
                Fact(name: "sqlite", value: summary.sqliteVersion),
                Fact(
                    name: "size",
                    value: ByteText.format(summary.databaseBytes)
                        + " (\(ByteText.format(summary.freeBytes)) free)"),
                Fact(name: "sources", value: "\(summary.sourceCount)"),
                Fact(name: "sandboxes", value: "\(summary.sandboxCount)"),
                Fact(
                    name: "runs", value: "\(summary.runCount) (\(summary.runningCount) running)"),
                Fact(name: "events", value: "\(summary.eventCount)"),
                Fact(
                    name: "rows",
                    value: "\(summary.rowCount) (of \(summary.sampleCount) samples)"),
                Fact(name: "first", value: span(summary.firstAt)),
                Fact(name: "last", value: span(summary.lastAt)),
            ]
        }
    }
}

/// What programs are told of a catalog.
private enum SummaryFields {
    static let all: [Field<CatalogSummary>] = [
        Field("path") { .text($0.path) },
        Field("schema_version") { FieldValue($0.schemaVersion) },
        Field("sqlite_version") { .text($0.sqliteVersion) },
        Field("database_bytes") { FieldValue($0.databaseBytes) },
        Field("free_bytes") { FieldValue($0.freeBytes) },
        Field("source_count") { FieldValue($0.sourceCount) },
        Field("sandbox_count") { FieldValue($0.sandboxCount) },
        Field("run_count") { FieldValue($0.runCount) },
        Field("running_count") { FieldValue($0.runningCount) },
        Field("event_count") { FieldValue($0.eventCount) },
        Field("row_count") { FieldValue($0.rowCount) },
        Field("sample_count") { FieldValue($0.sampleCount) },
        Field("first_at") { FieldValue($0.firstAt) },
        Field("last_at") { FieldValue($0.lastAt) },
    ]
}

/// `varve db check`.
struct DatabaseCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for damage in the catalog; reads all of it.")

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let path = try catalog.resolvedPath()
        let problems = try catalog.reading { try $0.problems() }
        try printing.print(
            problems, [Field("problem", heading: "PROBLEM") { .text($0) }], listName: "problems",
            emptyNote: "\(path) is whole: no damage, no dangling reference")
        guard problems.isEmpty else { throw ExitCode(1) }
    }
}
