import Foundation
import SQLite
import Testing

struct StatementTests {
    @Test(arguments: [0, 1, -1, Int64.max, Int64.min])
    func `an integer comes back as it was bound`(value: Int64) throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1, typeof(?1)") { statement in
            try statement.bind(value, at: 1)
            #expect(try statement.step())
            #expect(statement.integer(at: 0) == value)
            #expect(statement.text(at: 1) == "integer")
        }
    }

    @Test(arguments: [0.5, -0.0, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func `a real number comes back as it was bound`(value: Double) throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1") { statement in
            try statement.bind(value, at: 1)
            #expect(try statement.step())
            #expect(statement.columnType(at: 0) == .real)
            #expect(statement.double(at: 0) == value)
        }
    }

    @Test(arguments: ["", "a\0b", "\0", "déjà 🪨", String(repeating: "x", count: 100_000)])
    func `text comes back as it was bound`(value: String) throws {
        let connection = try writer(":memory:")
        try connection.execute("CREATE TABLE t (a TEXT) STRICT")
        try connection.withStatement("INSERT INTO t VALUES (?1)") { statement in
            try statement.bind(value, at: 1)
            try statement.run()
        }
        try connection.withStatement("SELECT a FROM t") { statement in
            let hasRow = try statement.step()
            #expect(hasRow)
            #expect(statement.columnType(at: 0) == .text)
            #expect(statement.text(at: 0) == value)
        }
    }

    @Test(arguments: [[], [0], [1, 0, 255], [UInt8](repeating: 7, count: 70_000)])
    func `a blob comes back as it was bound, copied or lent`(value: [UInt8]) throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1, ?2") { statement in
            try statement.bind(value, at: 1)
            try unsafe statement.bind(value.span.bytes, at: 2)
            #expect(try statement.step())
            #expect(statement.columnType(at: 0) == .blob)
            #expect(statement.columnType(at: 1) == .blob)
            #expect(statement.blob(at: 0) == value)
            #expect(statement.withBlob(at: 1) { $0.byteCount } == value.count)
            #expect(statement.blob(at: 1) == value)
        }
    }

    @Test func `NULL reads as nil in every type, and nil and NaN bind NULL`() throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1, ?2, ?3, ?4, ?5, ?6") { statement in
            try statement.bind(nil as Int64?, at: 1)
            try statement.bind(nil as Double?, at: 2)
            try statement.bind(nil as String?, at: 3)
            try statement.bind(nil as [UInt8]?, at: 4)
            try statement.bind(Double.nan, at: 5)
            try statement.bindNull(at: 6)
            #expect(try statement.step())
            for column in 0..<statement.columnCount {
                #expect(statement.columnType(at: column) == .null)
                #expect(statement.integer(at: column) == nil)
                #expect(statement.double(at: column) == nil)
                #expect(statement.text(at: column) == nil)
                #expect(statement.blob(at: column) == nil)
                #expect(statement.withBlob(at: column) { $0.byteCount } == nil)
            }
        }
    }

    @Test(arguments: [
        ("61ff62", "a\u{FFFD}b"), ("c3", "\u{FFFD}"), ("eda080", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ])
    func `invalid UTF-8 in the database is repaired`(hex: String, expected: String) throws {
        let connection = try writer(":memory:")
        #expect(try connection.text("SELECT CAST(x'\(hex)' AS TEXT)") == expected)
    }

    @Test func `names and number of columns are known without a row`() throws {
        let connection = try writer(":memory:")
        let statement = try connection.prepare("SELECT 1 AS one, 'x' AS \"zwei\", 3 WHERE 0")
        #expect(statement.columnCount == 3)
        #expect((0..<3).map { statement.columnName(at: $0) } == ["one", "zwei", "3"])
        #expect(statement.isReadOnly == true)
        #expect(statement.parameterCount == 0)
        let other = try connection.prepare("CREATE TABLE t (a)")
        #expect(other.columnCount == 0)
        #expect(other.isReadOnly == false)
    }

    @Test(arguments: [-1, 0, 3, Int32.max])
    func `a parameter that is not there is an error`(index: Int32) throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1, ?2") { statement in
            let error = #expect(throws: SQLiteError.self) { try statement.bind(1, at: index) }
            #expect(error?.resultCode == 25)
            #expect(error?.operation == .bind)
            #expect(error?.sql == "SELECT ?1, ?2")
        }
    }

    @Test func `binding between rows is an error until the statement is reset`() throws {
        let connection = try writer(":memory:")
        try connection.withStatement("SELECT ?1") { statement in
            try statement.bind(1, at: 1)
            #expect(try statement.step())
            let error = #expect(throws: SQLiteError.self) { try statement.bind(2, at: 1) }
            #expect(error?.resultCode == 21)
            statement.reset()
            try statement.bind(2, at: 1)
            #expect(try statement.step())
            #expect(statement.integer(at: 0) == 2)
            #expect(try !statement.step())
        }
    }

    @Test func `a statement outlives its connection`() throws {
        func statement() throws -> Statement {
            try writer(":memory:").prepare("SELECT 5")
        }
        var survivor = try statement()
        #expect(try survivor.step())
        #expect(survivor.integer(at: 0) == 5)
    }

    @Test func `reading without a row traps`() async {
        await #expect(processExitsWith: .failure) {
            let statement = try Connection(path: ":memory:", mode: .create).prepare("SELECT 1")
            _ = statement.integer(at: 0)
        }
    }

    @Test func `reading after the last row traps`() async {
        await #expect(processExitsWith: .failure) {
            var statement = try Connection(path: ":memory:", mode: .create).prepare("SELECT 1")
            while try statement.step() {}
            _ = statement.integer(at: 0)
        }
    }

    @Test func `reading a column beyond the row traps`() async {
        await #expect(processExitsWith: .failure) {
            var statement = try Connection(path: ":memory:", mode: .create).prepare("SELECT 1")
            _ = try statement.step()
            _ = statement.text(at: 1)
        }
    }

    @Test func `reading the first column of the row does not trap`() async {
        await #expect(processExitsWith: .success) {
            var statement = try Connection(path: ":memory:", mode: .create).prepare("SELECT 1")
            _ = try statement.step()
            _ = statement.text(at: 0)
        }
    }
}
