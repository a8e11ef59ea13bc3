import Foundation
import Testing

/// `varve why RUN --html FILE`: what is in the page, PageTests ask a browser.
@Suite(.serialized)
struct WhyPageTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    @Test func `the page lies in its file for its owner alone, and replaces what was there`()
        async throws
    {
        try stage.write("report.html", "an older one")
        let end = try await stage.varve("why", "build", "--html", stage.path("report.html"))
        #expect(end.code == 0 && end.errors.isEmpty && end.output.isEmpty)
        let page = stage.contents("report.html")
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
        #expect(page.contains("<h1><bdi>build</bdi></h1>"))
        #expect(page.contains("team") && page.contains("exit code 0"))
        let attributes = try FileManager.default.attributesOfItem(atPath: stage.path("report.html"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        // Nothing half-written is left beside it.
        #expect(!stage.files.contains { $0.hasPrefix(".varve-page") })
    }

    @Test func `a link leads to the file that is replaced`() async throws {
        try stage.write("there.html", "an older one")
        try FileManager.default.createSymbolicLink(
            atPath: stage.path("link.html"), withDestinationPath: stage.path("there.html"))
        let end = try await stage.varve("why", "crash", "--html", stage.path("link.html"))
        #expect(end.code == 0)
        #expect(stage.contents("there.html").hasPrefix("<!DOCTYPE html>"))
        let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: stage.path("link.html"))
        #expect(target == stage.path("there.html"))
    }

    @Test func `no page replaces a database, by whatever name`() async throws {
        try FileManager.default.createSymbolicLink(
            atPath: stage.path("link.html"), withDestinationPath: stage.catalog)
        for name in ["history.db", "link.html"] {
            let page = stage.path(name)
            for end in [
                try await stage.varve("why", "build", "--html", page),
                try await stage.varve("compare", "build", "crash", "--html", page),
                try await stage.varve("report", "--since", "2020-01-01", "--html", page),
            ] {
                #expect(end.code == 1)
                #expect(
                    end.errors.contains(
                        "varve: error: cannot write the page to '\(page)': it is a database; "
                            + "name another file with --html\n"))
            }
        }
        #expect(try await stage.varve("why", "build").code == 0)
    }

    @Test func `a dash is standard output`() async throws {
        let end = try await stage.varve("why", "serve", "--html", "-")
        #expect(end.code == 0)
        #expect(end.text.hasPrefix("<!DOCTYPE html>") && end.text.contains("still running"))
        #expect(!stage.exists("-"))
    }

    @Test func `a page that cannot be written says why, and what to do`() async throws {
        let nowhere = try await stage.varve("why", "build", "--html", "nowhere/report.html")
        #expect(nowhere.code == 1)
        #expect(
            nowhere.errors == """
                varve: error: cannot write the page to 'nowhere/report.html': No such file or \
                directory; look at its directory, or name another file with --html

                """)
        let directory = try await stage.varve("why", "build", "--html", stage.directory)
        #expect(directory.code == 1 && directory.errors.contains("Is a directory"))
        let twice = try await stage.varve("why", "build", "--html", "x", "--format", "json")
        #expect(twice.code == 64)
        #expect(twice.errors.contains("--html is a format of its own: leave --format out"))
        let unknown = try await stage.varve("why", "nobody", "--html", stage.path("x.html"))
        #expect(unknown.code == 3 && !stage.exists("x.html"))
    }
}
