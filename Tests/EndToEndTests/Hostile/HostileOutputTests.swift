import Foundation
import HistoryModel
import HistoryStore
import SlotRegistry
import TestFigures
import Testing

/// Every command, in every format, on a catalog and a registry in which all text is hostile.
@Suite(.serialized)
struct HostileOutputTests {
    let stage: Stage
    /// When every run of the catalog was alive.
    private static let noon = Timestamp(unixMilliseconds: Stage.noon)

    init() throws { stage = try Stage() }

    /// What a terminal, a browser, a spreadsheet or a shell would obey, or what is no text at all.
    private static let texts = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}", "\u{9b}31m\u{90}q\u{9c}", "two\nlines\r\u{8}\u{c}\u{b}",
        "abc\u{202e}fed\u{2066}x\u{2069}", "\u{200b}\u{feff}\u{e0041}\u{2028}\u{2029}\u{85}",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style></title><script>",
        "javascript:alert(1)", "[a](javascript:alert(1)) `b` | c", "=cmd|'/c calc'!A0", "+1+1",
        "-1+1", "@SUM(A1)", "\t=1", "\r\n=1", "＝1", "a,\"b\";c", "'; DROP TABLE run; --", "%s%n",
        "$(reboot) `reboot`", "..", "-n", "\u{0}x", "\u{7f}", "null", "🦜\u{301}\u{200d}\u{1f1e6}",
        String(repeating: "层", count: 40),
    ]

    private func makeCatalog() throws {
        let catalog = try Catalog(path: stage.catalog, now: Self.noon)
        for (index, text) in Self.texts.enumerated() {
            let source = Source(
                kind: .varve, name: "/varve-\(text)", home: text,
                host: Host(name: text, bootID: text))
            let run = try catalog.begin(
                NewRun(
                    sandbox: text, labels: ["team": text, text: "x"], command: [text, "-c", text],
                    process: ProcessIdentity(pid: 5, startTimeNanoseconds: 9),
                    startedAt: Self.noon, memoryLimitBytes: 1 << 30),
                of: source
            ).id
            var row = SampleRow(
                run: run, at: Self.noon, intervalMilliseconds: 10_000, firstAt: Self.noon,
                lastAt: Self.noon.advanced(byMilliseconds: 9_000), sampleCount: 10,
                implausibleCount: 0)
            row[gauge: .memory] = .init(count: 10, average: Int64(index) << 20, maximum: 1 << 30)
            row[gauge: .cpu] = .init(count: 10, average: 50, maximum: 900)
            var ending = RunEnding(
                run, at: Self.noon.advanced(byMilliseconds: 60_000), knownBy: .waited)
            ending.exitCode = 1
            ending.reason = TerminationReason(rawValue: text)
            ending.detail = text
            ending.memoryLimitBytes = 1 << 30
            ending.memoryLimitKind = MemoryLimitKind(rawValue: text)
            ending.logs = ["stderr", "kernel.log", text].map { name in
                RunLog(
                    name: name, takenAt: Self.noon, writtenBytes: 10,
                    tail: Array("error: \(text)\nno space left on device: \(text)\n".utf8) + [0xff])
            }
            var batch = FlushBatch()
            batch.rows = [row]
            batch.events = [
                (run, LifecycleEvent(.oomKill, at: Self.noon, detail: text, seenBy: .recorder)),
                (
                    run,
                    LifecycleEvent(
                        LifecycleEvent.Kind(rawValue: text), at: Self.noon, detail: text,
                        seenBy: .recorder)
                ),
            ]
            batch.endings = [ending]
            batch.closed = [run]
            try catalog.flush(batch)
        }
    }

    /// A registry whose names are the texts, as far as they fit, and bytes that are none.
    private func fillRegistry() throws -> [SlotWriter] {
        let registry = try Registry.create(try RegistryName(stage.registry), capacity: 64)
        return try Self.texts.map { text in
            let reservation = try registry.reserve(
                sandboxID: 1, memoryLimitBytes: 0, name: String(text.prefix(40)))
            let writer = try registry.activate(
                reservation, runID: 1, pid: getpid(), startedAt: .now())
            var sample = SlotSample(sampledAtUnixMilliseconds: Timestamp.now().unixMilliseconds)
            sample.flags = [.memoryUsed]
            try writer.write(sample)
            return writer
        }
    }

    private static let data = ["table", "json", "csv", "ndjson"]
    private static let documents = ["text", "markdown", "json"]

    /// What is asked for, and in which formats.
    private static let questions: [(words: [String], formats: [String])] = [
        (["query", "runs"], data), (["query", "lifecycle"], data),
        (["query", "lifecycle", "1"], data),
        (["query", "series", "--metric", "memory"], data + ["openmetrics"]),
        (["query", "at", "2026-11-23T12:00:05Z", "--all"], data),
        (["query", "top", "--by", "memory", "--per", "run"], data),
        (["query", "usage", "--by", "sandbox,label:team"], data),
        (["query", "sql", "SELECT * FROM run, run_label USING (run_id)"], []),
        (["query", "sql", "SELECT name, home, host, boot_id FROM source"], data),
        (["query", "sql", "SELECT key, value FROM run_label"], data),
        (["query", "sql", "SELECT name, tail FROM run_log"], data),
        (["query", "sql", "SELECT command, termination_detail FROM run"], data),
        (["report", "--since", "2026-11-01", "--until", "2026-12-01"], documents),
        (["db", "info"], data), (["db", "check"], data), (["ps"], data), (["ps", "--all"], data),
        (["top", "--once"], data),
        (["db", "export"], ["csv", "ndjson", "openmetrics"]),
    ]

    @Test func `nothing that anything would obey leaves any command, in any format`() async throws {
        try makeCatalog()
        let writers = try fillRegistry()
        var outputs = 0
        for (words, formats) in Self.questions {
            for format in formats {
                let end = try await stage.start(
                    Built.varve, words + ["--format", format], environment: ["VARVE_PAGER": ""]
                ).finish()
                let what = (words + [format]).joined(separator: " ")
                #expect([0, 4].contains(end.code), "\(what): \(end.code) \(end.errors)")
                // All is well with it, of which a table says so on stderr.
                #expect(!end.output.isEmpty || words == ["db", "check"], "\(what) says nothing")
                expectHarmless(end.text, what)
                expectHarmless(end.errors, "errors of \(what)")
                if format == "markdown" { #expect(!end.text.contains("<"), "\(what)") }
                if format == "csv" { expectNoFormula(end.text, what) }
                outputs += 1
            }
        }
        try Figures.record(
            "hostile registries", of: "outputs of names that steer",
            tried: outputs * Self.texts.count,
            crashes: 0)
        _ = writers
    }

    @Test func `nor a post-mortem, a comparison, a report or a bundle of each run`() async throws {
        try makeCatalog()
        for run in 1...Self.texts.count {
            for (words, formats) in [
                (["why", "\(run)"], Self.documents),
                (["compare", "\(run)", "\(run % Self.texts.count + 1)"], Self.documents),
            ] {
                for format in formats {
                    let end = try await stage.start(Built.varve, words + ["--format", format])
                        .finish()
                    let what = (words + [format]).joined(separator: " ")
                    #expect(end.code == 0, "\(what): \(end.errors)")
                    expectHarmless(end.text, what)
                    expectHarmless(end.errors, "errors of \(what)")
                    if format == "markdown" { #expect(!end.text.contains("<"), "\(what)") }
                }
            }
            let page = stage.path("page.html")
            let made = try await stage.varve("why", "\(run)", "--html", page)
            #expect(made.code == 0)
            try expectHarmlessPage("page.html", "the page of run \(run)")
        }
        let report = try await stage.varve(
            "report", "--since", "2026-11-01", "--until", "2026-12-01", "--html",
            stage.path("report.html"))
        #expect(report.code == 0)
        try expectHarmlessPage("report.html", "the report")
    }

    @Test(arguments: texts.filter { !$0.utf8.contains(0) }.prefix(10))
    func `a hostile word on the command line is named harmlessly`(text: String) async throws {
        try stage.makeHistory()
        for words in [
            ["why", "--", text], ["query", "runs", "--sandbox=\(text)"],
            ["query", "runs", "--since=\(text)"], ["query", "series", "--", text],
            ["query", "sql", "--", text], ["query", "usage", "--by=\(text)"],
            ["db", "info", "--db=\(text)"], ["run", "--", text], ["ps", "--registry=\(text)"],
            ["db", "import", "--", text], ["bundle", "build", "-o", "/none/\(text)"],
            ["why", "build", "--html=/none/\(text)"], [text],
        ] {
            let end = try await stage.start(Built.varve, words).finish()
            expectHarmless(end.text, "\(words)")
            expectHarmless(end.errors, "errors of \(words)")
        }
    }

    /// One script and one style, which are the page's own, and no element that a text has made.
    private func expectHarmlessPage(_ name: String, _ what: String) throws {
        let page = stage.contents(name)
        try #require(page.hasSuffix("</html>\n"))
        expectHarmless(page, what)
        for forbidden in ["<script>alert", "<img", "</style></title>", "onerror=alert(1)>"] {
            #expect(!page.contains(forbidden), "\(what) has \(forbidden)")
        }
    }

    private func expectNoFormula(_ text: String, _ what: String) {
        for cell in CSVTable(text).rows.joined() where Double(cell) == nil {
            let first = cell.unicodeScalars.first ?? "a"
            #expect(!"=+-@＝＋－＠\t\n".unicodeScalars.contains(first), "\(what): \(cell)")
        }
    }
}
