import HistoryModel
import HistoryStore
import SQLite
import Testing

struct RunQueryTests {
    let scratch = try! Scratch()

    /// Ten runs: of `a` at 0, 10 … 80 s, ended nine seconds later, and one of `b` at 90 s that goes on.
    func fill() throws {
        let catalog = try scratch.makeCatalog()
        for index in 0..<9 {
            let run = try catalog.begin(
                NewRun(
                    sandbox: "a", labels: ["index": "\(index)", "parity": "\(index % 2)"],
                    command: ["x"], startedAt: .noon(plus: Int64(index) * 10_000)), of: .own)
            try catalog.end(run.id, at: .noon(plus: Int64(index) * 10_000 + 9_000))
        }
        _ = try catalog.begin(
            NewRun(sandbox: "b", command: ["y"], startedAt: .noon(plus: 90_000)), of: .own)
    }

    @Test(
        arguments: [
            (RunQuery(), 1...10),
            (RunQuery(sandbox: "a"), 1...9),
            (RunQuery(sandbox: "b"), 10...10),
            (RunQuery(status: .running), 10...10),
            (RunQuery(status: .terminated), 1...9),
            (RunQuery(limit: 3), 8...10),
            (RunQuery(sandbox: "a", limit: 2), 8...9),
            (RunQuery(limit: 1_000), 1...10),
            (RunQuery(labels: ["index": "4"]), 5...5),
            (RunQuery(labels: ["index": "4", "parity": "0"]), 5...5),
            // A run that ends as the range begins was alive then; one that starts as it ends was not.
            (
                RunQuery(range: TimeRange(from: .noon(plus: 19_000), until: .noon(plus: 40_000))),
                2...4
            ),
            (
                RunQuery(range: TimeRange(from: .noon(plus: 19_001), until: .noon(plus: 40_001))),
                3...5
            ),
            (RunQuery(range: TimeRange(from: .noon(plus: 500_000))), 10...10),
            (RunQuery(range: TimeRange(until: .noon(plus: 1))), 1...1),
            (
                RunQuery(
                    range: TimeRange(
                        from: .init(unixMilliseconds: .min), until: .init(unixMilliseconds: .max))),
                1...10
            ),
        ] as [(RunQuery, ClosedRange<Int64>)])
    func `a query gives the runs that fit, the latest last`(
        query: RunQuery, expected: ClosedRange<Int64>
    ) throws {
        try fill()
        let runs = try CatalogReader(path: scratch.catalog).runs(matching: query)
        #expect(runs.map(\.id.rawValue) == Array(expected))
    }

    @Test(arguments: [
        RunQuery(sandbox: "c"), RunQuery(sandbox: ""), RunQuery(sandbox: "A"),
        RunQuery(sandbox: "b", status: .terminated), RunQuery(limit: 0), RunQuery(limit: -5),
        RunQuery(labels: ["index": "4", "parity": "1"]), RunQuery(labels: ["4": "index"]),
        RunQuery(labels: ["index": ""]),
        RunQuery(range: TimeRange(until: .noon)),
        RunQuery(range: TimeRange(from: .noon(plus: 9_001), until: .noon(plus: 10_000))),
    ])
    func `a query that fits nothing gives nothing`(query: RunQuery) throws {
        try fill()
        #expect(try CatalogReader(path: scratch.catalog).runs(matching: query).isEmpty)
    }

