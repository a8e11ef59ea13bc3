import Foundation
import SQLite
import Testing

struct BackupTests {
    struct Refused: Error {}
    let scratch = try! Scratch()

    private func source(rows: Int = 200) throws -> Connection {
        let connection = try writer(scratch.path("h.db"))
        try connection.execute(
            """
            CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT;
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < \(rows))
            INSERT INTO t SELECT n, randomblob(4000) FROM c;
            """)
        return connection
    }

    @Test func `a backup is whole, private, closed, and of the moment it began`() throws {
        let connection = try source()
        let other = try writer(scratch.path("h.db"))
        var steps = 0
        var last = (remaining: -1, total: -1)
        try connection.backup(to: scratch.path("copy.db"), pagesPerStep: 10) { remaining, total in
            steps += 1
            last = (remaining, total)
            try other.execute("INSERT INTO t (b) VALUES (x'00')")
        }
        #expect(steps > 20)
        #expect(last.remaining == 0)
        #expect(last.total > 200)
        #expect(try connection.integer("SELECT count(*) FROM t") == Int64(200 + steps))
        #expect(try scratch.mode("copy.db") == 0o600)
        #expect(try scratch.names.filter { $0.hasPrefix("copy") } == ["copy.db"])
        let copy = try Connection(path: scratch.path("copy.db"), mode: .readOnly)
        #expect(try copy.integer("SELECT count(*) FROM t") == 200)
        #expect(try copy.journalMode == "delete")
        #expect(try copy.integrityCheck() == [])
    }

    @Test func `a backup of a reader's connection works too`() throws {
        _ = try source(rows: 3)
        let reader = try Connection(path: scratch.path("h.db"), mode: .readOnly)
        try reader.backup(to: scratch.path("copy.db"))
        let copy = try writer(scratch.path("copy.db"))
        #expect(try copy.integer("SELECT count(*) FROM t") == 3)
        #expect(try copy.journalMode == "wal")
    }

    @Test func `a file of that name is kept unless it may be replaced`() throws {
        let connection = try source(rows: 3)
        try scratch.write(Data("precious".utf8), to: "copy.db")
        let error = #expect(throws: SQLiteError.self) {
            try connection.backup(to: scratch.path("copy.db"))
        }
        #expect(
            error?.description
                == "cannot write the backup \(scratch.path("copy.db")): a file of that name exists "
                + "already (SQLite result code 1)")
        #expect(try scratch.bytes("copy.db") == Data("precious".utf8))
        try connection.backup(to: scratch.path("copy.db"), replacing: true)
        let copy = try Connection(path: scratch.path("copy.db"), mode: .readOnly)
        #expect(try copy.integer("SELECT count(*) FROM t") == 3)
    }

    @Test func `a file that takes the name meanwhile is kept`() throws {
        let connection = try source(rows: 3)
        #expect(throws: SQLiteError.self) {
            try connection.backup(to: scratch.path("copy.db")) { _, _ in
                try scratch.write(Data("precious".utf8), to: "copy.db")
            }
        }
        #expect(try scratch.bytes("copy.db") == Data("precious".utf8))
        #expect(try scratch.names.filter { $0.hasPrefix("copy") } == ["copy.db"])
    }

    @Test(arguments: ["-wal", "-journal"])
    func `a log that would be played into the copy is refused`(suffix: String) throws {
        let connection = try source(rows: 3)
        try scratch.write(Data("left over".utf8), to: "copy.db\(suffix)")
        let error = #expect(throws: SQLiteError.self) {
            try connection.backup(to: scratch.path("copy.db"), replacing: true)
        }
        let path = scratch.path("copy.db")
        #expect(
            error?.description
                == "cannot write the backup \(path): \(path)\(suffix) exists, so a database of that "
                + "name is in use or was left unfinished (SQLite result code 1)")
        #expect(!scratch.exists("copy.db"))
    }

    @Test func `what is no regular file is not replaced`() throws {
        let connection = try source(rows: 3)
        let path = scratch.path("pipe")
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let error = #expect(throws: SQLiteError.self) {
            try connection.backup(to: path, replacing: true)
        }
        #expect(
            error?.description
                == "cannot write the backup \(path): it is no regular file (SQLite result code 14); "
                + "check that the path is right and that you may access it")
        #expect(try scratch.names.contains("pipe"))
    }

    @Test func `a backup that is given up leaves nothing and locks nothing`() throws {
        let connection = try source()
        #expect(throws: Refused.self) {
            try connection.backup(to: scratch.path("copy.db"), pagesPerStep: 10) { _, _ in
                throw Refused()
            }
        }
        #expect(try scratch.names.filter { $0.hasPrefix("copy") } == [])
        #expect(connection.isInTransaction == false)
        try connection.execute("INSERT INTO t (b) VALUES (x'00')")
        #expect(try connection.checkpoint(.truncate) != nil)
    }

    @Test func `a backup into a missing directory says so`() throws {
        let path = scratch.path("nowhere/copy.db")
        let error = #expect(throws: SQLiteError.self) { try source(rows: 3).backup(to: path) }
        #expect(
            error?.description
                == "cannot write the backup \(path): No such file or directory "
                + "(SQLite result code 14); check that the path is right and that you may access it"
        )
    }
}
