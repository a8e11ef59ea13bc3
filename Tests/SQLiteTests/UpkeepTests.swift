import Foundation
import SQLite
import Testing

struct UpkeepTests {
    let scratch = try! Scratch()

    @Test func `a checkpoint copies the log, and truncating empties it`() throws {
        let connection = try writer(scratch.path("h.db"))
        try connection.execute("CREATE TABLE t (a)")
        let passive = try #require(try connection.checkpoint())
        #expect(passive.logFrames > 0)
        #expect(passive.copiedFrames == passive.logFrames)
        let truncating = try #require(try connection.checkpoint(.truncate))
        #expect(truncating.logFrames == 0)
        #expect(try scratch.bytes("h.db-wal").isEmpty)
    }

    @Test func `there is no checkpoint without a write-ahead log`() throws {
        #expect(try writer(":memory:").checkpoint() == nil)
    }

    @Test func `a checkpoint that a reader holds up is busy`() throws {
        let connection = try writer(
            scratch.path("h.db"), settings: ConnectionSettings(busyTimeout: .zero))
        try connection.execute("CREATE TABLE t (a)")
        let reader = try Connection(path: scratch.path("h.db"), mode: .readOnly)
        try reader.transaction(.deferred) {
            let rows = try reader.integer("SELECT count(*) FROM t")
            #expect(rows == 0)
            let error = #expect(throws: SQLiteError.self) { try connection.checkpoint(.truncate) }
            #expect(error?.isBusy == true)
            #expect(error?.operation == .checkpoint)
        }
        #expect(try connection.checkpoint(.truncate) != nil)
    }

    @Test func `incremental vacuum returns as many pages as asked for`() throws {
        let connection = try writer(scratch.path("h.db"))
        try connection.execute(
            """
            CREATE TABLE t (a BLOB);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100)
            INSERT INTO t SELECT zeroblob(4000) FROM c;
            DELETE FROM t;
            """)
        let free = try connection.freePageCount
        let pages = try connection.pageCount
        #expect(free > 90)
        try connection.incrementalVacuum(pages: 0)
        #expect(try connection.freePageCount == free)
        try connection.incrementalVacuum(pages: 10)
        #expect(try connection.freePageCount == free - 10)
        try connection.incrementalVacuum(pages: .max)
        #expect(try connection.freePageCount == 0)
        #expect(try connection.pageCount < pages - 90)
        try connection.checkpoint(.truncate)
        let size = try connection.pageCount * connection.pageSize
        #expect(try scratch.bytes("h.db").count == Int(size))
    }

    @Test func `broken foreign keys are listed with their rows`() throws {
        let connection = try writer(":memory:")
        try connection.execute(
            """
            CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p) STRICT;
            """)
        #expect(try connection.foreignKeyViolations() == [])
        #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO c VALUES (5, 9)") }
        try connection.execute("PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (5, 9)")
        let violations = try connection.foreignKeyViolations()
        #expect(violations.count == 1)
        let violation = try #require(violations.first)
        #expect(violation.table == "c")
        #expect(violation.rowID == 5)
        #expect(violation.parent == "p")
        #expect(violation.foreignKey == 0)
    }

    @Test func `a damaged page is found`() throws {
        do {
            let connection = try writer(scratch.path("h.db"))
            try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            #expect(try connection.integrityCheck() == [])
        }
        var bytes = try scratch.bytes("h.db")
        #expect(bytes.count == 3 * 4096)
        bytes.replaceSubrange(8192..<12288, with: Data(repeating: 0xA5, count: 4096))
        try scratch.write(bytes, to: "h.db")
        let connection = try Connection(path: scratch.path("h.db"), mode: .readOnly)
        let error = #expect(throws: SQLiteError.self) {
            _ = try connection.integer("SELECT a FROM t")
        }
        #expect(error?.isCorrupt == true)
        #expect(
            error?.description
                == "cannot run a statement on \(scratch.path("h.db")): database disk image is "
                + "malformed (SQLite result code 11); restore a backup, or salvage what is left "
                + "with sqlite3's .recover")
        let findings = try connection.integrityCheck()
        #expect(!findings.isEmpty)
        #expect(findings.allSatisfy { !$0.contains("\n") && !$0.contains("***") })
    }

    /// The seeds are in the test's arguments, and so in its output.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `random damage never crashes`(seed: UInt64) throws {
        do {
            let connection = try writer(scratch.path("h.db"))
            try connection.execute(
                """
                CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB) STRICT;
                CREATE INDEX i ON t (b);
                WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)
                INSERT INTO t SELECT n, 'text ' || n, zeroblob(n * 7) FROM n;
                """)
        }
        var bytes = try scratch.bytes("h.db")
        var state = seed
        for _ in 0..<40 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let position = 100 + Int(state >> 20) % (bytes.count - 100)
            bytes[position] = UInt8(truncatingIfNeeded: state >> 12)
        }
        try scratch.write(bytes, to: "h.db")
        let connection = try Connection(path: scratch.path("h.db"), mode: .readOnly)
        var seen = 0
        do {
            seen += try connection.integrityCheck().count
            try connection.withStatement("SELECT * FROM t ORDER BY b") { statement in
                while try statement.step() {
                    for column in 0..<statement.columnCount {
                        seen += statement.text(at: column)?.count ?? 0
                        seen += statement.blob(at: column)?.count ?? 0
                    }
                }
            }
        } catch let error as SQLiteError {
            seen += error.description.count
        }
        #expect(seen > 0)
    }
}
