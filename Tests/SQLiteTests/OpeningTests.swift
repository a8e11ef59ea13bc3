import Foundation
import SQLite
import Testing

struct OpeningTests {
    let scratch = try! Scratch()

    @Test(arguments: [OpenMode.readOnly, .readWrite])
    func `opening a missing file neither succeeds nor creates it`(mode: OpenMode) throws {
        let error = #expect(throws: SQLiteError.self) {
            _ = try Connection(path: scratch.path("h.db"), mode: mode)
        }
        #expect(error?.isCannotOpen == true)
        #expect(try scratch.names == [])
    }

    @Test(arguments: ["", "a\0b"])
    func `an empty path and one with a NUL are refused`(path: String) throws {
        let error = #expect(throws: SQLiteError.self) {
            _ = try Connection(path: path, mode: .create)
        }
        #expect(error?.isCannotOpen == true)
    }

    @Test func `a path that looks like a URI is a file of that name`() throws {
        let cwd = FileManager.default.currentDirectoryPath
        let name = "file:\(UUID().uuidString)?mode=memory"
        defer { try? FileManager.default.removeItem(atPath: "\(cwd)/\(name)") }
        _ = try Connection(path: name, mode: .create)
        #expect(FileManager.default.fileExists(atPath: "\(cwd)/\(name)"))
    }

    @Test func `a created file and its log are its owner's alone`() throws {
        let connection = try writer(scratch.path("h.db"))
        try connection.execute("CREATE TABLE t (a)")
        #expect(try scratch.names == ["h.db", "h.db-shm", "h.db-wal"])
        for name in try scratch.names {
            #expect(try scratch.mode(name) == 0o600)
        }
    }

    @Test func `preparing for writing sets every PRAGMA`() throws {
        let connection = try writer(scratch.path("h.db"))
        #expect(try connection.text("PRAGMA journal_mode") == "wal")
        #expect(try connection.integer("PRAGMA synchronous") == 1)
        #expect(try connection.integer("PRAGMA foreign_keys") == 1)
        #expect(try connection.integer("PRAGMA auto_vacuum") == 2)
        #expect(try connection.integer("PRAGMA cell_size_check") == 1)
        #expect(try connection.integer("PRAGMA query_only") == 0)
        #expect(try connection.integer("PRAGMA trusted_schema") == 0)
        #expect(try connection.integer("PRAGMA busy_timeout") == 5000)
        #expect(try connection.integer("PRAGMA mmap_size") == 0)
    }

    @Test func `a reader sees the database and cannot change it`() throws {
        let owner = try writer(scratch.path("h.db"))
        try owner.execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
        let reader = try Connection(path: scratch.path("h.db"), mode: .readOnly)
        #expect(try reader.integer("SELECT a FROM t") == 7)
        let error = #expect(throws: SQLiteError.self) { try reader.execute("DELETE FROM t") }
        #expect(error?.isReadOnly == true)
        #expect(try owner.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func `a connection that was not prepared for writing refuses to write`() throws {
        let connection = try Connection(path: scratch.path("h.db"), mode: .create)
        for script in [
            "CREATE TABLE t (a)", "PRAGMA user_version = 1", "PRAGMA application_id = 1",
        ] {
            let error = #expect(throws: SQLiteError.self) { try connection.execute(script) }
            #expect(error?.isReadOnly == true)
        }
        #expect(try scratch.bytes("h.db").isEmpty)
    }

    @Test(arguments: [20, 512, 5000])
    func `a file that is no database is refused and stays as it was`(size: Int) throws {
        let content = Data("These are the notes of a geologist. ".utf8).repeated(upTo: size)
        try scratch.write(content, to: "notes.txt")
        do {
            let connection = try Connection(path: scratch.path("notes.txt"), mode: .create)
            let error = #expect(throws: SQLiteError.self) { _ = try connection.applicationID }
            #expect(error?.isNotADatabase == true)
            let second = #expect(throws: SQLiteError.self) { try connection.prepareForWriting() }
            #expect(second?.isNotADatabase == true)
        }
        #expect(try scratch.bytes("notes.txt") == content)
        #expect(try scratch.names == ["notes.txt"])
    }

    @Test func `looking at a foreign database leaves its bytes and its log as they were`() throws {
        do {
            let owner = try writer(scratch.path("live.db"))
            try owner.setApplicationID(42)
            try owner.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            // What a killed program leaves: a database and a log that is not copied into it yet.
            try scratch.write(scratch.bytes("live.db"), to: "foreign.db")
            try scratch.write(scratch.bytes("live.db-wal"), to: "foreign.db-wal")
        }
        let (database, log) = try (scratch.bytes("foreign.db"), scratch.bytes("foreign.db-wal"))
        #expect(!log.isEmpty)
        do {
            let connection = try Connection(path: scratch.path("foreign.db"), mode: .create)
            #expect(try connection.applicationID == 42)
            #expect(try !connection.isEmpty)
        }
        #expect(try scratch.bytes("foreign.db") == database)
        #expect(try scratch.bytes("foreign.db-wal") == log)
    }

    @Test func `looking at a closed WAL database leaves no log behind`() throws {
        _ = try writer(scratch.path("h.db"))
        #expect(try scratch.names == ["h.db"])
        let before = try scratch.bytes("h.db")
        do {
            let connection = try Connection(path: scratch.path("h.db"), mode: .readWrite)
            #expect(try connection.isEmpty)
        }
        #expect(try scratch.bytes("h.db") == before)
        #expect(try scratch.names == ["h.db"])
    }

    @Test func `the numbers in the header are part of the transaction that sets them`() throws {
        struct Refused: Error {}
        let connection = try writer(scratch.path("h.db"))
        #expect(try connection.applicationID == 0)
        #expect(try connection.isEmpty)
        #expect(throws: Refused.self) {
            try connection.transaction {
                try connection.setApplicationID(-7)
                try connection.setUserVersion(3)
                throw Refused()
            }
        }
        #expect(try connection.applicationID == 0)
        try connection.transaction {
            try connection.setApplicationID(-7)
            try connection.setUserVersion(3)
            try connection.execute("CREATE TABLE t (a)")
        }
        let reader = try Connection(path: scratch.path("h.db"), mode: .readOnly)
        #expect(try reader.applicationID == -7)
        #expect(try reader.userVersion == 3)
        #expect(try !reader.isEmpty)
    }

    @Test func `text in double quotes is a name, and the schema is defended`() throws {
        let connection = try writer(":memory:")
        try connection.execute("CREATE TABLE t (a)")
        #expect(throws: SQLiteError.self) { try connection.execute("SELECT \"nothing\" FROM t") }
        #expect(throws: SQLiteError.self) {
            try connection.execute(
                "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''")
        }
    }

    #if os(Linux)
        @Test func `closing leaves no descriptor`() throws {
            do {
                let connection = try writer(scratch.path("h.db"))
                try connection.execute("CREATE TABLE t (a)")
                let statement = try connection.prepare("SELECT 1")
                #expect(statement.columnCount == 1)
                #expect(try openDescriptors() >= 3)
            }
            #expect(try openDescriptors() == 0)
            #expect(try scratch.names == ["h.db"])
            try scratch.write(Data("no database at all".utf8), to: "x")
            for _ in 0..<10 {
                _ = try? writer(scratch.path("x"))
                _ = try? Connection(path: scratch.path("missing"), mode: .readOnly)
            }
            #expect(try openDescriptors() == 0)
        }

        /// How many of this process's descriptors lie in the scratch directory.
        private func openDescriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/fd/\(name)")
                return target?.hasPrefix(scratch.directory) == true
            }
        }
    #endif

    @Test(.enabled(if: geteuid() != 0, "root may write everything"))
    func `a file that may not be written is refused when preparing`() throws {
        _ = try writer(scratch.path("h.db"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o400], ofItemAtPath: scratch.path("h.db"))
        let connection = try Connection(path: scratch.path("h.db"), mode: .readWrite)
        let error = #expect(throws: SQLiteError.self) { try connection.prepareForWriting() }
        #expect(error?.isReadOnly == true)
    }

    @Test func `preparing a read-only connection for writing traps`() async {
        await #expect(processExitsWith: .failure) {
            let scratch = try Scratch()
            _ = try writer(scratch.path("h.db"))
            try Connection(path: scratch.path("h.db"), mode: .readOnly).prepareForWriting()
        }
    }
}

extension Data {
    fileprivate func repeated(upTo size: Int) -> Data {
        var result = Data()
        while result.count < size { result += self }
        return result.prefix(size)
    }
}
