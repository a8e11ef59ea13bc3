import Foundation
import SQLite
import Testing

struct InterruptTests {
    @Test func `an interrupt from another thread ends an endless query`() throws {
        let connection = try writer(":memory:")
        let interrupter = connection.interrupter
        var rows = 0
        let error = #expect(throws: SQLiteError.self) {
            try connection.withStatement(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"
            ) { statement in
                while try statement.step() {
                    rows += 1
                    if rows == 1 { Thread.detachNewThread { interrupter.interrupt() } }
                }
            }
        }
        #expect(error?.isInterrupted == true)
        #expect(
            error?.description
                == "cannot run a statement on :memory:: interrupted (SQLite result code 9)")
        #expect(rows >= 1)
        #expect(try connection.integer("SELECT 1") == 1)
    }

    @Test func `an interrupt while nothing runs does nothing`() throws {
        let connection = try writer(":memory:")
        connection.interrupter.interrupt()
        #expect(try connection.integer("SELECT 1") == 1)
    }

    @Test func `interrupting a connection that is gone, or going, does nothing`() throws {
        func orphan() throws -> Interrupter { try writer(":memory:").interrupter }
        try orphan().interrupt()
        for _ in 0..<50 {
            let interrupter = try orphanOnThread()
            for _ in 0..<100 { interrupter.interrupt() }
        }
    }

    /// The interrupter of a connection that another thread is closing meanwhile.
    private func orphanOnThread() throws -> Interrupter {
        let connection = try writer(":memory:")
        let interrupter = connection.interrupter
        let began = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            began.signal()
            for _ in 0..<100 { interrupter.interrupt() }
        }
        began.wait()
        return interrupter
    }
}