    @Test(arguments: [
        "plain", "", "it's", "say \"hi\"", "back\\slash", "😀 é ü", "[1,2]", "{\"a\":1}", "null",
        "1",
        "1.0", "true", "$[0]", "a,b", "tab\there", "line\nbreak", "\u{1}", "\u{301}",
    ])
    func `a label is found by its exact text`(text: String) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(labels: [text: "value", "key": text]), of: .own).id
        _ = try catalog.begin(.web(labels: ["key": text + "x", text + "x": "value"]), of: .own)
        _ = try catalog.begin(.web(), of: .own)
        let reader = try CatalogReader(path: scratch.catalog)
        for labels in [[text: "value"], ["key": text], [text: "value", "key": text]] {
            let found = try reader.runs(matching: RunQuery(labels: labels))
            #expect(found.map(\.id) == [run], "\(labels)")
            #expect(found.first?.labels == [text: "value", "key": text])
        }
    }

    @Test func `labels belong to the run, and the sandbox shows those of its latest`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(at: .noon(plus: 1), labels: ["v": "2"]), of: .own)
        _ = try catalog.begin(.web(labels: ["v": "1", "old": "yes"]), of: .own)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.rows("SELECT * FROM sandbox_label") == [["1", "v", "2"]])
    }

    @Test(arguments: [
        ("7", 7), ("a", 9), ("a~0", 9), ("a~1", 8), ("a~8", 1), ("b", 10), ("10", 10), ("b~0", 10),
        ("007", 7),
    ])
    func `a reference means a run`(text: String, id: Int64) throws {
        try fill()
        let run = try CatalogReader(path: scratch.catalog).run(RunReference(text))
        #expect(run.id.rawValue == id)
    }

    @Test(arguments: [
        (
            "99",
            "no run 99, and no sandbox of that name, in PATH; `varve query runs` lists the runs"
        ),
        (
            "msb:99",
            "no run to which microsandbox gave the id 99, and no sandbox 'msb:99', in PATH; "
                + "`varve query runs` lists the runs"
        ),
        ("nobody", "no sandbox 'nobody' in PATH; `varve query runs` lists the runs"),
        ("", "no sandbox '' in PATH; `varve query runs` lists the runs"),
        ("a~9", "sandbox 'a' has only 9 runs in PATH; `varve query runs --sandbox` lists them"),
        ("b~1", "sandbox 'b' has only 1 run in PATH; `varve query runs --sandbox` lists them"),
        ("a~+1", "no sandbox 'a~+1' in PATH; `varve query runs` lists the runs"),
        ("a~", "no sandbox 'a~' in PATH; did you mean 'a'?"),
        ("~1", "no sandbox '~1' in PATH; `varve query runs` lists the runs"),
        ("-7", "no sandbox '-7' in PATH; `varve query runs` lists the runs"),
        ("x\u{1b}[2J", "no sandbox 'x\\u{1b}[2J' in PATH; `varve query runs` lists the runs"),
        (
            "a~9223372036854775807",
            "sandbox 'a' has only 9 runs in PATH; `varve query runs --sandbox` lists them"
        ),
        (
            "a~9223372036854775808",
            "no sandbox 'a~9223372036854775808' in PATH; `varve query runs` lists the runs"
        ),
    ])
    func `a reference to nothing is answered in words`(text: String, sentence: String) throws {
        try fill()
        let error = #expect(throws: StoreError.self) {
            try CatalogReader(path: scratch.catalog).run(RunReference(text))
        }
        #expect(error?.code == .noSuchRun)
        #expect(error?.description == sentence.replacing("PATH", with: scratch.catalog))
    }

    @Test func `a name that looks like a number or a reference can be meant`() throws {
        let catalog = try scratch.makeCatalog()
        for name in ["filler", "1", "42", "web~2", "web~2"] {
            _ = try catalog.begin(NewRun(sandbox: name, command: [], startedAt: .noon), of: .own)
        }
        let reader = try CatalogReader(path: scratch.catalog)
        func id(_ text: String) throws -> Int64 { try reader.run(RunReference(text)).id.rawValue }
        // An id goes before a name.
        #expect(try id("1") == 1)
        #expect(try id("1~0") == 2)
        #expect(try id("42") == 3)
        #expect(try id("web~2~0") == 5)
        #expect(try id("web~2~1") == 4)
    }

    @Test func `of runs that start at once the later one is the latest`() throws {
        let catalog = try scratch.makeCatalog()
        for _ in 0..<3 { _ = try catalog.begin(.web(), of: .own) }
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.run(RunReference("web")).id.rawValue == 3)
        #expect(try reader.run(RunReference("web~2")).id.rawValue == 1)
    }
}
