import Foundation
import HistoryModel
import HistoryStore
import Testing

/// What programs get is what `docs/json-schema.json` says, of a catalog that has everything.
@Suite(.serialized)
struct DocumentedOutputTests {
    let stage: Stage
    let schema: JSONSchema

    init() throws {
        stage = try Stage()
        schema = try JSONSchema(JSON(Data(contentsOf: SchemaPage.schemaFile)))
    }

    private struct Answers {
        var json: JSON
        var lines: [JSON]
        var csv: CSVTable
    }

    private func answers(
        to command: DocumentedCommand, _ run: ([String]) async throws -> Program.End
    ) async throws -> Answers {
        var texts: [String: Program.End] = [:]
        for format in ["json", "ndjson", "csv"] {
            let end = try await run(command.arguments + ["--format", format])
            #expect(end.code == command.code, "\(command.arguments): \(end.errors)")
            texts[format] = end
        }
        return Answers(
            json: try JSON(texts["json"]!.output),
            lines: try texts["ndjson"]!.output.split(separator: 10).map { try JSON($0) },
            csv: CSVTable(texts["csv"]!.text))
    }

    /// Holds what `command` prints against the schema, and its formats against each other.
    private func check(
        _ command: DocumentedCommand, noting seen: inout SchemaCoverage,
        _ run: ([String]) async throws -> Program.End
    ) async throws {
        let name = command.arguments.joined(separator: " ").escapedForDisplay
        guard !command.isObjectAlone else {
            let end = try await run(command.arguments + ["--format", "json"])
            #expect(end.code == command.code, "\(name): \(end.errors)")
            let problems = schema.problems(
                of: try JSON(end.output), as: command.document, noting: &seen)
            #expect(problems.isEmpty, "\(name)")
            return
        }
        let answers = try await answers(to: command, run)
        let problems =
            schema.problems(of: answers.json, as: command.document, noting: &seen)
            + answers.lines.flatMap {
                schema.problems(of: $0, as: command.record, noting: &seen)
            }
        #expect(problems.isEmpty, "\(name)")
        let header = answers.csv.header
        #expect(Set(header).count == header.count)
        let required = schema.root["$defs"][command.record]["required"].list.compactMap(\.string)
        #expect(header.filter(required.contains) == required, "\(name)")
        for line in answers.lines { #expect(line.keys == Set(header), "\(name)") }
        guard let list = command.list else { return }
        #expect(answers.json[list].list == answers.lines, "\(name)")
        #expect(answers.csv.rows.count == answers.lines.count, "\(name)")
        for (row, line) in zip(answers.csv.rows, answers.lines) {
            for (key, cell) in zip(header, row) {
                #expect(CSVTable.says(cell, line[key]), "\(name), \(key): \(cell)")
            }
        }
    }

    private func run(_ arguments: [String]) async throws -> Program.End {
        try await stage.start(Built.varve, arguments).finish()
    }

    /// Runs `arguments` while the first slot gets new samples.
    private func runSampling(
        _ arguments: [String], _ slot: ForeignRuntime.Slot, by runtime: ForeignRuntime
    ) async throws -> Program.End {
        let program = try stage.start(Built.varve, arguments)
        var step: UInt64 = 1
        while !isDead(program.pid) {
            step += 1
            let now = Timestamp.now().unixMilliseconds
            try await runtime.write(Stage.documentedSample(at: now, step), to: slot)
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await program.finish()
    }

    @Test func `every command prints what is documented, and every documented key is printed`()
        async throws
    {
        var seen = SchemaCoverage()
        try await stage.makeDocumentedHistory()
        for command in DocumentedCommand.all {
            try await check(command, noting: &seen, run)
        }
        let (runtime, slot) = try await stage.makeDocumentedSlots()
        for command in DocumentedCommand.live {
            try await check(command, noting: &seen) {
                try await runSampling($0, slot, by: runtime)
            }
        }
        let home = try MicrosandboxStage(on: stage)
        let (sandboxes, sampled) = try await home.makeDocumentedSandboxes()
        for command in DocumentedCommand.live(inHome: home.home) {
            try await check(command, noting: &seen) {
                try await runSampling($0, sampled, by: sandboxes)
            }
        }
        try await checkRest(noting: &seen)

        // The runs of this catalog were never alone with another; `PostMortemTests` have such cases.
        let keys = schema.keys.filter { !$0.name.hasPrefix("neighbour/") }
        #expect(keys.count > 200)
        let alwaysNull = Set(
            ["series_of_sandbox/run_id"]
                + ["run_id", "sandbox", "last_sample_at"].map { "series_together/\($0)" })
        #expect(Set(keys.map(\.name)).subtracting(seen.values) == alwaysNull)
        let neverNull = keys.filter { schema.allowsNull($0.schema) }.map(\.name)
        // Only of a slot that is caught while it is written to: nobody can wait for that.
        #expect(
            Set(neverNull).subtracting(seen.nulls)
                == ["slot/sandbox", "msb_sandbox/name", "live_msb_sandbox/name"])
    }

    /// What another catalog, or one that is damaged, tells besides.
    private func checkRest(noting seen: inout SchemaCoverage) async throws {
        // Half of it is gone.
        let whole = try #require(FileManager.default.contents(atPath: stage.catalog))
        try whole.prefix(whole.count / 2).write(to: URL(filePath: stage.path("cut.db")))
        let repair = DocumentedCommand(
            "db", "repair", "--from", "cut.db", "-o", "repaired.db", "--force",
            document: "db_repair", record: "repair", list: "repairs", code: 2)
        try await check(repair, noting: &seen, run)
        try stage.tamper(
            """
            UPDATE sample_detail SET detail = x'00';
            UPDATE recorder_session SET run_id = 1, kind = 'run';
            """)
        try Catalog(path: stage.catalog, now: .now())
            .setRetention(Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: nil))
        var check = DocumentedCommand(
            "db", "check", document: "db_check", record: "problem", list: "problems", code: 1)
        try await self.check(check, noting: &seen, run)
        check = DocumentedCommand("db", "info", document: "db_info", record: "catalog")
        try await self.check(check, noting: &seen, run)
        check = DocumentedCommand(
            "db", "prune", "--max-size", "4KiB", document: "db_prune", record: "prune")
        try await self.check(check, noting: &seen, run)
        try stage.tamper("DELETE FROM run_label")
        for command in DocumentedCommand.all where command.arguments[0] == "query" {
            // All of it is damaged now; the answers are of the same shape.
            let end = try await run(command.arguments + ["--format", "json"])
            guard end.code == command.code else { continue }
            #expect(schema.problems(of: try JSON(end.output), as: command.document).isEmpty)
        }
        let empty = try Stage()
        try "ts,cpu_percent\n".write(
            toFile: empty.path("none.csv"), atomically: false, encoding: .utf8)
        try await empty.varve("db", "import", "none.csv", "--quiet")
        for var command in DocumentedCommand.all
        where command.arguments.count == 2 && !command.isObjectAlone {
            command.list = nil
            try await self.check(command, noting: &seen) {
                try await empty.start(Built.varve, $0).finish()
            }
        }
    }

    @Test func `a key that is not documented, and one that is missing, would be found`() throws {
        let event = """
            {"run_id": 1, "sandbox": "a", "at": "2026-11-23T12:00:00.000Z", "kind": "started", \
            "detail": null, "seen_by": "recorder"}
            """
        #expect(schema.problems(of: try JSON(event.utf8), as: "event") == [])
        for (old, new, problem) in [
            (#""detail""#, #""details""#, "$: has no 'detail'; $: 'details' is not documented"),
            ("null", "7", "$.detail: is no string or null"),
            (
                ".000Z", "Z",
                "$.at: does not fit ^[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                    + #"\.[0-9]{3}Z$"#
            ),
        ] {
            let changed = try JSON(event.replacing(old, with: new).utf8)
            let problems = schema.problems(of: changed, as: "event").joined(separator: "; ")
            #expect(problems.hasPrefix(problem))
        }
    }
}
