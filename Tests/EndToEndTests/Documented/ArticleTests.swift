import Foundation
import Testing

/// What the articles of the libraries show is what the tests compile and run.
struct ArticleTests {
    private static func files(below folder: String, where isWanted: (URL) -> Bool) -> [URL] {
        let folder = SchemaPage.root.appending(path: folder)
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (all?.compactMap { $0 as? URL } ?? []).filter(isWanted)
            .sorted { $0.path < $1.path }
    }

    /// The code between `// begin` and `// end`, without its indentation.
    private static func examples(in text: String) -> [String] {
        text.matches(of: #/(?m)^( *)// begin (\w+)\n((?s:.*?))^ *// end \2\n/#).map { match in
            match.output.3.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(match.output.1) ? $0.dropFirst(match.output.1.count) : $0 }
                .joined(separator: "\n")
        }
    }

    private static func blocks(in text: String) -> [String] {
        text.matches(of: #/(?m)^```swift\n((?s:.*?))^```$/#).map { String($0.output.1) }
    }

    @Test func `every example of an article is compiled and run, and every one is shown`() throws {
        let articles = Self.files(below: "Sources") {
            $0.path.contains(".docc/") && $0.pathExtension == "md"
        }
        #expect(articles.count == 4)
        let examples = try Self.files(below: "Tests") {
            $0.path.contains("/Examples/") && !$0.lastPathComponent.hasSuffix("Tests.swift")
        }.flatMap { try Self.examples(in: String(contentsOf: $0, encoding: .utf8)) }
        let blocks = try articles.flatMap {
            try Self.blocks(in: String(contentsOf: $0, encoding: .utf8))
        }
        #expect(blocks.count == 9)
        #expect(blocks.sorted() == examples.sorted())
    }

    /// DocC looks at the labels, too; this only that a thing was not renamed or removed.
    @Test func `every symbol that an article names is declared in its library`() throws {
        var count = 0
        for library in ["SlotRegistry", "HistoryStore"] {
            let sources = try Self.files(below: "Sources/\(library)") {
                $0.pathExtension == "swift"
            }.map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
            // Without the code, whose fences look like links.
            let articles = try Self.files(below: "Sources/\(library)/\(library).docc") { _ in true }
                .map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
                .replacing(#/(?m)^```(?s:.*?)^```$/#, with: "")
            for link in articles.matches(of: #/``([^`]+)``/#).map(\.output.1) where link != library
            {
                for part in link.split(separator: "/") {
                    let name = part.prefix { $0 != "(" }
                    let declaration = try Regex(
                        #"\b(struct|class|enum|protocol|func|var|let|case) \#(name)\b"#)
                    #expect(sources.firstMatch(of: declaration) != nil, "\(link) in \(library)")
                    count += 1
                }
            }
            for link in articles.matches(of: #/<doc:(\w+)>/#).map(\.output.1) {
                let file = "Sources/\(library)/\(library).docc/\(link).md"
                #expect(
                    FileManager.default.fileExists(
                        atPath: SchemaPage.root.appending(path: file).path))
                count += 1
            }
        }
        #expect(count > 50)
    }
}
