import Foundation
import Testing

/// The page about guarantees names the tests that show them.
struct GuaranteesPageTests {
    private static let page = try? String(
        contentsOf: SchemaPage.root.appending(path: "docs/guarantees.md"), encoding: .utf8)

    /// Every test of the sources by its name: that of a function, or the text that `@Test` is given.
    private static let tests: Set<String> = {
        let folder = SchemaPage.root.appending(path: "Tests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var names: Set<String> = []
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            names.formUnion(text.matches(of: #/func\s+`([^`]+)`/#).map { String($0.output.1) })
            names.formUnion(
                text.matches(of: #/@Test\(\s*"((?:[^"\\]|\\.)+)"/#).map { String($0.output.1) })
        }
        return names
    }()

    /// The cells of all tables of promises: of those whose last column says what shows them.
    private func promises() throws -> [(text: String, tests: [String])] {
        let lines = try #require(Self.page).split(separator: "\n", omittingEmptySubsequences: false)
        var isTable = false
        var promises: [(text: String, tests: [String])] = []
        for line in lines {
            guard line.hasPrefix("|") else {
                isTable = false
                continue
            }
            if line.hasSuffix("| shown by |") { isTable = true }
            guard isTable, !line.hasSuffix("| shown by |"), !line.hasPrefix("| ---") else {
                continue
            }
            let names = line.matches(of: #/“([^”]+)”/#).map { String($0.output.1) }
            promises.append((String(line.prefix(60)), names))
        }
        return promises
    }

    @Test func `every promise names a test, and every test that is named is in the sources`() throws
    {
        let promises = try promises()
        #expect(promises.count >= 25 && Self.tests.count > 500)
        for promise in promises {
            #expect(!promise.tests.isEmpty, "\(promise.text)")
            for name in promise.tests {
                #expect(Self.tests.contains(name), "“\(name)” in \(promise.text)")
            }
        }
    }

    @Test func `a name that no test has is found`() {
        #expect(!Self.tests.contains("a name that no test has"))
        #expect(Self.tests.contains("a name that no test has is found"))
    }

    @Test
    func `the script puts what was counted into the page, and fails where something was lost`()
        async throws
    {
        let stage = try Stage()
        let script = SchemaPage.root.appending(path: "Scripts/guarantees.sh").path
        let page = "# A page\n\n<!-- figures -->\nold\n<!-- end of figures -->\n\nMore.\n"
        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: stage.path(name), atomically: true, encoding: .utf8)
        }
        try write("page.md", page)
        let empty = try await stage.start(script, [".", "page.md"]).finish()
        #expect(empty.code == 1 && empty.errors.hasPrefix("guarantees: no figures in .: "))
        #expect(stage.contents("page.md") == page)
        try write(
            "b.json",
            #"{"acknowledged":1234567,"crashes":0,"lost":0,"suite":"b | <i>","tried":12,"what":"y"}"#
                + "\n")
        try write("a.json", #"{"crashes":0,"suite":"a","tried":1000,"what":"x"}"# + "\n")
        #expect(try await stage.start(script, [".", "page.md"]).finish().code == 0)
        #expect(
            stage.contents("page.md") == """
                # A page

                <!-- figures -->
                | what was tried | of what | how often | crashes | acknowledged | lost |
                | --- | --- | ---: | ---: | ---: | ---: |
                | a | x | 1,000 | 0 | – | – |
                | b \\| &lt;i> | y | 12 | 0 | 1,234,567 | 0 |
                | **all** | | **1,012** | **0** | **1,234,567** | **0** |
                <!-- end of figures -->

                More.

                """)
        try write(
            "c.json",
            #"{"acknowledged":5,"crashes":0,"lost":1,"suite":"c","tried":1,"what":"z"}"# + "\n")
        let lost = try await stage.start(script, [".", "page.md"]).finish()
        #expect(lost.code == 1)
        #expect(
            lost.errors == "guarantees: something crashed or was lost, see page.md\n")
        #expect(stage.contents("page.md").contains("| c | z | 1 | 0 | 5 | 1 |\n"))
    }
}
