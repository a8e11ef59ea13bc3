import Foundation
import SQLite
import Testing

/// Many that create, convert and write one file at once.
struct ContentionTests {
    let scratch = try! Scratch()

    @Test(arguments: 1...5)
    func `eight threads on one fresh file lose nothing and meet no busy error`(round: Int) throws {
        let path = scratch.path("h.db")
        let failures = onThreads(8) { _ in try count(upwards: 50, at: path) }
        #expect(failures.map { "\($0)" } == [])
        try expectCounted(400)
    }

    @Test func `eight processes on one fresh file lose nothing and meet no busy error`()
        async throws
    {
        let path = scratch.path("h.db")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String] in
                        try count(upwards: 100, at: path)
                    }
                }
            }
        }
        try expectCounted(800)
    }

    @Test func `the switch to WAL is tried until the limit, and can be tried again`() throws {
        let path = scratch.path("h.db")
        let reader = try Connection(path: path, mode: .create)
        let connection = try Connection(
            path: path, mode: .create, settings: ConnectionSettings(busyTimeout: .zero))
        try reader.transaction(.deferred) {
            // From here on it holds a lock for reading, as the file is not in WAL mode.
            let isEmpty = try reader.isEmpty
            #expect(isEmpty)
            let error = #expect(throws: SQLiteError.self) {
                try connection.prepareForWriting(retryingFor: .milliseconds(40))
            }
            #expect(
                error?.description
                    == "cannot set up \(path): database is locked (SQLite result code 5); "
                    + "another process is using it, try again in a moment")
            let refused = #expect(throws: SQLiteError.self) {
                try connection.execute("CREATE TABLE t (a)")
            }
            #expect(refused?.isReadOnly == true)
        }
        #expect(connection.busyRetries > 1)
        try connection.prepareForWriting()
        #expect(try connection.journalMode == "wal")
    }

    private func expectCounted(_ expected: Int64) throws {
        do {
            let connection = try Connection(path: scratch.path("h.db"), mode: .readOnly)
            #expect(try connection.integer("SELECT n FROM counter") == expected)
            #expect(try connection.integer("SELECT count(*) FROM entry") == expected)
            #expect(try connection.integer("PRAGMA auto_vacuum") == 2)
            #expect(try connection.journalMode == "wal")
            #expect(try connection.applicationID == 7)
            #expect(try connection.integrityCheck() == [])
        }
        #expect(try scratch.mode("h.db") == 0o600)
    }
}

/// What each of them does: create if first, then add one at a time.
private func count(upwards times: Int, at path: String) throws {
    let connection = try Connection(path: path, mode: .create)
    #expect(try [0, 7].contains(connection.applicationID))
    try connection.prepareForWriting()
    try connection.transaction {
        guard try connection.isEmpty else { return }
        try connection.setApplicationID(7)
        try connection.execute(
            """
            CREATE TABLE counter (n INTEGER) STRICT;
            CREATE TABLE entry (id INTEGER PRIMARY KEY) STRICT;
            INSERT INTO counter VALUES (0);
            """)
    }
    for _ in 0..<times {
        try connection.transaction {
            let before = try connection.integer("SELECT n FROM counter") ?? -1
            try connection.withStatement("UPDATE counter SET n = ?1") { statement in
                try statement.bind(before + 1, at: 1)
                try statement.run()
            }
            try connection.execute("INSERT INTO entry DEFAULT VALUES")
        }
    }
}
