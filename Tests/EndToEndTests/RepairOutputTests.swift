import Foundation
import HistoryStore
import SQLite
import Testing

/// Backups and repairs as people get them.
struct RepairOutputTests {
    let stage = try! Stage()

    /// Everything in one file, as a program that ended leaves it.
    private func settle() throws {
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        _ = try connection.checkpoint(.truncate)
    }

    @Test func `a backup is made while a recorder writes, and is read like a catalog`() async throws
    {
        let varve = try stage.startVarve(
            "run", "--name", "live", "--interval", "100ms", "--row-interval", "200ms", "--", "sh",
            "-c", "touch started; until [ -e go ]; do sleep 0.05; done")
        try await eventually("the command starts") { stage.exists("started") }
        for number in 1...3 {
            let file = stage.path("b\(number).db")
            let made = try await stage.varve("db", "backup", file)
            #expect(made.code == 0 && made.text == "")
            #expect(made.errors.hasPrefix("varve: \(file): "))
            #expect(made.errors.contains(" and found whole in "))
            let read = try await stage.varve("query", "runs", "--db", file, "--format", "csv")
            #expect(read.code == 0 && read.text.contains("live"))
            #expect(try await stage.varve("db", "check", "--db", file).code == 0)
        }
        try stage.write("go", "")
        #expect(try await varve.finish().code == 0)
        #expect(try await stage.varve("db", "check").code == 0)
    }

    @Test func `what stands in the way of a backup is said`() async throws {
        try stage.makeHistory()
        try stage.write("mine.db", "mine")
        let file = stage.path("mine.db")
        let taken = try await stage.varve("db", "backup", file)
        #expect(taken.code == 1)
        #expect(
            taken.errors
                == "varve: error: cannot write \(file): a file of that name exists already; --force "
                + "replaces it\n")
        #expect(stage.contents("mine.db") == "mine")
        for own in [stage.catalog, stage.catalog + "-wal", stage.catalog + ".lock"] {
            let end = try await stage.varve("db", "backup", "--force", own)
            #expect(end.code == 64)
            #expect(
                end.errors.hasPrefix(
                    "Error: \(own) is the catalog itself, or a part of it: name another file\n"))
        }
        let nowhere = try await stage.varve("db", "backup", stage.path("no/b.db"))
        #expect(nowhere.code == 1)
        #expect(nowhere.errors.contains("No such file or directory"))
        let replaced = try await stage.varve("db", "backup", "--force", "--no-check", "-q", file)
        #expect(replaced.code == 0 && replaced.errors == "")
        #expect(try await stage.varve("db", "check", "--db", file).code == 0)
    }

    @Test func `a catalog that is whole is brought over whole`() async throws {
        try stage.makeHistory()
        try settle()
        let file = stage.path("new.db")
        let end = try await stage.varve("db", "repair", "-o", file)
        #expect(end.code == 0)
        #expect(end.text.hasPrefix("TABLE             ROWS  LOST  UNREADABLE PAGES  MADE ANEW\n"))
        #expect(end.errors.hasPrefix("varve: \(file): "))
        #expect(end.errors.hasSuffix(" rows brought over, nothing is lost\n"))
        for command in [["query", "runs"], ["query", "series", "build"], ["query", "lifecycle"]] {
            let old = try await stage.start(Built.varve, command + ["--format", "csv"]).finish()
            let new = try await stage.start(
                Built.varve, command + ["--format", "csv", "--db", file]
            ).finish()
            #expect(old.output == new.output && old.code == 0, "\(command)")
        }
    }

    @Test func `of a damaged catalog it says what is lost, and ends with 2`() async throws {
        try stage.makeHistory()
        try settle()
        var bytes = try #require(FileManager.default.contents(atPath: stage.catalog))
        bytes.replaceSubrange(0..<4096, with: Data(repeating: 0, count: 4096))
        try bytes.write(to: URL(filePath: stage.path("damaged.db")))
        let file = stage.path("new.db")
        let end = try await stage.varve(
            "db", "repair", "--from", stage.path("damaged.db"), "-o", file)
        #expect(end.code == 2)
        #expect(
            end.errors.hasPrefix(
                "varve: warning: the header of \(stage.path("damaged.db")) is damaged; pages of 4096 "
                    + "bytes were assumed\n"))
        #expect(end.errors.hasSuffix(" rows brought over, no row is known to be lost\n"))
        #expect(FileManager.default.contents(atPath: stage.path("damaged.db")) == bytes)
        #expect(try await stage.varve("db", "check", "--db", file).code == 0)
        #expect(try await stage.varve("why", "build", "--db", file).code == 0)
        let taken = try await stage.varve("db", "repair", "-o", file)
        #expect(taken.code == 1)
        #expect(taken.errors.hasSuffix("; --force replaces it\n"))
        let own = try await stage.varve("db", "repair", "--force", "-o", stage.catalog)
        #expect(own.code == 64)
        #expect(
            own.errors.hasPrefix(
                "Error: \(stage.catalog) is the damaged catalog itself: name another file\n"))
        let both = try await stage.varve("db", "repair", "--from", "a", "--db", "b", "-o", file)
        #expect(both.code == 64)
    }

    @Test(arguments: 1...7)
    func `a catalog of every schema that has landed answers, and says why`(version: Int)
        async throws
    {
        let kept = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "HistoryStoreTests/Fixtures/catalog-\(version).db")
        try Data(contentsOf: kept).write(to: URL(filePath: stage.catalog))
        // Before the first command that migrates it.
        #expect(try await stage.varve("db", "backup", stage.path("old.db")).code == 0)
        let runs = try await stage.varve("query", "runs", "--format", "csv")
        #expect(runs.code == 0 && runs.text.contains("killed"))
        for run in ["build", "crash", "killed", "open"] {
            let why = try await stage.varve("why", run)
            #expect(why.code == 0 && !why.text.isEmpty, "\(run): \(why.errors)")
        }
        #expect(try await stage.varve("db", "check").code == 0)
        #expect(
            try await stage.varve("query", "runs", "--format", "csv", "--db", stage.path("old.db"))
                .output == runs.output)
    }
}
