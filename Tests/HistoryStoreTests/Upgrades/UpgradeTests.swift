import Foundation
import HistoryModel
import Migrations
import SQLite
import Testing

@testable import HistoryStore

/// Catalogs of every schema that has landed, brought to today's.
struct UpgradeTests {
    let scratch = try! Scratch()

    @Test(arguments: KeptCatalog.all)
    func `a catalog of every schema that has landed is brought to today's, row by row`(
        kept: KeptCatalog
    ) throws {
        try kept.copy(to: scratch.catalog)
        try kept.expectRows(at: scratch.catalog)
        #expect(try kept.rowCount > 30)
        let catalog = try Catalog(path: scratch.catalog, now: .noon)
        try kept.expectRows(at: scratch.catalog)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.problems() == [])
        #expect(try reader.summary().schemaVersion == Int64(Migration.all.count))
        #expect(try reader.run(RunReference("killed")).exitSignal == 9)
        #expect(try reader.run(RunReference("open")).status == .running)
        let series = try reader.series(of: RunReference("build"), metrics: [.memory], now: .noon)
        #expect(series.problems == [])
        #expect(series.points.isEmpty == (kept.version < 2))
        // It goes on being written.
        let run = try catalog.begin(.web(at: .noon), of: .own).id
        try catalog.write([.tenSeconds(of: run, at: .noon)])
        try catalog.end(run, at: .noon(plus: 10_000))
        _ = try catalog.seal(run)
        #expect(try reader.problems() == [])
    }

    @Test(arguments: KeptCatalog.all)
    func `each step by itself leaves all rows and a whole catalog`(kept: KeptCatalog) throws {
        try kept.copy(to: scratch.catalog)
        for count in kept.version...Migration.all.count {
            try MigratorTests.migrate(
                scratch.catalog, with: Array(Migration.all.prefix(count)),
                now: .noon(plus: Int64(count)))
            try kept.expectRows(at: scratch.catalog)
            let connection = try Connection(path: scratch.catalog, mode: .readOnly)
            #expect(try connection.integrityCheck() == [])
            #expect(try connection.foreignKeyViolations() == [])
            #expect(
                try connection.integer("SELECT max(version) FROM schema_migration") == Int64(count))
        }
        _ = try Catalog(path: scratch.catalog, now: .noon)
        #expect(try CatalogReader(path: scratch.catalog).problems() == [])
    }

    @Test(arguments: KeptCatalog.all.dropLast())
    func `a migration killed within a step and between two goes on when it is opened next`(
        kept: KeptCatalog
    ) async throws {
        let path = scratch.catalog
        try kept.copy(to: path)
        let step = Migration.all[kept.version]
        let parts = String(decoding: step.sql, as: UTF8.self).components(separatedBy: ";\n")
        // Half of its statements, written to the log and not committed.
        let half = parts.prefix(max(1, parts.count / 2)).joined(separator: ";\n")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, half = half as String] in
            let connection = try Connection(path: path, mode: .readWrite)
            try connection.prepareForWriting()
            // So small a cache that pages of the open transaction reach the log.
            try connection.execute("PRAGMA cache_size = 1")
            try connection.transaction {
                try connection.execute(half)
                kill(getpid(), SIGKILL)
            }
        }
        do {
            let reader = try Connection(path: path, mode: .readOnly)
            #expect(
                try reader.integer("SELECT max(version) FROM schema_migration")
                    == Int64(kept.version))
        }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, count = kept.version + 1 as Int] in
            try MigratorTests.migrate(path, with: Array(Migration.all.prefix(count)))
            kill(getpid(), SIGKILL)
        }
        _ = try Catalog(path: path, now: .noon)
        try kept.expectRows(at: path)
        let reader = try CatalogReader(path: path)
        #expect(try reader.problems() == [])
        #expect(try reader.summary().schemaVersion == Int64(Migration.all.count))
    }

    /// What a newer or another varve may have left in a ledger.
    enum Ledger: String, CaseIterable, Sendable {
        case newer = "INSERT INTO schema_migration VALUES (8, 'later', 'abc', 1)"
        case unknown = "UPDATE schema_migration SET version = 99 WHERE version = 7"
        case changed = "UPDATE schema_migration SET checksum = 'abc' WHERE version = 3"

        func sentence(_ path: String) -> String {
            switch self {
            case .newer:
                "\(path) was made by a newer varve (schema 8, this one knows 7); it was left "
                    + "untouched: use that varve"
            case .unknown:
                "step 99 (microsandbox) of the schema of \(path) is not the one that this varve knows "
                    + "(checksum 6cfb0a257ed29edc, expected 6cfb0a257ed29edc); it was left untouched: "
                    + "use the varve that made it"
            case .changed:
                "step 3 (blocks) of the schema of \(path) is not the one that this varve knows "
                    + "(checksum abc, expected 7a08e241cd2cb1e5); it was left untouched: use the varve "
                    + "that made it"
            }
        }
    }

    @Test(arguments: Ledger.allCases)
    func `a newer catalog is refused by whatever opens it, and not one byte of it changes`(
        ledger: Ledger
    ) throws {
        try KeptCatalog.all[6].copy(to: scratch.catalog)
        try tamper(scratch.catalog, ledger.rawValue)
        let before = try scratch.contents()
        #expect(before.keys.sorted() == ["history.db"])
        let writing = #expect(throws: StoreError.self) {
            _ = try Catalog(path: scratch.catalog, now: .noon)
        }
        #expect(writing?.description == ledger.sentence(scratch.catalog))
        #expect(try scratch.contents() == before)
        let reading = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: scratch.catalog)
        }
        #expect(reading?.description == ledger.sentence(scratch.catalog))
        let copying = #expect(throws: StoreError.self) {
            _ = try CatalogBackup(of: scratch.catalog)
        }
        #expect(copying?.description == ledger.sentence(scratch.catalog))
        // A reader of a catalog that nobody has open leaves an index and an empty log.
        #expect(try scratch.bytes("history.db") == before["history.db"])
        #expect(try scratch.bytes("history.db-wal").isEmpty)
    }
}
