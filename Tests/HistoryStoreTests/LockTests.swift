import Foundation
import HistoryModel
import Testing

@testable import HistoryStore

struct LockTests {
    let scratch = try! Scratch()

    @Test func `a supervisor's lock is seen by others until it goes away`() throws {
        let other = try scratch.makeCatalog()
        var run = RunID(rawValue: 0)
        do {
            let supervisor = try scratch.makeCatalog()
            run = try supervisor.begin(.web(), of: .own).id
            #expect(other.locks.isHeldElsewhere(.supervisor(run)) == true)
            #expect(
                other.locks.isHeldElsewhere(.supervisor(RunID(rawValue: run.rawValue + 1))) == false
            )
            #expect(other.locks.hold(.supervisor(run)) == false)
            #expect(supervisor.locks.isHeldElsewhere(.supervisor(run)) == false)
            #expect(supervisor.locks.isHeld(.supervisor(run)) == true)
        }
        #expect(other.locks.isHeldElsewhere(.supervisor(run)) == false)
        #expect(other.locks.isHeld(.supervisor(run)) == false)
    }

    @Test func `another connection that comes and goes takes no lock away`() throws {
        let supervisor = try scratch.makeCatalog()
        let run = try supervisor.begin(.web(), of: .own).id
        for _ in 0..<3 {
            let other = try scratch.makeCatalog()
            #expect(other.locks.isHeldElsewhere(.supervisor(run)) == true)
        }
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try !reader.mayHaveAbandonedRuns(on: .here))
    }

    @Test func `one program records a registry, and the second is told so`() throws {
        let other = try scratch.makeCatalog()
        do {
            let recorder = try scratch.makeCatalog()
            try recorder.becomeRecorder(ofRegistry: "/varve-test")
            try recorder.becomeRecorder(ofRegistry: "/varve-test")
            #expect(other.hasRecorder(ofRegistry: "/varve-test") == true)
            #expect(other.hasRecorder(ofRegistry: "/varve-other") == false)
            #expect(recorder.hasRecorder(ofRegistry: "/varve-test") == false)
            let error = #expect(throws: StoreError.self) {
                try other.becomeRecorder(ofRegistry: "/varve-test")
            }
            #expect(error?.code == .recorderRunning)
            #expect(
                error?.description == """
                    another varve record already records /varve-test into \(scratch.catalog); there \
                    can be one
                    """)
            try other.becomeRecorder(ofRegistry: "/varve-other")
        }
        #expect(other.hasRecorder(ofRegistry: "/varve-test") == false)
        try other.becomeRecorder(ofRegistry: "/varve-test")
    }

    @Test func `all names of a catalog lead to the same locks`() throws {
        let catalog = try scratch.makeCatalog()
        try catalog.becomeRecorder(ofRegistry: "/r")
        try FileManager.default.createDirectory(
            atPath: scratch.path("links"), withIntermediateDirectories: true)
        let link = scratch.path("links/other-name.db")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: scratch.catalog)
        let other = try Catalog(path: link, now: .noon)
        #expect(other.hasRecorder(ofRegistry: "/r") == true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path("links")).count == 1)
    }

    @Test func `a run that did not begin leaves no lock behind`() throws {
        let supervisor = try scratch.makeCatalog()
        let other = try scratch.makeCatalog()
        // Refuses the last row that is written, when the lock is held already.
        try tamper(
            scratch.catalog,
            "ALTER TABLE lifecycle_event RENAME COLUMN seen_by TO noticed_by")
        #expect(throws: StoreError.self) { try supervisor.begin(.web(), of: .own) }
        try tamper(
            scratch.catalog,
            """
            ALTER TABLE lifecycle_event RENAME COLUMN noticed_by TO seen_by;
            CREATE TRIGGER refusing BEFORE INSERT ON source
            BEGIN SELECT RAISE(ABORT, 'refused'); END
            """)
        #expect(throws: StoreError.self) { try supervisor.begin(.web(), of: .own) }
        for id in 0...3 {
            let run = RunID(rawValue: Int64(id))
            #expect(other.locks.isHeldElsewhere(.supervisor(run)) == false)
        }
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 1 << 61, .max])
    func `no id is too odd for a lock`(id: Int64) throws {
        let catalog = try scratch.makeCatalog()
        let other = try scratch.makeCatalog()
        let key = CatalogLocks.Key.supervisor(RunID(rawValue: id))
        #expect(catalog.locks.hold(key) == true)
        #expect(other.locks.isHeldElsewhere(key) == true)
        catalog.locks.release(key)
        #expect(other.locks.isHeldElsewhere(key) == false)
    }

    @Test func `a killed supervisor's lock goes with it`() async throws {
        let catalog = try scratch.makeCatalog()
        let path = scratch.catalog
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let catalog = try Catalog(path: path, now: .noon)
            _ = try catalog.begin(.web(), of: .own)
            kill(getpid(), SIGKILL)
        }
        let reader = try CatalogReader(path: path)
        #expect(try reader.runs().count == 1)
        #expect(try reader.mayHaveAbandonedRuns(on: .here))
        #expect(catalog.locks.isHeldElsewhere(.supervisor(RunID(rawValue: 1))) == false)
    }

    @Test func `without a lock file nothing is held`() throws {
        do {
            let catalog = try scratch.makeCatalog()
            _ = try catalog.begin(.web(), of: .own)
        }
        try FileManager.default.removeItem(atPath: scratch.catalog + ".lock")
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.mayHaveAbandonedRuns(on: .here))
        #expect(try !reader.mayHaveAbandonedRuns(on: .elsewhere))
        #expect(try !scratch.names.contains("history.db.lock"))
    }
}
