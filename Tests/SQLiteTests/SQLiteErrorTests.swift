import Foundation
import SQLite
import Testing

struct SQLiteErrorTests {
    let scratch = try! Scratch()

    @Test func `a missing file`() {
        let path = scratch.path("h.db")
        let error = #expect(throws: SQLiteError.self) {
            _ = try Connection(path: path, mode: .readOnly)
        }
        #expect(
            error?.description
                == "cannot open \(path): unable to open database file: No such file or directory "
                + "(SQLite result code 14); check that the path is right and that you may access it"
        )
        #expect(error?.sql == nil)
    }

    @Test func `an empty path`() {
        let error = #expect(throws: SQLiteError.self) {
            _ = try Connection(path: "", mode: .readOnly)
        }
        #expect(
            error?.description
                == "cannot open : the path is empty (SQLite result code 14); check that the path "
                + "is right and that you may access it")
    }

    @Test func `another kind of file`() throws {
        let path = scratch.path("notes")
        try scratch.write(Data("These are notes, and no database.".utf8), to: "notes")
        let connection = try Connection(path: path, mode: .readOnly)
        let error = #expect(throws: SQLiteError.self) { _ = try connection.isEmpty }
        #expect(
            error?.description
                == "cannot prepare a statement for \(path): file is not a database "
                + "(SQLite result code 26); name another file")
    }

    @Test func `a lock that is held`() throws {
        let path = scratch.path("h.db")
        let holder = try writer(path)
        let connection = try writer(path, settings: ConnectionSettings(busyTimeout: .zero))
        try holder.transaction {
            let error = #expect(throws: SQLiteError.self) {
                try connection.transaction(retryingFor: .zero) {}
            }
            #expect(
                error?.description
                    == "cannot begin a transaction on \(path): database is locked "
                    + "(SQLite result code 5); another process is using it, "
                    + "try again in a moment")
        }
    }

    @Test func `a write through a reader`() throws {
        let path = scratch.path("h.db")
        try writer(path).execute("CREATE TABLE t (a)")
        let connection = try Connection(path: path, mode: .readOnly)
        let error = #expect(throws: SQLiteError.self) {
            try connection.execute("INSERT INTO t VALUES (1)")
        }
        #expect(
            error?.description
                == "cannot run a statement on \(path): attempt to write a readonly database "
                + "(SQLite result code 8); check that you may write the file and its directory")
        #expect(error?.sql == "INSERT INTO t VALUES (1)")
    }

    @Test func `a full database`() throws {
        let path = scratch.path("h.db")
        let connection = try writer(path)
        try connection.execute("CREATE TABLE t (a); PRAGMA max_page_count = 4")
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction {
                try connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
            }
        }
        #expect(error?.isFull == true)
        #expect(
            error?.description
                == "cannot run a statement on \(path): database or disk is full "
                + "(SQLite result code 13); free some space on its file system")
        #expect(connection.isInTransaction == false)
    }

    @Test func `wrong SQL`() throws {
        let error = #expect(throws: SQLiteError.self) {
            try writer(":memory:").execute("SELECT 1; SELEC 2")
        }
        #expect(
            error?.description
                == "cannot prepare a statement for :memory:: near \"SELEC\": syntax error "
                + "(SQLite result code 1)")
        #expect(error?.sql == " SELEC 2")
    }

    @Test func `a violated constraint names columns, never values`() throws {
        let connection = try writer(":memory:")
        try connection.execute("CREATE TABLE t (a TEXT UNIQUE) STRICT")
        let error = #expect(throws: SQLiteError.self) {
            for _ in 0..<2 {
                try connection.withStatement("INSERT INTO t VALUES (?1)") { statement in
                    try statement.bind("secret", at: 1)
                    try statement.run()
                }
            }
        }
        #expect(
            error?.description
                == "cannot run a statement on :memory:: UNIQUE constraint failed: t.a "
                + "(SQLite result code 2067)")
        var everything = ""
        dump(error, to: &everything)
        #expect(everything.contains("INSERT INTO t"))
        #expect(!everything.contains("secret"))
    }

    @Test func `control characters in a path cannot steer a terminal`() {
        let error = SQLiteError(
            operation: .open, resultCode: 1, message: "a\nb\u{202e}", path: "x\u{1b}[2Jy")
        #expect(
            error.description
                == "cannot open x\\u{1b}[2Jy: a\\u{a}b\\u{202e} (SQLite result code 1)")
    }

    @Test(arguments: [
        ("Too many open files", "raise the limit of open files (ulimit -n)"),
        ("Permission denied", "check that the path is right and that you may access it"),
    ])
    func `a file that cannot be opened is one that is out of reach, or one too many`(
        reason: String, advice: String
    ) {
        let error = SQLiteError(
            operation: .open, resultCode: 14, message: "unable to open database file: \(reason)",
            path: "x.db")
        #expect(
            error.description
                == "cannot open x.db: unable to open database file: \(reason) "
                + "(SQLite result code 14); \(advice)")
    }

    @Test(arguments: [5, 261, 517, 773, 15] as [Int32])
    func `every kind of busy is busy`(code: Int32) {
        let error = SQLiteError(operation: .step, resultCode: code, message: "", path: "")
        #expect(error.isBusy)
        #expect(!error.isReadOnly)
    }
}
