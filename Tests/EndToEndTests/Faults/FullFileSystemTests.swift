import Foundation
import TestFigures
import Testing

/// A file system of 8 MB that is full, of the catalog or of what is temporary.
@Suite(.serialized, .enabled(if: OwnMounts.arePermitted, "file systems cannot be mounted here"))
struct FullFileSystemTests {
    private static let mount =
        "mkdir small && mount -t tmpfs -o size=8m,mode=700 tmpfs small"
    private static let full = "database or disk is full (SQLite result code 13); free some space"

    private func fill(_ stage: Stage) async throws {
        let end = try await stage.shell("head -c 16m /dev/zero >small/filler")
        try #require(end.code != 0, "16 MB had room in 8")
    }

    @Test func `a recorder waits in memory for room, and then writes everything, once`()
        async throws
    {
        let stage = try await Stage(catalog: "small/history.db", mounting: Self.mount)
        let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
        let run = try stage.startVarve(
            "run", "--name", "r", "--interval", "50ms", "--", "sleep", "3600")
        try await stage.askedMore()
        try await fill(stage)
        try await eventually("the recorder warns; it said: \(recorder.errors)") {
            recorder.errors.contains("nothing can be written for now, what is seen waits in memory")
        }
        #expect(recorder.errors.contains(Self.full))
        let acknowledged = try await stage.askedRows()

        let other = try await stage.varve(
            "run", "--name", "other", "--", "sh", "-c", "echo came; exit 7")
        #expect(other.code == 7 && other.text == "came\n")
        #expect(
            other.errors.hasPrefix(
                "varve: warning: the run goes on, but is not recorded for now: "))
        #expect(other.errors.contains(Self.full))
        // Longer than a recorder may be held up before that is a gap.
        try await Task.sleep(for: .seconds(4))
        #expect(try await stage.askedRows() == acknowledged)

        #expect(try await stage.varve("db", "check").code == 0)
        try await stage.shell("rm small/filler")
        try await eventually("it is written again; it said: \(recorder.errors)") {
            recorder.errors.contains("small/history.db can be written again\n")
        }
        try await stage.askedMore()
        run.signal(SIGTERM)
        #expect(try await run.finish().code == 143)
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)

        let rows = try await stage.askedRows()
        #expect(rows.isSuperset(of: acknowledged))
        let entry = try #require(try await stage.runs().first { $0["sandbox"] == "r" })
        #expect(entry["exit_signal"] == "SIGTERM" && entry["exit_known_by"] == "waited")
        let count = try #require(entry["sample_count"].integer)
        let duration = try #require(entry["duration_ms"].integer)
        // A busy machine may miss some polls; one that had waited for the file system missed most.
        #expect(count > duration / 50 / 2 && count <= duration / 50 + 3)
        #expect(try await stage.gaps(of: "r").allSatisfy { $0.reason != "dropped" })
        #expect(try await stage.isWhole())
        try Figures.record(
            "full file system", of: "record", tried: 1, crashes: stage.crashCount,
            acknowledged: acknowledged.count, lost: acknowledged.subtracting(rows).count)
    }

    @Test func `a run that finds it full is recorded from the moment at which there is room`()
        async throws
    {
        let stage = try await Stage(catalog: "small/history.db", mounting: Self.mount)
        try await fill(stage)
        let run = try stage.startVarve(
            "run", "--name", "r", "--interval", "50ms", "--row-interval", "200ms", "--", "sleep",
            "3600")
        try await eventually("varve warns; it said: \(run.errors)") {
            run.errors.contains("the run goes on, but is not recorded for now: ")
        }
        #expect(run.errors.contains(Self.full))
        try await stage.shell("rm small/filler")
        try await eventually("the run is recorded; it said: \(run.errors)") {
            run.errors.contains("recording goes on: ")
        }
        try await stage.askedMore()
        run.signal(SIGTERM)
        #expect(try await run.finish().code == 143)
        let entry = try await stage.onlyRun()
        #expect(entry["exit_signal"] == "SIGTERM")
        #expect(try #require(entry["sample_count"].integer) >= 10)
        #expect(try await stage.isWhole())
        try Figures.record("full file system", of: "run", tried: 1, crashes: stage.crashCount)
    }

    @Test func `without room for what is temporary, commands fail in a sentence or do their work`()
        async throws
    {
        let stage = try await Stage(catalog: "history.db", mounting: Self.mount)
        try await fill(stage)
        let environment: [String: String?] = [
            "TMPDIR": stage.path("small"), "SQLITE_TMPDIR": stage.path("small"),
        ]
        let run = try await stage.varve(
            "run", "--name", "r", "--", "sh", "-c", "echo x >\"$TMPDIR/x\"",
            environment: environment)
        #expect(run.code != 0)
        let events = try await stage.query("lifecycle", "r")
        let told = try #require(events.first { $0["kind"] == "disk_full" })
        #expect(told["detail"].string?.hasPrefix("0 B of 8.0 MiB free on the file system ") == true)

        // More than SQLite sorts in memory.
        let sort = try await stage.varve(
            "query", "sql",
            """
            WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 60000)
            SELECT x, hex(randomblob(400)) AS y FROM c ORDER BY y
            """, "--limit", "unlimited", environment: environment)
        #expect(sort.code == 1 && sort.output.isEmpty)
        #expect(sort.errors.hasPrefix("varve: error: "))
        #expect(sort.errors.contains(Self.full))

        for command in [["db", "prune"], ["db", "check"], ["query", "runs"], ["why", "r"]] {
            let end = try await stage.start(Built.varve, command, environment: environment)
                .finish()
            #expect(end.code == 0, "\(command): \(end.errors)")
        }
        for (command, file) in [
            (["db", "export", "--plain", "small/plain.db"], "plain.db"),
            (["bundle", "r", "-o", "small/bundle.db"], "bundle.db"),
            (["why", "r", "--html", "small/page.html"], "page.html"),
        ] {
            let end = try await stage.start(Built.varve, command, environment: environment)
                .finish()
            #expect(end.code == 1, "\(command)")
            #expect(
                end.errors.hasPrefix("varve: error: cannot write "), "\(command): \(end.errors)")
            #expect(try await stage.shell("test -e small/\(file)").code == 1, "\(command)")
        }
        #expect(try await stage.shell("ls small").text == "filler\nx\n")
        try Figures.record(
            "full file system", of: "temporary files", tried: 8, crashes: stage.crashCount)
    }
}
