import Foundation
import SQLite
import Testing

struct TransactionTests {
    struct Refused: Error {}
    let scratch = try! Scratch()

    private func counter() throws -> Connection {
        let connection = try writer(
            scratch.path("h.db"), settings: ConnectionSettings(busyTimeout: .zero))
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b INTEGER) STRICT")
        return connection
    }

    @Test func `a body that ends commits and gives its result`() throws {
        let connection = try counter()
        let result = try connection.transaction {
            #expect(connection.isInTransaction == true)
            try connection.execute("INSERT INTO t VALUES (1, 1)")
            return connection.lastInsertRowID
        }
        #expect(result == 1)
        #expect(connection.isInTransaction == false)
        #expect(try counter().integer("SELECT count(*) FROM t") == 1)
    }

    @Test(arguments: [TransactionKind.deferred, .immediate, .exclusive])
    func `a body that throws leaves nothing`(kind: TransactionKind) throws {
        let connection = try counter()
        #expect(throws: Refused.self) {
            try connection.transaction(kind) {
                try connection.execute("INSERT INTO t VALUES (1, 1)")
                throw Refused()
            }
        }
        #expect(connection.isInTransaction == false)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.transaction(kind) { try connection.execute("INSERT INTO t VALUES (1, 1)") }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func `a rollback by SQLite itself is borne`() throws {
        let connection = try counter()
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction {
                try connection.execute("INSERT INTO t VALUES (1, 1)")
                try connection.execute("INSERT OR ROLLBACK INTO t VALUES (1, 2)")
            }
        }
        #expect(error?.isConstraintViolation == true)
        #expect(connection.isInTransaction == false)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func `after a rollback by SQLite nothing more runs outside of the transaction`() throws {
        let connection = try counter()
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction {
                try? connection.execute(
                    "INSERT INTO t VALUES (1, 1); INSERT OR ROLLBACK INTO t VALUES (1, 2)")
                try connection.execute("INSERT INTO t VALUES (2, 2)")
            }
        }
        #expect(
            error?.description
                == "cannot run a statement on \(scratch.path("h.db")): its transaction has already "
                + "been rolled back (SQLite result code 4)")
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func `an interrupt that lasts does not keep the transaction open`() throws {
        let connection = try counter()
        #expect(throws: Refused.self) {
            // It stays in the middle of its rows, which is what makes the interrupt last.
            var endless = try connection.prepare(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c")
            try connection.transaction {
                try connection.execute("INSERT INTO t VALUES (1, 1)")
                #expect(try endless.step())
                connection.interrupter.interrupt()
                throw Refused()
            }
        }
        #expect(connection.isInTransaction == false)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func `a body that meets a lock runs again when the lock is gone`() throws {
        let connection = try counter()
        let (locked, release, released) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        let path = scratch.path("h.db")
        Thread.detachNewThread {
            defer { released.signal() }
            let other = try! writer(path)
            try! other.transaction {
                try other.execute("INSERT INTO t VALUES (1, 0)")
                locked.signal()
                release.wait()
            }
        }
        locked.wait()
        var runs = 0
        try connection.transaction(.deferred) {
            runs += 1
            do throws(SQLiteError) {
                try connection.execute("UPDATE t SET b = b + 1")
            } catch {
                #expect(error.isBusy)
                release.signal()
                released.wait()
                throw error
            }
        }
        #expect(runs == 2)
        #expect(connection.busyRetries == 1)
        #expect(try connection.integer("SELECT b FROM t") == 1)
    }

    @Test func `a stale snapshot is begun anew`() throws {
        let connection = try counter()
        let other = try counter()
        try connection.execute("INSERT INTO t VALUES (1, 0)")
        var codes: [Int32] = []
        try connection.transaction(.deferred) {
            let before = try connection.integer("SELECT b FROM t") ?? 0
            if codes.isEmpty { try other.execute("UPDATE t SET b = b + 10") }
            do throws(SQLiteError) {
                try connection.execute("UPDATE t SET b = \(before + 1)")
            } catch {
                codes.append(error.resultCode)
                throw error
            }
        }
        #expect(codes == [517])
        #expect(try connection.integer("SELECT b FROM t") == 11)
    }

    @Test func `patience ends at the limit, and the body has not run`() throws {
        let connection = try counter()
        let other = try counter()
        let began = ContinuousClock.now
        try other.transaction {
            let error = #expect(throws: SQLiteError.self) {
                try connection.transaction(retryingFor: .milliseconds(40)) {
                    Issue.record("the lock is held by another")
                }
            }
            #expect(error?.isBusy == true)
            #expect(error?.operation == .begin)
        }
        #expect(connection.busyRetries > 0)
        #expect(ContinuousClock.now - began >= .milliseconds(40))
        try connection.transaction { try connection.execute("INSERT INTO t VALUES (1, 1)") }
    }

    @Test func `the limit also shortens a longer busy timeout`() throws {
        let other = try counter()
        let connection = try writer(
            scratch.path("h.db"), settings: ConnectionSettings(busyTimeout: .seconds(600)))
        try other.transaction {
            #expect(throws: SQLiteError.self) {
                try connection.transaction(retryingFor: .milliseconds(10)) {}
            }
        }
        #expect(try connection.integer("PRAGMA busy_timeout") == 600_000)
    }

    @Test func `an interrupt ends the waiting`() throws {
        let connection = try counter()
        let other = try counter()
        var runs = 0
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction(.deferred, retryingFor: .seconds(600)) {
                runs += 1
                try other.transaction(retryingFor: .zero) {
                    connection.interrupter.interrupt()
                    try connection.execute("INSERT INTO t VALUES (1, 1)")
                }
            }
        }
        #expect(runs == 1)
        #expect(error?.isInterrupted == true)
    }

    @Test func `a transaction within a transaction traps`() async {
        await #expect(processExitsWith: .failure) {
            let connection = try writer(":memory:")
            try connection.transaction { try connection.transaction {} }
        }
    }
}
