import Foundation
import SQLite
import Testing

struct CrashTests {
    let scratch = try! Scratch()

    @Test func `a process killed within a transaction leaves what it had committed`() async throws {
        let path = scratch.path("h.db")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let connection = try writer(path)
            // A tiny cache, so that the open transaction spills into the log.
            try connection.execute(
                "PRAGMA cache_size = 2; CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT")
            try connection.transaction {
                try connection.execute("INSERT INTO t VALUES (1, zeroblob(5000))")
            }
            try connection.transaction {
                for row in 2...200 {
                    try connection.execute("INSERT INTO t VALUES (\(row), zeroblob(5000))")
                }
                kill(getpid(), SIGKILL)
            }
        }
        #expect(try scratch.bytes("h.db-wal").count > 500_000)
        let connection = try writer(path)
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
        #expect(try connection.integrityCheck() == [])
        try connection.transaction {
            try connection.execute("INSERT INTO t VALUES (2, x'00')")
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
    }

    @Test(arguments: [0, 1, 31, 32, 40, 4000, 4152, 9000])
    func `a truncated log costs at most what it held`(size: Int) throws {
        do {
            let connection = try writer(scratch.path("live.db"))
            try connection.execute("CREATE TABLE t (a)")
            try connection.checkpoint(.truncate)
            for _ in 0..<5 {
                try connection.transaction { try connection.execute("INSERT INTO t VALUES (1)") }
            }
            try scratch.write(scratch.bytes("live.db"), to: "h.db")
            try scratch.write(scratch.bytes("live.db-wal").prefix(size), to: "h.db-wal")
        }
        let connection = try writer(scratch.path("h.db"))
        let expected = max(0, (size - 32) / 4120)
        #expect(try connection.integer("SELECT count(*) FROM t") == Int64(expected))
        #expect(try connection.integrityCheck() == [])
    }
}
