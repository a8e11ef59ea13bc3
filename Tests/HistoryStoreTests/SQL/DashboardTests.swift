import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

/// The dashboard for Grafana, asked as its data source asks.
struct DashboardTests {
    struct Panel: Decodable, Sendable, CustomTestStringConvertible {
        struct Target: Decodable, Sendable {
            var queryText: String
            var rawQueryText: String
            var queryType: String
            var timeColumns: [String]
        }
        var title: String
        var targets: [Target]
        var testDescription: String { title }
    }

    struct Dashboard: Decodable {
        struct Variables: Decodable { var list: [Variable] }
        struct Variable: Decodable {
            var name: String
            var query: String
        }
        var panels: [Panel]
        var templating: Variables
    }

    static let dashboard = try! JSONDecoder().decode(
        Dashboard.self,
        from: Data(contentsOf: DocumentationTests.docs.appending(path: "grafana-dashboard.json")))

    let scratch = try! Scratch()

    /// What reaches SQLite: Grafana puts variables in, the plugin its macro.
    static func expanded(_ sql: String) -> String {
        sql.replacingOccurrences(of: "${sandbox:singlequote}", with: "'it''s','other'")
            .replacingOccurrences(of: "$__from", with: "\(Timestamp.noon.unixMilliseconds)")
            .replacingOccurrences(of: "$__to", with: "\(ToldCatalog.now.unixMilliseconds)")
            .replacing(/\$__unixEpochGroupSeconds\(([a-z_]+), *([0-9]+)\)/) { match in
                "cast((\(match.output.1) / \(match.output.2)) as int) * \(match.output.2)"
            }
    }

    @Test(arguments: dashboard.panels)
    func `a panel has something to show, of a catalog and of a plain copy`(panel: Panel) throws {
        let copyPath = scratch.path("copy.db")
        _ = try ToldCatalog(scratch)
        _ = try CatalogReader(path: scratch.catalog).writePlainCopy(
            to: copyPath, now: ToldCatalog.now)
        #expect(panel.targets.count == 1)
        for target in panel.targets {
            #expect(target.queryText == target.rawQueryText)
            let sql = Self.expanded(target.queryText)
            #expect(!sql.contains("$"), "\(sql)")
            for path in [scratch.catalog, copyPath] {
                let connection = try Connection(path: path, mode: .readOnly)
                let rows = try connection.rows(sql)
                #expect(!rows.isEmpty && rows[0] != ["0"] && rows[0] != ["-"], "\(path): \(sql)")
                try connection.withStatement(sql) { statement in
                    let names = (0..<statement.columnCount).map { statement.columnName(at: $0) }
                    guard target.queryType == "time series" else { return }
                    // One time column, names, and values: rows in order of time.
                    #expect(names == ["time", "sandbox", "value"])
                    #expect(target.timeColumns.contains("time"))
                }
                if target.queryType == "time series" {
                    let times = rows.compactMap { Int64($0[0]) }
                    #expect(times == times.sorted() && times.count == rows.count)
                    #expect(rows.contains { $0[2] != "-" })
                }
            }
        }
    }

    @Test func `the list of sandboxes is asked for`() throws {
        _ = try ToldCatalog(scratch)
        let query = try #require(
            Self.dashboard.templating.list.first { $0.name == "sandbox" }?.query)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.rows(Self.expanded(query)) == [["it's"]])
        #expect(Self.dashboard.panels.count >= 10)
    }

    @Test func `the example of the page is a panel`() throws {
        _ = try ToldCatalog(scratch)
        let examples = try DocumentationTests.statements("grafana.md")
        #expect(examples.count == 1)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try !connection.rows(Self.expanded(examples[0])).isEmpty)
    }
}
