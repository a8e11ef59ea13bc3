import SQLite
import Testing

struct StatementCacheTests {
    struct Refused: Error {}

    @Test func `bindings are cleared and the statement reset between uses`() throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1") { statement in
            try statement.bind("secret", at: 1)
            let hasRow = try statement.step()
            #expect(hasRow)
        }
        try connection.withStatement("SELECT ?1") { statement in
            let hasRow = try statement.step()
            #expect(hasRow)
            #expect(statement.text(at: 0) == nil)
        }
        #expect(connection.idleStatementCount == 1)
    }

    @Test func `a throw within a use leaves the statement reset and cleared`() throws {
        let connection = try writer(":memory:")
        #expect(throws: Refused.self) {
            try connection.withStatement("SELECT ?1") { statement in
                try statement.bind(1, at: 1)
                _ = try statement.step()
                throw Refused()
            }
        }
        try connection.withStatement("SELECT ?1") { statement in
            let hasRow = try statement.step()
            #expect(hasRow)
            #expect(statement.integer(at: 0) == nil)
        }
    }

    @Test func `a statement works again after it has failed`() throws {
        let connection = try writer(":memory:")
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
        func insert(_ value: Int) throws {
            try connection.withStatement("INSERT INTO t VALUES (?1)") { statement in
                try statement.bind(value, at: 1)
                try statement.run()
            }
        }
        try insert(1)
        let error = #expect(throws: SQLiteError.self) { try insert(1) }
        #expect(error?.isConstraintViolation == true)
        #expect(error?.resultCode == 1555)
        try insert(2)
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
        #expect(connection.lastInsertRowID == 2)
        #expect(connection.changes == 1)
        #expect(connection.totalChanges == 2)
    }

    @Test func `a use within a use of the same text has a statement of its own`() throws {
        let connection = try writer(":memory:")
        let sql = "SELECT value FROM (SELECT 1 AS value UNION ALL SELECT 2 UNION ALL SELECT 3)"
        var sum: Int64 = 0
        try connection.withStatement(sql) { outer in
            while try outer.step() {
                try connection.withStatement(sql) { inner in
                    while try inner.step() {
                        sum += (outer.integer(at: 0) ?? 0) * (inner.integer(at: 0) ?? 0)
                    }
                }
            }
        }
        #expect(sum == 36)
        #expect(connection.idleStatementCount == 1)
    }

    @Test func `a statement that the body keeps for itself is not lent again`() throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT 1") { statement in
            var mine = try connection.prepare("SELECT 2")
            swap(&statement, &mine)
            #expect(try mine.step())
            #expect(mine.integer(at: 0) == 1)
        }
        #expect(try connection.integer("SELECT 1") == 1)
    }

    @Test func `the number of idle statements is bounded`() throws {
        let connection = try Connection(
            path: ":memory:", mode: .create,
            settings: ConnectionSettings(statementCacheCapacity: 8))
        for value in 0..<100 {
            #expect(try connection.integer("SELECT \(value)") == Int64(value))
            #expect(connection.idleStatementCount <= 8)
        }
        #expect(connection.idleStatementCount == 8)
    }

    @Test func `a kept statement follows a change of the schema`() throws {
        let connection = try writer(":memory:")
        try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        let columns = {
            try connection.withStatement("SELECT * FROM t") { statement in
                let hasRow = try statement.step()
                #expect(hasRow)
                return statement.columnCount
            }
        }
        #expect(try columns() == 1)
        try connection.execute("ALTER TABLE t ADD COLUMN b DEFAULT 2")
        #expect(try columns() == 2)
    }

    @Test(arguments: [
        ("", "the SQL text holds no statement"),
        (" -- nothing\n ; /* at all */", "the SQL text holds no statement"),
        ("SELECT 1; SELECT 2", "the SQL text holds more than one statement"),
        ("SELECT 1\0; DROP TABLE t", "the SQL text holds a NUL byte"),
    ])
    func `text that is not one statement is refused`(sql: String, reason: String) throws {
        let connection = try writer(":memory:")
        let error = #expect(throws: SQLiteError.self) {
            try connection.withStatement(sql) { _ = try $0.step() }
        }
        #expect(
            error?.description
                == "cannot prepare a statement for :memory:: \(reason) (SQLite result code 21)")
    }

    @Test(arguments: ["SELECT 1;", " SELECT 1 ; ", "SELECT 1; -- one\n", "/**/SELECT 1;;;"])
    func `blanks and comments around a statement are no statements`(sql: String) throws {
        #expect(try writer(":memory:").integer(sql) == 1)
    }

    @Test func `a script runs statement by statement and stops at the first that fails`() throws {
        let connection = try writer(":memory:")
        let script = """
            CREATE TABLE t (a INTEGER PRIMARY KEY); -- a comment; with a semicolon
            INSERT INTO t VALUES (1);
            SELECT * FROM t;
            INSERT INTO t VALUES (1);
            INSERT INTO t VALUES (2);
            """
        let error = #expect(throws: SQLiteError.self) { try connection.execute(script) }
        #expect(error?.isConstraintViolation == true)
        #expect(error?.sql?.contains("INSERT INTO t VALUES (1);") == true)
        #expect(error?.sql?.contains("SELECT") == false)
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }
}
