import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

/// What the pages say is tried, so that they cannot lie.
struct DocumentationTests {
    let scratch = try! Scratch()

    static let docs = MigrationFolderTests.root.appending(path: "docs")

    static func page(_ name: String) throws -> String {
        try String(contentsOf: docs.appending(path: name), encoding: .utf8)
    }

    static func statements(_ page: String) throws -> [String] {
        try Self.page(page).matches(of: /```sql\n([\s\S]*?)```/).map { String($0.output.1) }
    }

    private func makeCopy() throws -> Connection {
        _ = try ToldCatalog(scratch)
        _ = try CatalogReader(path: scratch.catalog).writePlainCopy(
            to: scratch.path("copy.db"), now: ToldCatalog.now)
        return try Connection(path: scratch.path("copy.db"), mode: .readOnly)
    }

    @Test func `each of the ten questions has an answer, of a catalog and of a plain copy`() throws
    {
        let copy = try makeCopy()
        let questions = try Self.statements("sql.md")
        #expect(questions.count == 10)
        for question in questions {
            #expect(try !ToldCatalog.rows(question, in: scratch.catalog).isEmpty, "\(question)")
            // The hidden columns of the virtual table are not in a copy.
            guard !question.hasPrefix("SELECT at,") else { continue }
            #expect(try !copy.rows(question).isEmpty, "\(question)")
        }
    }

    @Test(arguments: ["run_view", "event_view", "gap_view", "sandbox_label"])
    func `the columns of a view are those on the page`(view: String) throws {
        let copy = try makeCopy()
        let page = try Self.page("sql.md")
        let line = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `\(view)` |") })
        // What stands in brackets explains a column.
        let listed = line.replacing(/\([^)]*\)/, with: "").matches(of: /`([a-z_]+)`/)
            .map { String($0.output.1) }.dropFirst()
        let columns = try copy.rows("SELECT name FROM pragma_table_info('\(view)')").map { $0[0] }
        #expect(Array(listed) == columns)
    }

    @Test func `what the page calls a table, a view or a column of usage is there`() throws {
        _ = try makeCopy()
        let page = try Self.page("sql.md")
        let names = page.matches(of: /\n\| `([a-z_]+)` \| [^|]+ \| [^|]+ \|/).map {
            String($0.output.1)
        }
        #expect(names.count >= 14)
        for name in names {
            #expect(
                try !ToldCatalog.rows(
                    "SELECT 1 FROM pragma_table_xinfo('\(name)')", in: scratch.catalog
                ).isEmpty, "\(name)")
        }
        for column in try ToldCatalog.rows(
            "SELECT name FROM pragma_table_info('usage_view')", in: scratch.catalog)
        {
            guard case .text(let name) = column[0] else { continue }
            let isOtherGauge = name.hasPrefix("memory_") || name.hasPrefix("upper_")
            #expect(isOtherGauge || page.contains("`\(name)`"), "\(name)")
        }
    }
}
