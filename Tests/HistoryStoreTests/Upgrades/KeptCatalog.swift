import Foundation
import Migrations
import SQLite
import Testing

@testable import HistoryStore

/// A catalog that was kept when its schema landed, and what another program says of it.
struct KeptCatalog: Sendable, CustomTestStringConvertible {
    struct Table: Decodable, Sendable {
        var columns: [String]
        var key: [String]
        /// Each value as `quote` writes it.
        var rows: [[String]]
    }

    private struct Contents: Decodable {
        var schemaVersion: Int
        var tables: [String: Table]
    }

    let version: Int
    var testDescription: String { "schema \(version)" }

    /// One for each step.
    static let all = (1...Migration.all.count).map(KeptCatalog.init(version:))

    private func url(_ kind: String) throws -> URL {
        try #require(
            Bundle.module.url(
                forResource: "catalog-\(version)", withExtension: kind, subdirectory: "Fixtures"))
    }

    /// What its tables hold, the ledger excepted.
    func tables() throws -> [String: Table] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let contents = try decoder.decode(Contents.self, from: Data(contentsOf: url("json")))
        #expect(contents.schemaVersion == version)
        return contents.tables.filter { $0.key != "schema_migration" }
    }

    /// Puts a copy of it at `path`, for its owner alone.
    func copy(to path: String) throws {
        try Data(contentsOf: url("db")).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// Whether the catalog at `path` has every row as it was, value by value.
    func expectRows(at path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let connection = try Connection(path: path, mode: .readOnly)
        for (name, table) in try tables() {
            let values = table.columns.map { "quote(\"\($0)\")" }.joined(separator: ", ")
            let rows = try connection.rows(
                "SELECT \(values) FROM \(name) ORDER BY \(table.key.joined(separator: ", "))")
            #expect(
                rows == table.rows, "\(name) of schema \(version)", sourceLocation: sourceLocation)
        }
    }

    /// How many rows it has in all tables.
    var rowCount: Int {
        get throws { try tables().values.reduce(0) { $0 + $1.rows.count } }
    }
}
