import HistoryModel
import SQLite
import Synchronization
import Testing

@testable import HistoryStore

struct SQLQueryTests {
    let scratch = try! Scratch()

    private func error(_ sql: String, limits: CatalogReader.StatementLimits = .init())
        -> StoreError?
    {
        #expect(throws: StoreError.self) {
            try ToldCatalog.rows(sql, in: scratch.catalog, limits: limits)
        }
    }

    @Test func `every interval is a row, hot and sealed, and values keep their kind`() throws {
        _ = try ToldCatalog(scratch)
        let rows = try ToldCatalog.rows(
            """
            SELECT is_sealed, count(*), min(at), max(time), 1.5, x'00ff', NULL
            FROM interval GROUP BY is_sealed
            """, in: scratch.catalog)
        // The first run is sealed; of its 400 steps six are missing.
        let sealed: [SQLValue] = [
            .integer(1), .integer(394), .text("2026-11-23T12:00:00.000Z"), .real(1_795_439_190),
            .real(1.5), .blob([0, 255]), .null,
        ]
        #expect(rows.first { $0[0] == .integer(1) } == sealed)
        #expect(rows.first { $0[0] == .integer(0) }?[1] == .integer(394))
    }

    @Test func `names of columns come first, also without rows`() throws {
        _ = try scratch.makeCatalog()
        var names: [String] = []
        let end = try CatalogReader(path: scratch.catalog).query(
            "SELECT run_id, run_id AS run_id, max(at_ms) FROM interval WHERE run_id = 7 GROUP BY 1"
        ) {
            names = $0
        } row: { _ in
            Issue.record("there is no row")
        }
        #expect(names == ["run_id", "run_id", "max(at_ms)"])
        #expect(end == CatalogReader.StatementEnd())
    }

    @Test(arguments: (1...8).map { UInt64($0) })
    func `what a statement finds is what the series has`(seed: UInt64) throws {
        let catalog = try PolledCatalog(scratch, seed: seed, steps: false)
        let reader = try CatalogReader(path: catalog.path)
        var count = 0
        for (id, _) in catalog.runs {
            let series = try reader.series(
                of: RunReference("\(id)"),
                SeriesQuery([.init(.memory, .avg), .init(.memory, .max)]), now: catalog.now)
            let rows = try ToldCatalog.rows(
                """
                SELECT at_ms, memory_avg_bytes, memory_max_bytes, sample_count FROM interval
                WHERE run_id = \(id) ORDER BY at_ms
                """, in: catalog.path)
            let expected = series.points.map { point -> [SQLValue] in
                [.integer(point.at.unixMilliseconds)]
                    + point.values.map { $0.map { .integer(Int64($0)) } ?? .null }
                    + [.integer(point.sampleCount)]
            }
            #expect(rows == expected, "seed \(seed), run \(id)")
            count += rows.count
        }
        #expect(count > 100)
    }

    static let refused = [
        ("DELETE FROM run", "only reading is allowed here, and this would write to run"),
        ("UPDATE run SET pid = 1", "only reading is allowed here, and this would write to run"),
        (
            "WITH x AS (SELECT 1) INSERT INTO setting VALUES ('a', 1)",
            "only reading is allowed here, and this would write to setting"
        ),
        ("DROP TABLE run", "only reading is allowed here, and this would change the schema"),
        ("CREATE TABLE x (a)", "only reading is allowed here, and this would change the schema"),
        (
            "CREATE TEMP TABLE x (a)",
            "only reading is allowed here, and this would change the schema"
        ),
        (
            "ATTACH 'other.db' AS o",
            "only reading is allowed here, and this would attach a database"
        ),
        ("DETACH main", "only reading is allowed here, and this would detach a database"),
        ("BEGIN", "only reading is allowed here, and this would begin or end a transaction"),
        ("COMMIT", "only reading is allowed here, and this would begin or end a transaction"),
        ("SAVEPOINT a", "only reading is allowed here, and this would begin or end a transaction"),
        ("VACUUM", "it gives no rows: ask with SELECT"),
        ("VACUUM INTO 'other.db'", "it gives no rows: ask with SELECT"),
        (
            "PRAGMA query_only = OFF",
            "only reading is allowed here, and this would use PRAGMA query_only"
        ),
        (
            "PRAGMA writable_schema = ON",
            "only reading is allowed here, and this would use PRAGMA writable_schema"
        ),
        (
            "PRAGMA wal_checkpoint",
            "only reading is allowed here, and this would use PRAGMA wal_checkpoint"
        ),
        (
            "PRAGMA journal_mode = DELETE",
            "only reading is allowed here, and this would use PRAGMA journal_mode"
        ),
        (
            "PRAGMA temp_store_directory = '/'",
            "only reading is allowed here, and this would use PRAGMA temp_store_directory"
        ),
        ("REINDEX", "only reading is allowed here, and this would change the database"),
        ("ANALYZE", "only reading is allowed here, and this would change the database"),
        ("SELECT load_extension('x')", "not authorized to use function: load_extension"),
        ("SELECT 1; SELECT 2", "the SQL text holds more than one statement"),
        (
            "SELECT 1; DROP TABLE run",
            "only reading is allowed here, and this would change the schema"
        ),
        ("", "the SQL text holds no statement"),
        (" -- nothing", "the SQL text holds no statement"),
        ("SELECT 1\u{0}", "the SQL text holds a NUL byte"),
        (
            "SELECT $__from",
            "it has parameters (?, :name, @name or $name), which nothing gives values here: write "
                + "the values into it"
        ),
    ]

    @Test(arguments: refused)
    func `what does not only read is refused, and changes nothing`(
        sql: String, reason: String
    ) throws {
        _ = try ToldCatalog(scratch)
        let before = try scratch.ownNames
        let dump =
            "SELECT (SELECT count(*) FROM run), (SELECT group_concat(sql) FROM sqlite_schema)"
        let content = try ToldCatalog.rows(dump, in: scratch.catalog)
        let error = error(sql)
        #expect(error?.code == .statement)
        #expect(error?.description == "the statement cannot be run: \(reason)")
        #expect(try scratch.ownNames == before)
        #expect(try ToldCatalog.rows(dump, in: scratch.catalog) == content)
    }

    @Test func `pragmas that only tell are answered`() throws {
        _ = try ToldCatalog(scratch)
        for sql in [
            "PRAGMA table_info(run)", "PRAGMA page_size", "PRAGMA integrity_check",
            "SELECT name FROM pragma_table_xinfo('interval')",
            "SELECT value FROM json_each('[1]')",
            "EXPLAIN QUERY PLAN SELECT 1 FROM run",
        ] {
            #expect(try !ToldCatalog.rows(sql, in: scratch.catalog).isEmpty, "\(sql)")
        }
    }

    static let misspelt = [
        ("SELECT 1 FROM intervall", "no such table: intervall; did you mean 'interval'?", 14),
        ("SELECT 1 FROM runs", "no such table: runs; did you mean 'run'", 14),
        (
            "SELECT r.started_at FROM run AS r",
            "no such column: r.started_at; did you mean 'started_at_ms'", 7
        ),
        (
            "SELECT memry_max_bytes\nFROM interval",
            "no such column: memry_max_bytes; did you mean 'memory_max_bytes'", 7
        ),
        ("SELECT FROM run", "near \"FROM\": syntax error", 7),
        ("SELECT nofunction(1)", "no such function: nofunction", 7),
    ]

    @Test(arguments: misspelt)
    func `a misspelt name is answered with those near to it, and its place`(
        sql: String, message: String, offset: Int
    ) throws {
        _ = try ToldCatalog(scratch)
        let error = error(sql)
        #expect(error?.code == .statement)
        #expect(error?.description.hasPrefix("the statement cannot be run: \(message)") == true)
        #expect(error?.cause?.offset == offset)
        #expect(error?.cause?.sql == sql)
    }

    @Test func `at most so many rows are given, and it is said that there were more`() throws {
        _ = try ToldCatalog(scratch)
        let reader = try CatalogReader(path: scratch.catalog)
        for (limit, count, isCut) in [(0, 0, true), (5, 5, true), (788, 788, false)] {
            var given = 0
            let end = try reader.query("SELECT * FROM interval", limits: .init(rows: limit)) { _ in
            } row: { _ in
                given += 1
            }
            #expect(given == count)
            #expect(end.rowCount == count)
            #expect(end.isCut == isCut)
        }
    }

    private static let endless =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    @Test func `a statement that takes too long is stopped, and so is one that is not wanted`()
        throws
    {
        _ = try ToldCatalog(scratch)
        let late = error(Self.endless, limits: .init(time: .milliseconds(50)))
        #expect(late?.code == .timeLimit)
        #expect(
            late?.description
                == "the statement took longer than 50ms and was stopped; ask for less (a run_id, a "
                + "range of at_ms), or give it more time")
        let asked = Mutex(0)
        let stopped = error(
            Self.endless,
            limits: .init(shouldStop: {
                asked.withLock {
                    $0 += 1
                    return $0 > 3
                }
            }))
        #expect(stopped?.code == .stopped)
        // Also where one row after the other comes, each soon.
        let rows = error(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
            limits: .init(time: .milliseconds(20)))
        #expect(rows?.code == .timeLimit)
        // What was stopped leaves the reader as it was.
        #expect(try ToldCatalog.rows("SELECT 1", in: scratch.catalog) == [[.integer(1)]])
    }

    @Test func `an hour that cannot be read is told, also where the statement ends before the run`()
        throws
    {
        _ = try ToldCatalog(scratch)
        try tamper(scratch.catalog, "UPDATE sample_detail SET detail = x'00'")
        let reader = try CatalogReader(path: scratch.catalog)
        for (sql, count) in [
            ("SELECT count(*) FROM interval", 2), ("SELECT 1 FROM interval LIMIT 1", 1),
        ] {
            let end = try reader.query(sql) { _ in
            } row: { _ in
            }
            #expect(end.problems.count == count)
            #expect(
                end.problems.first?.hasPrefix(
                    "run 1 of 'it's', hour 2026-11-23T12:00:00.000Z: ") == true)
        }
    }

    @Test func `a reader answers one statement after the other`() throws {
        _ = try ToldCatalog(scratch)
        let reader = try CatalogReader(path: scratch.catalog)
        for _ in 0..<3 {
            var rows: [[SQLValue]] = []
            _ = try reader.query("SELECT count(*) FROM interval") { _ in
            } row: {
                rows.append($0)
            }
            #expect(rows == [[.integer(788)]])
            #expect(throws: StoreError.self) {
                try reader.query("DROP TABLE run") { _ in
                } row: { _ in
                }
            }
            #expect(try reader.runs().count == 2)
        }
    }
}
