import Foundation
import SQLite
import Testing

/// Whatever is wrong with the catalog, the command runs; what is not ours is left alone.
@Suite(.serialized)
struct CatalogTroubleTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// Runs a command that leaves a trace and ends with 6, and expects one warning.
    private func runsAnyway(
        _ catalog: String, saying sentence: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await stage.varve(
            "run", "--db", catalog, "--", "sh", "-c", "echo came; exit 6")
        #expect(end.code == 6, sourceLocation: sourceLocation)
        #expect(end.text == "came\n", sourceLocation: sourceLocation)
        let lines = end.errors.split(separator: "\n")
        let first = "varve: warning: the run goes on, but is not recorded for now: " + sentence
        #expect(lines.first.map(String.init) == first, sourceLocation: sourceLocation)
        #expect(lines.count <= 3, sourceLocation: sourceLocation)
        // Nothing is there to be asked why.
        #expect(
            lines.last?.hasPrefix("varve: 'sh' failed: exit 6 after ") == true
                && lines.last?.contains("varve why") == false, sourceLocation: sourceLocation)

        let quiet = try await stage.varve(
            "run", "--quiet", "--db", catalog, "--", "sh", "-c", "exit 6")
        #expect(quiet.code == 6, sourceLocation: sourceLocation)
        #expect(quiet.errors.isEmpty, sourceLocation: sourceLocation)
        #expect(quiet.output.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func `in a place where nothing can be made`() async throws {
        try "x".write(toFile: stage.path("plain"), atomically: true, encoding: .utf8)
        let catalog = stage.path("plain/history.db")
        try await runsAnyway(
            catalog,
            saying: "cannot make the catalog \(catalog): Not a directory; "
                + "name another file with --db or VARVE_DB")
        #expect(stage.contents("plain") == "x")
    }

    @Test func `a catalog that is removed during the run is made anew`() async throws {
        let end = try await stage.varve(
            "run", "--name", "first", "--interval", "50ms", "--", "sh", "-c",
            "sleep 0.3; rm -f \(stage.catalog)*; sleep 0.5; exit 7")
        #expect(end.code == 7)
        #expect(
            end.errors.hasPrefix(
                "varve: warning: the catalog \(stage.catalog) was removed or replaced: what was "
                    + "recorded of this run is gone, and it is recorded anew from here\n"))
        let run = try await stage.onlyRun()
        #expect(run["sandbox"] == "first")
        #expect(run["exit_code"] == 7)
        #expect(try #require(run["sample_count"].integer) > 0)
    }

    @Test func `a directory`() async throws {
        try FileManager.default.createDirectory(
            atPath: stage.path("place"), withIntermediateDirectories: false)
        let end = try await stage.varve(
            "run", "--db", stage.path("place"), "--", "sh", "-c", "exit 6")
        #expect(end.code == 6)
        #expect(
            end.errors.hasPrefix("varve: warning: the run goes on, but is not recorded for now: "))
        #expect(end.errors.contains(stage.path("place")))
        let left = try FileManager.default.contentsOfDirectory(atPath: stage.path("place"))
        #expect(left.isEmpty)
        #expect(stage.files == ["place"])
    }

    @Test func `a text file, which is left byte for byte`() async throws {
        let text = String(repeating: "this is no database\n", count: 200)
        try text.write(toFile: stage.path("notes"), atomically: true, encoding: .utf8)
        let catalog = stage.path("notes")
        try await runsAnyway(
            catalog,
            saying: "\(catalog) is no SQLite database; name another file with --db or VARVE_DB")
        #expect(stage.contents("notes") == text)
        #expect(stage.files == ["notes"])
        for command in [["query", "runs"], ["db", "info"], ["db", "check"], ["record"]] {
            let end = try await stage.start(Built.varve, command + ["--db", catalog]).finish()
            #expect(end.code == 1, "\(command)")
            #expect(end.output.isEmpty, "\(command)")
            #expect(
                end.errors
                    == "varve: error: \(catalog) is no SQLite database; name another file with --db or "
                    + "VARVE_DB\n", "\(command)")
        }
        #expect(stage.contents("notes") == text)
        #expect(stage.files == ["notes"])
    }

    @Test func `another program's database, which is left byte for byte`() async throws {
        let catalog = stage.path("other.db")
        do {
            let connection = try Connection(path: catalog, mode: .create)
            try connection.prepareForWriting()
            try connection.execute("CREATE TABLE album (title TEXT); PRAGMA application_id = 77")
            try connection.execute("PRAGMA journal_mode = DELETE")
        }
        let before = FileManager.default.contents(atPath: catalog)
        try await runsAnyway(
            catalog,
            saying: "\(catalog) is another program's database (its application id is 77, not "
                + "varve's 1986097782); it was left untouched: name another file with --db or "
                + "VARVE_DB")
        #expect(FileManager.default.contents(atPath: catalog) == before)
        #expect(stage.files == ["other.db"])
    }

    @Test func `a locked catalog does not keep the command waiting, and is written later`()
        async throws
    {
        try await stage.varve("run", "--name", "first", "--", "true")
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN IMMEDIATE")
        let begin = ContinuousClock.now
        let varve = try stage.startVarve(
            "run", "--name", "second", "--interval", "100ms", "--", "sh", "-c",
            "touch started; until [ -e go ]; do sleep 0.05; done; exit 4")
        try await eventually("the command starts") { stage.exists("started") }
        #expect(ContinuousClock.now - begin < .seconds(3))
        try await eventually("varve warns") { varve.errors.contains("not recorded for now") }
        try connection.execute("COMMIT")
        try await eventually("the run is recorded now") {
            varve.errors.contains("recording goes on")
        }
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        let end = try await varve.finish()
        #expect(end.code == 4)
        #expect(end.errors.components(separatedBy: "warning").count == 2)
        let runs = try await stage.runs()
        #expect(runs.map { $0["sandbox"] } == ["first", "second"])
        #expect(runs[1]["exit_code"] == 4)
        #expect(try #require(runs[1]["sample_count"].integer) > 0)
    }

    @Test func `a recorder goes on polling while the catalog is locked`() async throws {
        let recorder = try await stage.startRecord("--poll", "100ms", "--interval", "500ms")
        let run = try stage.startVarve(
            "run", "--interval", "100ms", "--", "sh", "-c",
            "until [ -e go ]; do sleep 0.05; done")
        try await eventually("samples are recorded") { stage.recordedSamples > 5 }
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN IMMEDIATE")
        let before = stage.recordedSamples
        try await eventually("the recorder warns") {
            recorder.errors.contains("nothing can be written for now")
        }
        // Longer than a recorder may be held up before that is a gap.
        try await Task.sleep(for: .seconds(4))
        try connection.execute("COMMIT")
        try await eventually("it is written again") {
            recorder.errors.contains("can be written again")
        }
        // 40 came; a busy machine may miss some, one that waits for the lock misses nearly all.
        #expect(stage.recordedSamples >= before + 15)
        #expect(try stage.integers("SELECT count(*) FROM gap") == [[0]])
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        _ = try await run.finish()
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
    }

    @Test func `a recorder that cannot write at its end says what that costs`() async throws {
        let recorder = try await stage.startRecord()
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN IMMEDIATE")
        recorder.signal(SIGTERM)
        let end = try await recorder.finish()
        #expect(
            end.errors.contains(
                "varve: error: what was seen and not yet written is lost: cannot begin a transaction "
                    + "on \(stage.catalog): database is locked"))
        #expect(!end.errors.contains("to the end"))
    }

    @Test func `a catalog that is locked until the command's end is waited for`() async throws {
        try await stage.varve("run", "--name", "first", "--", "true")
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN IMMEDIATE")
        let varve = try stage.startVarve(
            "run", "--name", "second", "--interval", "100ms", "--", "sh", "-c",
            "echo $$ >pid; exit 4")
        try await eventually("the command has ended") {
            Int32(stage.contents("pid").trimmingCharacters(in: .whitespacesAndNewlines))
                .map(isDead) ?? false
        }
        try connection.execute("COMMIT")
        #expect(try await varve.finish().code == 4)
        let runs = try await stage.runs()
        #expect(runs.map { $0["sandbox"] } == ["first", "second"])
        #expect(runs[1]["exit_code"] == 4)
        #expect(runs[1]["status"] == "Terminated")
        #expect(try #require(runs[1]["duration_ms"].integer) < 5_000)
    }

    @Test func `a catalog that stays locked costs a warning and ten seconds, not the exit code`()
        async throws
    {
        try await stage.varve("run", "--name", "first", "--", "true")
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN IMMEDIATE")
        let end = try await stage.varve("run", "--name", "second", "--", "sh", "-c", "exit 4")
        #expect(end.code == 4)
        #expect(end.milliseconds < 25_000)
        let lines = end.errors.split(separator: "\n")
        try #require(lines.count == 3)
        #expect(
            lines[0].hasPrefix("varve: warning: the run goes on, but is not recorded for now: "))
        #expect(lines[1].hasPrefix("varve: warning: the run was not recorded: "))
        #expect(lines[2].hasPrefix("varve: 'second' failed: exit 4 after "))
        try connection.execute("COMMIT")
        #expect(try await stage.runs().map { $0["sandbox"] } == ["first"])
    }

    @Test(arguments: [
        ["query", "runs"], ["query", "lifecycle", "1"], ["query", "series", "1"], ["db", "info"],
        ["db", "check"],
    ])
    func `asking a catalog that is not there is an error, and makes nothing`(
        arguments: [String]
    ) async throws {
        let end = try await stage.start(Built.varve, arguments).finish()
        #expect(end.code == 1)
        #expect(end.output.isEmpty)
        #expect(
            end.errors
                == "varve: error: no catalog at \(stage.catalog): nothing was recorded there yet; "
                + "`varve run` makes one, --db or VARVE_DB names another\n")
        #expect(stage.files.isEmpty)
    }

    @Test func `without --db and VARVE_DB the catalog lies in the home directory`() async throws {
        let unset: [String: String?] = ["VARVE_DB": nil, "XDG_DATA_HOME": nil]
        #expect(try await stage.varve("run", "--", "true", environment: unset).code == 0)
        #if os(macOS)
            let place = "Library/Application Support/varve"
        #else
            let place = ".local/share/varve"
        #endif
        let modes = try ["", "/history.db", "/history.db.lock"].map { name in
            try FileManager.default.attributesOfItem(atPath: stage.path(place + name))[
                .posixPermissions] as? Int
        }
        #expect(modes == [0o700, 0o600, 0o600])
        let there = try await stage.varve("query", "runs", environment: unset)
        #expect(there.code == 0)
        let data = stage.path("data")
        let elsewhere: [String: String?] = ["VARVE_DB": nil, "XDG_DATA_HOME": data]
        #expect(try await stage.varve("run", "--", "true", environment: elsewhere).code == 0)
        #expect(stage.exists("data/varve/history.db"))
    }
}
