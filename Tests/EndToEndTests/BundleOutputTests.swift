import Foundation
import HistoryStore
import Testing

struct BundleOutputTests {
    let stage = try! Stage()

    @Test func `a bundle is written, says what is in it, and is read like a catalog`() async throws
    {
        try stage.makeHistory()
        let file = stage.path("build.varve")
        let made = try await stage.varve(
            "bundle", "build", "-o", file, "--redact", "labels,command")
        #expect(made.code == 0 && made.text == "")
        #expect(
            made.errors
                == "varve: \(file): run 1 of 'build' alone, without "
                + "command, labels\n")
        let read = try await stage.varve("query", "runs", "--db", file, "--format", "csv")
        #expect(read.code == 0 && read.errors == "")
        #expect(read.text.split(separator: "\r\n").count == 2)
        #expect(!read.text.contains("make") && !read.text.contains("team"))
        #expect(stage.files.filter { $0.hasPrefix("build") } == ["build.varve"])
    }

    @Test func `a bundle never replaces the catalog that it is of, a bundle neither`() async throws
    {
        try stage.makeHistory()
        let file = stage.path("build.varve")
        #expect(try await stage.varve("bundle", "build", "-o", file).code == 0)
        for catalog in [stage.catalog, file] {
            let end = try await stage.varve(
                "bundle", "build", "-o", catalog, "--force", "--db", catalog)
            #expect(end.code == 64)
            #expect(
                end.errors.hasPrefix(
                    "Error: \(catalog) is the catalog itself, or a part of it: name another file\n")
            )
            #expect(try await stage.varve("why", "build", "--db", catalog).code == 0)
        }
    }

    @Test func `what stands in the way of a bundle is said`() async throws {
        try stage.makeHistory()
        let file = stage.path("build.varve")
        try stage.write("build.varve", "mine")
        let taken = try await stage.varve("bundle", "build", "-o", file)
        #expect(taken.code == 1)
        #expect(
            taken.errors == "varve: error: \(file) exists already; --force replaces it\n")
        #expect(stage.contents("build.varve") == "mine")
        let unknown = try await stage.varve("bundle", "biuld", "-o", file + "2")
        #expect(unknown.code == 3)
        #expect(unknown.errors.contains("did you mean 'build'?"))
        let device = try await stage.varve("bundle", "build", "-o", "/dev/full", "--force")
        #expect(device.code == 1)
        #expect(
            device.errors
                == "varve: error: cannot write /dev/full: it is no regular file (SQLite result code 14); "
                + "check that the path is right and that you may access it\n")
        let word = try await stage.varve("bundle", "build", "-o", file, "--redact", "pid")
        #expect(word.code == 64)
        #expect(try await stage.varve("bundle", "build", "-o", file, "--force", "-q").errors == "")
    }
}
