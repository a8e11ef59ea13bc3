import Foundation
import HistoryModel
import Migrations
import SQLite
import Testing

@testable import HistoryStore

/// Files that are not for this varve: each is refused in words, and left as it was.
struct RefusalTests {
    let scratch = try! Scratch()

    /// A kind of file that is refused.
    enum Refused: String, CaseIterable, Sendable {
        case text, otherApplication, tablesWithoutApplication, walDatabase, newer, changed, gapped

        var code: StoreError.Code {
            switch self {
            case .text: .notADatabase
            case .otherApplication, .tablesWithoutApplication, .walDatabase: .foreignDatabase
            case .newer: .newerSchema
            case .changed, .gapped: .changedMigration
            }
        }

        func make(in scratch: Scratch) throws {
            switch self {
            case .text:
                try scratch.write(
                    Data(String(repeating: "no database at all, only text\n", count: 99).utf8),
                    to: "history.db")
            case .otherApplication:
                try plain(scratch, "PRAGMA application_id = 252006673; CREATE TABLE t (a)")
            case .tablesWithoutApplication:
                try plain(scratch, "CREATE TABLE t (a)")
            case .walDatabase:
                try tamper(scratch.catalog, "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            case .newer:
                _ = try scratch.makeCatalog()
                try tamper(
                    scratch.catalog,
                    "INSERT INTO schema_migration VALUES (\(Migration.all.count + 1), 'later', 'ffffffffffffffff', 1)"
                )
            case .changed:
                _ = try scratch.makeCatalog()
                try tamper(
                    scratch.catalog, "UPDATE schema_migration SET checksum = 'x' WHERE version = 2")
            case .gapped:
                _ = try scratch.makeCatalog()
                try tamper(scratch.catalog, "DELETE FROM schema_migration WHERE version = 1")
            }
            try? FileManager.default.removeItem(atPath: scratch.catalog + ".lock")
        }

        private func plain(_ scratch: Scratch, _ sql: String) throws {
            let connection = try Connection(path: scratch.catalog, mode: .create)
            try connection.execute("PRAGMA query_only = OFF; " + sql)
        }

        func sentence(_ path: String) -> String {
            switch self {
            case .text: "\(path) is no SQLite database; name another file with --db or VARVE_DB"
            case .otherApplication:
                """
                \(path) is another program's database (its application id is 252006673, not \
                varve's 1986097782); it was left untouched: name another file with --db or VARVE_DB
                """
            case .tablesWithoutApplication, .walDatabase:
                """
                \(path) is another program's database (it has tables that varve did not make); it \
                was left untouched: name another file with --db or VARVE_DB
                """
            case .newer:
                """
                \(path) was made by a newer varve (schema \(Migration.all.count + 1), this \
                one knows \(Migration.all.count)); it was left \
                untouched: use that varve
                """
            case .changed:
                """
                step 2 (samples) of the schema of \(path) is not the one that this varve knows \
                (checksum x, expected \(Migration.all[1].checksum)); it was left untouched: use the \
                varve that made it
                """
            case .gapped:
                """
                step 2 (samples) of the schema of \(path) is not the one that this varve knows \
                (checksum \(Migration.all[1].checksum), expected \(Migration.all[0].checksum)); it \
                was left untouched: use the varve that made it
                """
            }
        }
    }

    @Test(arguments: Refused.allCases)
    func `it is refused for writing, in words, and nothing is touched`(file: Refused) throws {
        try file.make(in: scratch)
        let before = try scratch.contents()
        #expect(before.keys.sorted() == ["history.db"])
        let error = #expect(throws: StoreError.self) { _ = try scratch.makeCatalog() }
        #expect(error?.code == file.code)
        #expect(error?.description == file.sentence(scratch.catalog))
        #expect(try scratch.contents() == before)
    }

    @Test(arguments: Refused.allCases)
    func `it is refused for reading, in the same words, and its bytes stay`(file: Refused) throws {
        try file.make(in: scratch)
        let before = try scratch.bytes("history.db")
        let error = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: scratch.catalog)
        }
        #expect(error?.code == file.code)
        #expect(error?.description == file.sentence(scratch.catalog))
        #expect(try scratch.bytes("history.db") == before)
        #expect(try !scratch.names.contains("history.db.lock"))
    }

    @Test func `a foreign database in use keeps its log`() throws {
        let owner = try Connection(path: scratch.catalog, mode: .create)
        try owner.prepareForWriting()
        try owner.execute("CREATE TABLE t (a)")
        let before = try scratch.bytes("history.db-wal")
        #expect(before.count > 0)
        #expect(throws: StoreError.self) { _ = try scratch.makeCatalog() }
        #expect(try scratch.bytes("history.db-wal") == before)
        #expect(try scratch.names == ["history.db", "history.db-shm", "history.db-wal"])
    }

    @Test func `an older schema is not read, and the reader says what to do`() throws {
        try MigratorTests.migrate(scratch.catalog, with: Array(Migration.all.prefix(1)))
        let error = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: scratch.catalog)
        }
        #expect(error?.code == .olderSchema)
        #expect(
            error?.description == """
                \(scratch.catalog) was made by an older varve (schema 1, this one knows \
                \(Migration.all.count)); open it for writing once to migrate it
                """)
    }

    @Test func `a missing catalog is not made by reading`() throws {
        let error = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: scratch.catalog)
        }
        #expect(error?.code == .notFound)
        #expect(
            error?.description == """
                no catalog at \(scratch.catalog): nothing was recorded there yet; `varve run` makes \
                one, --db or VARVE_DB names another
                """)
        #expect(try scratch.names == [])
    }

    @Test func `an empty file is no catalog to a reader, and becomes one by writing`() throws {
        try scratch.write(Data(), to: "history.db")
        #expect(throws: StoreError.self) { _ = try CatalogReader(path: scratch.catalog) }
        _ = try scratch.makeCatalog()
        _ = try CatalogReader(path: scratch.catalog)
    }

    @Test func `a directory in the catalog's place cannot be opened`() throws {
        try FileManager.default.createDirectory(
            atPath: scratch.catalog, withIntermediateDirectories: true)
        let writing = #expect(throws: StoreError.self) { _ = try scratch.makeCatalog() }
        #expect(writing?.code == .database)
        let reading = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: scratch.catalog)
        }
        #expect(reading?.code == .database)
        #expect(try scratch.names == ["history.db"])
    }

    @Test(arguments: ["", "a\0b"])
    func `an impossible path is refused before anything is made`(path: String) {
        let error = #expect(throws: StoreError.self) { _ = try Catalog(path: path, now: .noon) }
        #expect(error?.code == .cannotOpen)
        #expect(
            error?.description
                == "the catalog's path is empty or holds a NUL byte; name a file with --db or VARVE_DB"
        )
    }
}
