import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore
@testable import Migrations

struct MigratorTests {
    let scratch = try! Scratch()

    /// A step that is not one of the shipped ones.
    static func step(_ version: Int64, _ name: String, _ sql: String) -> Migration {
        Migration(
            version: version, name: name, sql: Array(sql.utf8),
            checksum: FNV1a.hexadecimal(sql.utf8))
    }

    static func migrate(
        _ path: String, with steps: [Migration], now: Timestamp = .noon
    ) throws {
        let connection = try Connection(path: path, mode: .create)
        try connection.prepareForWriting()
        try Migrator(migrations: steps, path: path).migrate(
            connection, now: now, patience: .seconds(5))
    }

    @Test func `a new file gets all steps, and a ledger that says so`() throws {
        _ = try scratch.makeCatalog()
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.applicationID == 0x7661_7276)
        let ledger = try connection.rows(
            "SELECT version, name, checksum, applied_at_ms FROM schema_migration ORDER BY version")
        #expect(
            ledger
                == Migration.all.map {
                    [String($0.version), $0.name, $0.checksum, "1795435200000"]
                })
        #expect(
            ledger.map { $0[1] } == [
                "lifecycle", "samples", "blocks", "queries", "views", "evidence", "microsandbox",
            ])
    }

    @Test func `opening again applies nothing`() throws {
        _ = try scratch.makeCatalog()
        _ = try Catalog(path: scratch.catalog, now: .noon(plus: 1))
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.integer("SELECT max(applied_at_ms) FROM schema_migration")
                == 1_795_435_200_000)
    }

    @Test(arguments: 0...Migration.all.count)
    func `a catalog of every shipped schema migrates forward`(applied: Int) throws {
        try Self.migrate(scratch.catalog, with: Array(Migration.all.prefix(applied)))
        if applied >= 1 {
            try tamper(
                scratch.catalog,
                """
                INSERT INTO source VALUES (1, 'varve', '/varve-1', NULL, 'here', NULL, 1, 1);
                INSERT INTO sandbox VALUES (1, 1, NULL, 'old', 1, NULL);
                INSERT INTO run (sandbox_id, status, started_at_ms) VALUES (1, 'Running', 1);
                """)
        }
        _ = try Catalog(path: scratch.catalog, now: .noon(plus: 5))
        let reader = try CatalogReader(path: scratch.catalog)
        let summary = try reader.summary()
        #expect(summary.schemaVersion == Int64(Migration.all.count))
        #expect(summary.runCount == (applied >= 1 ? 1 : 0))
        #expect(try reader.problems() == [])
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let times = try connection.rows(
            "SELECT applied_at_ms FROM schema_migration ORDER BY version")
        // Of an empty prefix nothing was made but the ledger, so all steps are new.
        #expect(times.filter { $0 == ["1795435200000"] }.count == applied)
        #expect(times.count == Migration.all.count)
    }

    /// What a varve without blocks has left: days of rows, an open run, a closed one, recorders.
    @Test func `a catalog of rows alone is read as it is, and then sealed a little at a time`()
        throws
    {
        try Self.migrate(scratch.catalog, with: Array(Migration.all.prefix(2)))
        try tamper(
            scratch.catalog,
            """
            INSERT INTO source VALUES (1, 'varve', '/varve-test', NULL, 'here', 'boot-2', 1, 1);
            INSERT INTO sandbox VALUES (1, 1, NULL, 'web', 1, NULL), (2, 1, 3, 'box', 1, NULL);
            INSERT INTO run (sandbox_id, status, started_at_ms, terminated_at_ms, is_supervised,
                cpu_time_ns, sample_count)
            VALUES (1, 'Terminated', 1795435200000, 1795608000000, 1, 17280, 172800);
            INSERT INTO run (sandbox_id, external_id, status, started_at_ms)
            VALUES (2, 7, 'Running', 1795435200000);
            INSERT INTO lifecycle_event (run_id, at_ms, kind, seen_by)
            VALUES (1, 1795435200000, 'reserved', 'supervisor');
            INSERT INTO recorder_session (source_id, kind, pid, poll_ms, interval_ms, started_at_ms,
                heartbeat_at_ms)
            VALUES (1, 'record', 5, 1000, 10000, 1795435200000, 1795608000000);
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 17279)
            INSERT INTO sample (run_id, at_ms, sequence, interval_ms, first_at_ms, last_at_ms,
                sample_count, memory_count, memory_avg_bytes, memory_max_bytes, cpu_time_first_ns,
                cpu_time_last_ns)
            SELECT r.id, 1795435200000 + i * 10000, i + 1, 10000, 1795435200000 + i * 10000,
                1795435200000 + i * 10000 + 9000, 10, 10, 4096 * (i % 100), 4096 * (i % 100) + 1,
                i, i + 1
            FROM n, run AS r;
            """)
        let now = Timestamp.noon(plus: 48 * 3_600_000)
        let catalog = try Catalog(path: scratch.catalog, now: now)
        let reader = try CatalogReader(path: scratch.catalog)
        func told(_ name: String) throws -> [Series.Point] {
            let series = try reader.series(
                of: RunReference(name), metrics: [.memory, .cpuTime], now: now)
            #expect(series.problems == [])
            return Array(series.points)
        }
        let before = (web: try told("web"), box: try told("box"))
        #expect(before.web.count == 17_280 && before.box.count == 17_280)
        #expect(try reader.summary().hotRowCount == 34_560)
        #expect(try reader.recorderSessions().map(\.statistics) == [nil])
        var reports: [SealReport] = []
        repeat {
            reports.append(try catalog.seal(before: now, limit: 16))
        } while reports.last?.hasMore == true && reports.count < 100
        #expect(reports.allSatisfy { $0.blockCount <= 16 && $0.problems.isEmpty })
        #expect(reports.map(\.blockCount).reduce(0, +) == 96)
        #expect(try reader.summary().hotRowCount == 0)
        #expect(try reader.summary().rowCount == 34_560)
        #expect(try told("web") == before.web)
        #expect(try told("box") == before.box)
        // The open run goes on where its rows had been.
        let box = RunID(rawValue: 2)
        try catalog.write([
            .tenSeconds(of: box, at: now, counters: [.cpuTime: .init(first: 17_280, last: 17_290)])
        ])
        #expect(
            try catalog.connection.rows("SELECT run_id, sequence FROM sample") == [["2", "17281"]])
        try catalog.end(box, at: now)
        let usage = try reader.run(RunReference("box")).usage
        #expect(usage.sampleCount == 172_810 && usage.cpuTimeNanoseconds == 17_290)
        #expect(usage.memoryMaxBytes == 405_505)
        #expect(try reader.problems() == [])
    }

    @Test func `a step that fails changes nothing and is named`() throws {
        let first = Self.step(1, "good", "CREATE TABLE a (x INTEGER) STRICT;")
        try Self.migrate(scratch.catalog, with: [first])
        let broken = Self.step(
            2, "broken", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a VALUES (1); NONSENSE;")
        let error = #expect(throws: StoreError.self) {
            try Self.migrate(scratch.catalog, with: [first, broken])
        }
        #expect(error?.code == .failedMigration)
        #expect(
            error?.description == """
                step 2 (broken) of the schema could not be applied to \(scratch.catalog): near \
                "NONSENSE": syntax error; nothing was changed
                """)
        #expect(error?.cause?.message == "near \"NONSENSE\": syntax error")
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
                == [["a"], ["schema_migration"]])
        #expect(try connection.integer("SELECT count(*) FROM a") == 0)
        #expect(try connection.rows("SELECT version FROM schema_migration") == [["1"]])
    }

    @Test func `a new file whose first steps fail stays nobody's`() throws {
        let steps = [
            Self.step(1, "good", "CREATE TABLE a (x INTEGER) STRICT;"),
            Self.step(2, "broken", "NONSENSE"),
        ]
        #expect(throws: StoreError.self) { try Self.migrate(scratch.catalog, with: steps) }
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.isEmpty)
        #expect(try connection.applicationID == 0)
        _ = try scratch.makeCatalog()
    }

    @Test func `a step that leaves a dangling reference is refused`() throws {
        let first = Self.step(
            1, "good",
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id));
            INSERT INTO parent VALUES (1); INSERT INTO child VALUES (5, 1);
            """)
        let orphaning = Self.step(2, "orphaning", "DELETE FROM parent;")
        try Self.migrate(scratch.catalog, with: [first])
        let error = #expect(throws: StoreError.self) {
            try Self.migrate(scratch.catalog, with: [first, orphaning])
        }
        #expect(error?.code == .failedMigration)
        #expect(
            error?.description == """
                step 2 (orphaning) of the schema could not be applied to \(scratch.catalog): \
                row 5 of child refers to a parent that is not there; nothing was changed
                """)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM parent") == 1)
        #expect(try connection.rows("SELECT version FROM schema_migration") == [["1"]])
    }

    @Test func `a step may make a table anew without deleting what refers to it`() throws {
        let first = Self.step(
            1, "good",
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE) STRICT;
            INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);
            """)
        let rebuilding = Self.step(
            2, "rebuilding",
            """
            CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT) STRICT;
            INSERT INTO new_parent SELECT id, 'x' FROM parent;
            DROP TABLE parent;
            ALTER TABLE new_parent RENAME TO parent;
            """)
        try Self.migrate(scratch.catalog, with: [first])
        let connection = try Connection(path: scratch.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try Migrator(migrations: [first, rebuilding], path: scratch.catalog)
            .migrate(connection, now: .noon, patience: .seconds(5))
        #expect(try connection.integer("SELECT count(*) FROM child") == 1)
        #expect(try connection.integer("PRAGMA foreign_keys") == 1)
    }

    @Test func `eight threads make one fresh catalog at once, each step once`() throws {
        for round in 0..<6 {
            let path = scratch.path("race-\(round).db")
            let failures = onThreads(8) { _ in
                let catalog = try Catalog(path: path, now: .now(), patience: .seconds(30))
                _ = try catalog.begin(.web(), of: .own)
            }
            #expect(failures.map { "\($0)" } == [])
            let reader = try CatalogReader(path: path)
            #expect(try reader.summary().runCount == 8)
            #expect(try reader.summary().schemaVersion == Int64(Migration.all.count))
            #expect(try reader.problems() == [])
        }
    }

    @Test func `eight threads bring one old catalog up to date at once`() throws {
        for round in 0..<4 {
            let path = scratch.path("old-\(round).db")
            try Self.migrate(path, with: Array(Migration.all.prefix(1)))
            let failures = onThreads(8) { _ in
                _ = try Catalog(path: path, now: .now(), patience: .seconds(30))
            }
            #expect(failures.map { "\($0)" } == [])
            let connection = try Connection(path: path, mode: .readOnly)
            #expect(
                try connection.integer("SELECT count(*) FROM schema_migration")
                    == Int64(Migration.all.count))
        }
    }
}

/// Runs `body` on `count` threads at once and gives what they threw.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> [any Error] {
    let group = DispatchGroup()
    let failures = Failures()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            defer { group.leave() }
            do { try body(index) } catch { failures.append(error) }
        }
    }
    group.wait()
    return failures.all
}

/// The errors of several threads.
// The array is touched under the lock only.
private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [any Error] = []

    func append(_ error: any Error) { lock.withLock { errors.append(error) } }

    var all: [any Error] { lock.withLock { errors } }
}
