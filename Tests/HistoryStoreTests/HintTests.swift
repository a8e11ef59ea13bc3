import HistoryModel
import HistoryStore
import SQLite
import Testing

struct HintTests {
    let scratch = try! Scratch()

    private func fill() throws {
        let catalog = try scratch.makeCatalog()
        for name in ["web", "web-1", "worker", "日本", "12"] {
            _ = try catalog.begin(
                NewRun(
                    sandbox: name, labels: ["tier": name, "zone": "eu"], command: [],
                    startedAt: .noon), of: .own)
        }
    }

    @Test(arguments: [
        (RunQuery(sandbox: "web"), nil),
        (RunQuery(sandbox: "w*", labels: ["tier": "web"]), nil),
        // Both are there, though never together.
        (RunQuery(sandbox: "worker", labels: ["tier": "web"]), nil),
        (RunQuery(), nil),
        (RunQuery(sandbox: "wbe"), "no sandbox 'wbe' in PATH; did you mean 'web'?"),
        (RunQuery(sandbox: "Web"), "no sandbox 'Web' in PATH; did you mean 'web' or 'web-1'?"),
        (
            RunQuery(sandbox: "wbe*"),
            "no sandbox fits 'wbe*' in PATH; did you mean 'web' or 'web-1'?"
        ),
        (
            RunQuery(sandbox: "q*"),
            "no sandbox fits 'q*' in PATH; `varve query runs` lists the runs"
        ),
        (RunQuery(sandbox: ""), "no sandbox '' in PATH; `varve query runs` lists the runs"),
        (
            RunQuery(sandbox: "x\u{1b}\n"),
            "no sandbox 'x\\u{1b}\\n' in PATH; `varve query runs` lists the runs"
        ),
        (
            RunQuery(labels: ["teir": "web"]),
            "no run has a label 'teir' in PATH; did you mean 'tier'?"
        ),
        (
            RunQuery(labels: ["tier": "workr", "zone": "eu"]),
            "no run has the label 'tier=workr' in PATH; did you mean 'worker'?"
        ),
        (
            RunQuery(labels: ["zone": "us"]),
            "no run has the label 'zone=us' in PATH; `varve query runs` lists the runs"
        ),
    ])
    func `a query for what is not there gets a hint`(query: RunQuery, hint: String?) throws {
        try fill()
        let found = try CatalogReader(path: scratch.catalog).hint(for: query)
        #expect(found == hint?.replacing("PATH", with: scratch.catalog))
    }

    @Test(arguments: [
        ("wbe", "no sandbox 'wbe' in PATH; did you mean 'web'?"),
        ("wbe~3", "no sandbox 'wbe' in PATH; did you mean 'web'?"),
        ("13", "no run 13, and no sandbox of that name, in PATH; did you mean '12'?"),
        ("web~7", "sandbox 'web' has only 1 run in PATH; `varve query runs --sandbox` lists them"),
    ])
    func `a reference to nothing gets a hint`(text: String, sentence: String) throws {
        try fill()
        let error = #expect(throws: StoreError.self) {
            try CatalogReader(path: scratch.catalog).run(RunReference(text))
        }
        #expect(error?.description == sentence.replacing("PATH", with: scratch.catalog))
    }

    @Test func `a hint among a hundred thousand long names is found soon`() throws {
        try fill()
        try tamper(
            scratch.catalog,
            """
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99990)
            INSERT INTO sandbox (source_id, name, first_seen_at_ms)
            SELECT 1, replace(hex(zeroblob(CASE i % 3 WHEN 0 THEN 5000 ELSE 25 END)), '00', 'w') || i, 0
            FROM n
            """)
        let clock = ContinuousClock()
        let reader = try CatalogReader(path: scratch.catalog)
        var hint: String?
        let time = try clock.measure { hint = try reader.hint(for: RunQuery(sandbox: "wroker")) }
        #expect(hint?.hasSuffix("did you mean 'worker'?") == true)
        // A fraction of a second if optimised; without, and beside other tests, some.
        #expect(time < .seconds(60))
    }

    @Test func `names for completions begin with what was written`() throws {
        try fill()
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.sandboxNames(beginningWith: "we", limit: 10) == ["web", "web-1"])
        #expect(try reader.sandboxNames(beginningWith: "we", limit: 1) == ["web"])
        #expect(try reader.sandboxNames(beginningWith: "日", limit: 10) == ["日本"])
        #expect(try reader.sandboxNames(beginningWith: "", limit: 10).count == 5)
        #expect(try reader.sandboxNames(beginningWith: "x", limit: 10) == [])
        #expect(try reader.sandboxNames(beginningWith: "", limit: -1) == [])
    }
}
