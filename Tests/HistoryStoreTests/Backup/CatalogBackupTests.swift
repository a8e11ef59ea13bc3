import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct CatalogBackupTests {
    let scratch = try! Scratch()

    /// A catalog of some hundred pages.
    private func makeCatalog() throws -> Catalog {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(labels: ["a": "b"]), of: .own).id
        for hour in 0..<12 as Range<Int64> {
            try catalog.write(
                (0..<360).map {
                    .tenSeconds(of: run, at: .noon(plus: hour * 3_600_000 + $0 * 10_000))
                })
        }
        return catalog
    }

    @Test func `a backup is the catalog of one instant, though a recorder writes on`() throws {
        let catalog = try makeCatalog()
        let rows = try CatalogReader(path: scratch.catalog).summary().rowCount
        var written: Int64 = 0
        let report = try CatalogBackup(of: scratch.catalog).write(
            to: scratch.path("b.db"),
            progress: { stage in
                guard case .copied = stage, written < 20 else { return }
                let at = Timestamp.noon(plus: 90_000_000 + written * 10_000)
                do {
                    try catalog.write([.tenSeconds(of: RunID(rawValue: 1), at: at)])
                    written += 1
                } catch {
                    Issue.record(error)
                }
            })
        #expect(written > 0)
        #expect(report.byteCount > 400_000)
        #expect(report.checking != nil)
        let backup = try CatalogReader(path: scratch.path("b.db"))
        #expect(try backup.summary().rowCount == rows)
        #expect(try backup.problems() == [])
        #expect(try CatalogReader(path: scratch.catalog).summary().rowCount == rows + written)
        #expect(try scratch.mode("b.db") == 0o600)
        // It is a catalog that can be written, too.
        let second = try Catalog(path: scratch.path("b.db"), now: .noon)
        try second.end(RunID(rawValue: 1), at: .noon(plus: 50_000_000))
        #expect(try backup.problems() == [])
    }

    @Test func `a catalog of an older schema is copied as it is`() throws {
        let kept = KeptCatalog.all[2]
        try kept.copy(to: scratch.catalog)
        _ = try CatalogBackup(of: scratch.catalog).write(to: scratch.path("b.db"))
        let copy = try Connection(path: scratch.path("b.db"), mode: .readOnly)
        #expect(try copy.integer("SELECT max(version) FROM schema_migration") == 3)
        try kept.expectRows(at: scratch.path("b.db"))
        #expect(try scratch.ownNames == ["b.db", "history.db"])
    }

    @Test func `a damaged catalog gives no backup unless nobody looks`() throws {
        do { _ = try makeCatalog() }
        var bytes = try scratch.bytes("history.db")
        let page = bytes.count / 4096 / 2
        bytes.replaceSubrange(
            page * 4096..<page * 4096 + 64, with: Data(repeating: 0xa5, count: 64))
        try scratch.write(bytes, to: "history.db")
        let error = #expect(throws: StoreError.self) {
            try CatalogBackup(of: scratch.catalog).write(to: scratch.path("b.db"))
        }
        #expect(error?.code == .damaged)
        #expect(
            error?.description.hasPrefix(
                "\(scratch.catalog) is damaged, so no copy of it was kept: ") == true)
        #expect(
            error?.description.hasSuffix(
                "; `varve db repair` brings over what can be read, --no-check copies it as it is")
                == true)
        #expect(try scratch.ownNames == ["history.db", "history.db.lock"])
        let report = try CatalogBackup(of: scratch.catalog).write(
            to: scratch.path("b.db"), checking: false)
        #expect(report.checking == nil)
        #expect(try scratch.bytes("b.db").count == bytes.count)
    }

    @Test func `a name that is taken, a link and a catalog's own files are refused`() throws {
        let catalog = try makeCatalog()
        try scratch.write(Data("precious".utf8), to: "b.db")
        let backup = try CatalogBackup(of: scratch.catalog)
        let taken = #expect(throws: StoreError.self) {
            try backup.write(to: scratch.path("b.db"))
        }
        #expect(taken?.code == .destinationExists)
        #expect(
            taken?.description
                == "cannot write \(scratch.path("b.db")): a file of that name exists already")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("link"), withDestinationPath: scratch.path("b.db"))
        let link = #expect(throws: StoreError.self) {
            try backup.write(to: scratch.path("link"), replacing: true)
        }
        #expect(
            link?.description
                == "cannot write the backup \(scratch.path("link")): it is a symbolic link; name the "
                + "file that it leads to (SQLite result code 14); check that the path is right and "
                + "that you may access it")
        #expect(try scratch.bytes("b.db") == Data("precious".utf8))
        _ = try backup.write(to: scratch.path("b.db"), replacing: true)
        #expect(try CatalogReader(path: scratch.path("b.db")).summary().runCount == 1)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("alias.db"), withDestinationPath: scratch.catalog)
        let own = ["", "-wal", "-shm", "-journal", ".lock"].map { scratch.catalog + $0 }
        for path in own + [scratch.path("alias.db"), scratch.path("./history.db-journal")] {
            #expect(CatalogLocation.isPart(path, ofCatalog: scratch.catalog), "\(path)")
            #expect(CatalogLocation.isPart(path, ofCatalog: scratch.path("alias.db")), "\(path)")
        }
        #expect(!CatalogLocation.isPart(scratch.path("b.db"), ofCatalog: catalog.path))
        #expect(!CatalogLocation.isPart(scratch.path("b.db-wal"), ofCatalog: catalog.path))
    }

    @Test func `a backup that is told to stop leaves nothing`() throws {
        _ = try makeCatalog()
        for limit in [1, 3] {
            var asked = 0
            let error = #expect(throws: StoreError.self) {
                try CatalogBackup(of: scratch.catalog).write(
                    to: scratch.path("b.db"),
                    stopIf: {
                        asked += 1
                        return asked > limit
                    })
            }
            #expect(error?.code == .stopped)
            #expect(
                error?.description == "stopped; nothing was written to \(scratch.path("b.db"))")
            #expect(try scratch.ownNames == ["history.db", "history.db.lock"])
        }
    }

    @Test func `there is no backup of what is no catalog`() throws {
        let missing = #expect(throws: StoreError.self) {
            _ = try CatalogBackup(of: scratch.catalog)
        }
        #expect(missing?.code == .notFound)
        #expect(try scratch.names == [])
        try tamper(scratch.path("other.db"), "CREATE TABLE t (a)")
        let foreign = #expect(throws: StoreError.self) {
            _ = try CatalogBackup(of: scratch.path("other.db"))
        }
        #expect(foreign?.code == .foreignDatabase)
    }
}
