/// A command whose output is documented, in `docs/json-schema.json`: with it its keys are checked.
///
/// To document a command, describe its document and its record in the schema, add it here, and write
/// the page anew (see ``SchemaPageTests``).
struct DocumentedCommand {
    /// What is asked of the program; a `--format` is added.
    var arguments: [String]
    /// What it prints as JSON, a definition of the schema.
    var document: String
    /// What it prints as a line of NDJSON or CSV, a definition of the schema.
    var record: String
    /// The list of the document that holds the same records; `nil` where they differ, or where they
    /// are others each time.
    var list: String?
    var code: Int32 = 0
    /// Whether it prints one object, and neither NDJSON nor CSV.
    var isObjectAlone = false

    init(
        _ arguments: String..., document: String, record: String, list: String? = nil,
        code: Int32 = 0
    ) {
        self.arguments = arguments
        self.document = document
        self.record = record
        self.list = list
        self.code = code
    }

    /// Those that ask the catalog of ``Stage/makeDocumentedHistory()``.
    static var all: [DocumentedCommand] {
        runs + events + series + moments + largest + usage + reasons + upkeep
    }

    private static let runs = [
        DocumentedCommand("query", "runs", document: "query_runs", record: "run", list: "runs"),
        DocumentedCommand(
            "query", "runs", "--sandbox", "nobody", document: "query_runs", record: "run",
            list: "runs"),
    ]

    private static let events = ["build", nil].map { run in
        var command = DocumentedCommand(
            "query", "lifecycle", document: "query_lifecycle", record: "event", list: "events")
        if let run { command.arguments.append(run) }
        return command
    }

    private static let series: [DocumentedCommand] = [
        ("build", 0), ("serve", 4), ("build crash old", 0), ("hostile --final-moments", 0),
        ("hostile --metric all --stat avg,min,max,last,sum,total,p50,p95,p99", 0),
        ("build --metric all --stat avg,sum,total", 0),
        ("hostile --all-runs --metric all --stat avg,sum,total", 0),
        ("serve --all-runs --since 2026-11-23T11:00:00Z", 4), ("serve --all-runs", 4),
        ("hostile --totals --step recorded", 0),
        ("--metric all", 0), ("--metric all --stat min,sum --step 30d", 0),
        ("--sandbox nobody", 4), ("--sandbox build --metric all --step recorded", 0),
    ].map { (text: String, code: Int32) in
        var command = DocumentedCommand(
            "query", "series", document: "query_series", record: "series_line", code: code)
        command.arguments += text.split(separator: " ").map { word in
            word == "hostile" ? Stage.hostileName : String(word)
        }
        return command
    }

    private static let moments: [DocumentedCommand] = [
        ("2026-11-23T12:00:15Z", 0), ("2026-11-23T12:00:30Z", 0), ("2026-11-23T12:02:00Z", 0),
        ("2026-11-23T10:00:05Z", 0), ("2026-11-23T13:00:00.5Z", 0), ("2026-11-23T15:00:00Z", 0),
        ("2026-10-24T12:00:05Z", 0), ("1970-01-01T00:00:00Z", 4),
    ].map { (instant: String, code: Int32) in
        DocumentedCommand(
            "query", "at", instant, "--all", "--around", "2h", document: "query_at",
            record: "sandbox_moment",
            // At three a run goes on whose gap ends now.
            list: instant.contains("T15") ? nil : "sandboxes", code: code)
    }

    private static let largest = ["memory", "cpu", "disk", "net"].flatMap { resource in
        ["--peak", "--total"].flatMap { measure in
            ["sandbox", "run"].map { unit in
                DocumentedCommand(
                    "query", "top", "--by", resource, measure, "--per", unit,
                    document: "query_top", record: "top_entry", list: "top")
            }
        }
    }

    private static let usage = [
        "sandbox", "day", "month", "label:team", "label:team,sandbox,month",
    ].flatMap { grouping in
        [[], ["--since", "2026-11-23T12:00:10Z", "--until", "2026-11-23T14:30:00Z"]].map { window in
            var command = DocumentedCommand(
                "query", "usage", "--utc", "--by", grouping, document: "query_usage",
                record: "usage_group", list: window.isEmpty ? nil : "usage")
            command.arguments += window
            return command
        }
    }

    private static let upkeep = [
        DocumentedCommand(
            "db", "info", document: "db_info", record: "catalog", list: "catalogs"),
        DocumentedCommand(
            "db", "check", document: "db_check", record: "problem", list: "problems"),
        DocumentedCommand(
            "db", "prune", "--dry-run", document: "db_prune", record: "prune", list: "pruned"),
        DocumentedCommand(
            "db", "repair", "-o", "repaired.db", "--force", document: "db_repair",
            record: "repair", list: "repairs"),
    ]

    private static let reasons = ["build", "serve", "old", "claimed", Stage.hostileName].map {
        run in
        var command = DocumentedCommand("why", run, document: "why", record: "post_mortem")
        command.isObjectAlone = true
        return command
    }

    /// `varve ps` and `varve top`: what they print is of now.
    static let live = [
        DocumentedCommand("ps", "--all", document: "ps", record: "slot"),
        DocumentedCommand(
            "top", "--all", "--count", "3", "--interval", "400ms", document: "top",
            record: "live_slot"),
    ]

    /// The same of microsandbox's sandboxes in `home`.
    static func live(inHome home: String) -> [DocumentedCommand] {
        [
            DocumentedCommand(
                "ps", "--all", "--msb-home", home, document: "ps_microsandbox",
                record: "msb_sandbox"),
            DocumentedCommand(
                "top", "--all", "--msb-home", home, "--count", "3", "--interval", "400ms",
                document: "top_microsandbox", record: "live_msb_sandbox"),
        ]
    }
}
