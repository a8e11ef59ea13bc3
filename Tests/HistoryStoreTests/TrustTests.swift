import Foundation
import HistoryModel
import HistoryStore
import Testing

/// Whose files are used, and what could lead somewhere else.
struct TrustTests {
    let scratch = try! Scratch()

    private func refusal(_ path: String) -> StoreError? {
        do {
            _ = try Catalog(path: path, now: .noon, patience: .zero)
            return nil
        } catch {
            return error
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a catalog of another user is read, and never written`() throws {
        _ = try scratch.makeCatalog()
        #expect(unsafe chown(scratch.catalog, 65_534, 65_534) == 0)
        let bytes = try scratch.bytes("history.db")
        let error = refusal(scratch.catalog)
        #expect(error?.code == .cannotOpen)
        #expect(
            error?.description == """
                refusing to write the catalog \(scratch.catalog): it belongs to user 65534, and only that \
                user records into it; run varve as that user, or name another file with --db or VARVE_DB
                """)
        #expect(try CatalogReader(path: scratch.catalog).runs().isEmpty)
        #expect(try scratch.bytes("history.db") == bytes)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a link away"))
    func `a link that another user has made is not followed for writing, one's own is`() throws {
        _ = try scratch.makeCatalog()
        let link = scratch.path("link.db")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: scratch.catalog)
        #expect(refusal(link) == nil)
        #expect(unsafe lchown(link, 65_534, 65_534) == 0)
        #expect(
            refusal(link)?.description == """
                refusing the catalog \(link): it is a symbolic link that user 65534 has made, who could \
                lead it anywhere; name the file itself with --db or VARVE_DB
                """)
    }

    @Test func `nothing is made where a link leads to nothing`() throws {
        let target = scratch.path("elsewhere.db")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.catalog, withDestinationPath: target)
        #expect(refusal(scratch.catalog)?.code == .database)
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func `a lock file that is a link is not followed, and where it leads nothing is made`()
        throws
    {
        _ = try scratch.makeCatalog()
        let lock = scratch.catalog + ".lock"
        try FileManager.default.removeItem(atPath: lock)
        let target = scratch.path("target")
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: target)
        #expect(
            refusal(scratch.catalog)?.description == """
                cannot open the lock file \(lock): Too many levels of symbolic links; it is a symbolic \
                link, which others could lead anywhere: remove it
                """)
        #expect(!FileManager.default.fileExists(atPath: target))
        // To be read it needs no lock: whose runs go on is then taken to be watched.
        #expect(try !CatalogReader(path: scratch.catalog).mayHaveAbandonedRuns(on: .here))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a lock file of another user is refused`() throws {
        _ = try scratch.makeCatalog()
        let lock = scratch.catalog + ".lock"
        #expect(unsafe chown(lock, 65_534, 65_534) == 0)
        #expect(
            refusal(scratch.catalog)?.description == """
                cannot open the lock file \(lock): Operation not permitted; it is no plain file of this \
                user's: remove it
                """)
    }

    @Test(arguments: ["", "-wal", "-shm", "-journal", ".lock"])
    func `a pipe in the place of a file is not waited for`(suffix: String) throws {
        _ = try scratch.makeCatalog()
        let name = scratch.catalog + suffix
        try? FileManager.default.removeItem(atPath: name)
        #expect(unsafe mkfifo(name, 0o600) == 0)
        let sentence =
            suffix == ".lock"
            ? "cannot open the lock file \(name): Operation not permitted; it is no plain file of this "
                + "user's: remove it"
            : "cannot use the catalog \(scratch.catalog): \(suffix.isEmpty ? "it" : name) is a pipe, a "
                + "socket or a device; name another file with --db or VARVE_DB"
        #expect(refusal(scratch.catalog)?.description == sentence)
        guard suffix != ".lock" else {
            #expect(try CatalogReader(path: scratch.catalog).runs().isEmpty)
            return
        }
        let error = #expect(throws: StoreError.self) {
            _ = try CatalogReader(path: scratch.catalog)
        }
        #expect(error?.description == sentence)
    }

    @Test(arguments: ["-wal", "-shm", "-journal"])
    func `a link beside the catalog is not written through`(suffix: String) throws {
        _ = try scratch.makeCatalog()
        let target = scratch.path("target")
        let precious = Data("precious".utf8)
        try precious.write(to: URL(filePath: target))
        try FileManager.default.createSymbolicLink(
            atPath: scratch.catalog + suffix, withDestinationPath: target)
        _ = try? Catalog(path: scratch.catalog, now: .noon, patience: .zero)
        _ = try? CatalogReader(path: scratch.catalog).runs()
        #expect(try Data(contentsOf: URL(filePath: target)) == precious)
    }
}
