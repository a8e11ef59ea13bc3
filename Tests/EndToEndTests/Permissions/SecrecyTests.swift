import Foundation
import Testing

/// What varve makes is its owner's alone, and what it says keeps the command's secrets.
@Suite(.serialized)
struct SecrecyTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: stage.path(name))[.posixPermissions]
            as? Int
    }

    @Test(arguments: ["0", "022", "077", "0777"])
    func `every file is made with mode 0600, whatever the umask`(umask: String) async throws {
        // With a umask of 0777 even the shell could not open what it has made.
        let catalog = stage.path("a/b/history.db")
        let end = try await stage.shell(
            """
            umask \(umask); export VARVE_DB=\(catalog)
            "$VARVE" run --quiet --name web --interval 50ms --capture-stderr -- sh -c '
                sleep 0.3; ls -l a/b | cut -c 1-10,40- >/dev/null; stat -c "%a %n" a/b/* a a/b; exit 0'
            "$VARVE" why web --html page.html >/dev/null
            "$VARVE" report --html report.html >/dev/null
            "$VARVE" db export --plain plain.db
            "$VARVE" db export --format csv --output rows.csv
            "$VARVE" bundle web -o bundle.db
            """, environment: ["VARVE_PAGER": ""])
        let lines = end.text.split(separator: "\n").map(String.init)
        // While it runs there are the log and its index, too.
        let files = ["history.db", "history.db-shm", "history.db-wal", "history.db.lock"]
        #expect(
            lines.sorted() == (["700 a", "700 a/b"] + files.map { "600 a/b/\($0)" }).sorted(),
            "\(end.errors)")
        for name in ["page.html", "report.html", "plain.db", "rows.csv", "bundle.db"] {
            #expect(try mode(name) == 0o600, "\(name)")
        }
    }

    @Test func `neither a run nor a recorder says what the command's arguments are`() async throws {
        let recorder = try await stage.startRecord("--poll", "20ms", "--interval", "100ms")
        let run = try await stage.varve(
            "run", "--name", "web", "--max-duration", "1h", "--", "sh", "-c", "exit 7",
            "hunter2-secret")
        #expect(run.code == 7)
        try await eventually("it is closed") {
            try await stage.onlyRun()["status"] == "Terminated"
        }
        // A command that cannot be started, and one that is killed.
        let missing = try await stage.varve("run", "--", "/none/command", "hunter2-secret")
        #expect(missing.code == 127)
        let killed = try await stage.varve("run", "--", "sh", "-c", "kill -9 $$", "hunter2-secret")
        #expect(killed.code == 137)
        recorder.signal(SIGTERM)
        let end = try await recorder.finish()
        #expect(end.code == 0)
        for errors in [run.errors, missing.errors, killed.errors, end.errors] {
            #expect(!errors.isEmpty && !errors.contains("hunter2"), "\(errors)")
        }
        // It is kept for whoever asks.
        #expect(try await stage.varve("query", "runs", "--format", "json").text.contains("hunter2"))
    }

    #if os(Linux)
        @Test
        func `with every option the command has no descriptor, signal or variable of varve's`()
            async throws
        {
            let script = """
                sleep 0.2
                for f in /proc/$$/fd/*; do echo ${f##*/}; done
                grep -E '^Sig(Blk|Ign)' /proc/$$/status | cut -c 1-16
                env | grep -v '^_=' | sort
                """
            // What tests beside this one have open is not passed on to one of both only.
            let closing = """
                for f in /proc/$$/fd/*; do
                    n=${f##*/}
                    if [ $n -gt 2 ]; then eval "exec $n>&-"; fi
                done
                exec "$@"
                """
            let alone = try await stage.start(
                "/bin/bash", ["-c", closing, "bash", "/bin/sh", "-c", script]
            ).finish()
            let supervised = try await stage.start(
                "/bin/bash",
                [
                    "-c", closing, "bash", Built.varve, "run", "--quiet", "--name", "x", "--label",
                    "k=v", "--interval", "50ms", "--row-interval", "100ms", "--capture-stderr",
                    "--max-duration", "1h", "--grace", "1s", "--scope", "process", "--", "/bin/sh",
                    "-c", script,
                ]
            ).finish()
            #expect(supervised.code == 0)
            #expect(supervised.text == alone.text)
            #expect(alone.text.contains("2\n") && alone.text.contains("SigBlk"))
        }
    #endif

    @Test(arguments: [
        "ATTACH 'other.db' AS o", "VACUUM INTO 'other.db'", "DELETE FROM run",
        "INSERT INTO setting VALUES ('a', 1)", "WITH x AS (SELECT 1) DELETE FROM run RETURNING id",
        "CREATE TEMP TABLE t (a)", "DROP VIEW sandbox_label", "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = DELETE", "PRAGMA temp_store_directory = '/'", "BEGIN EXCLUSIVE",
        "SELECT load_extension('x.so')", "SELECT readfile('/etc/hostname')",
        "SELECT writefile('other.db', 'x')", "SELECT edit('x')",
        "SELECT fts3_tokenizer('a', x'00')", "SELECT * FROM pragma_writable_schema",
        "SELECT * FROM dbstat", "CREATE VIRTUAL TABLE t USING csv(filename='/etc/passwd')",
        "SELECT 1; DELETE FROM run",
    ])
    func `a statement cannot write, attach, load or read another file`(sql: String) async throws {
        try stage.makeHistory()
        let before = try Data(contentsOf: URL(fileURLWithPath: stage.catalog))
        let names = stage.files
        let end = try await stage.varve("query", "sql", sql)
        #expect(end.code == 64 || end.code == 1, "\(end.code): \(end.text)")
        #expect(end.output.isEmpty && end.errors.hasPrefix("varve: error: "), "\(end.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: stage.catalog)) == before)
        #expect(stage.files.subtracting(names).allSatisfy { $0.hasPrefix("history.db") })
    }
}
