import Foundation
import HistoryModel
import HistoryStore
import SQLite
import Testing

struct CatalogFileTests {
    let scratch = try! Scratch()

    @Test(arguments: [0o000, 0o022, 0o077, 0o777])
    func `the catalog is its owner's alone, whatever the umask`(mask: Int) async throws {
        let path = scratch.path("a/b/history.db")
        // Killed, so that it leaves its log where it is.
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, mask = mask as Int] in
            umask(mode_t(mask))
            let catalog = try Catalog(path: path, now: .noon)
            _ = try catalog.begin(.web(), of: .own)
            kill(getpid(), SIGKILL)
        }
        for name in ["a", "a/b"] { #expect(try scratch.mode(name) == 0o700, "\(name)") }
        for name in ["", "-wal", "-shm", ".lock"] {
            #expect(try scratch.mode("a/b/history.db\(name)") == 0o600, "history.db\(name)")
        }
    }

    @Test func `modes that somebody chose stay`() throws {
        _ = try scratch.makeCatalog()
        for name in [scratch.catalog, scratch.catalog + ".lock"] {
            unsafe chmod(name, 0o660)
        }
        unsafe chmod(scratch.directory, 0o750)
        _ = try scratch.makeCatalog()
        #expect(try scratch.mode("history.db") == 0o660)
        #expect(try scratch.mode("history.db.lock") == 0o660)
        #expect(try scratch.mode(".") == 0o750)
    }

    @Test func `a file in a directory's place is named in the error`() throws {
        try scratch.write(Data(), to: "a")
        let path = scratch.path("a/b/history.db")
        let error = #expect(throws: StoreError.self) { _ = try Catalog(path: path, now: .noon) }
        #expect(error?.code == .cannotOpen)
        #expect(
            error?.description == """
                cannot make the directory \(scratch.path("a/b")): Not a directory; name another file \
                with --db or VARVE_DB
                """)
    }

    @Test(
        arguments: [
            (["VARVE_DB": "/x/y.db", "HOME": "/h"], "/x/y.db"),
            (["VARVE_DB": "", "HOME": "/h", "XDG_DATA_HOME": "/d"], "/d/varve/history.db"),
            (["HOME": "/h", "XDG_DATA_HOME": "relative"], "/h/.local/share/varve/history.db"),
            (["HOME": "/h"], "/h/.local/share/varve/history.db"),
            (["HOME": ""], nil),
            ([:], nil),
        ] as [([String: String], String?)])
    func `the standard place follows the environment`(
        environment: [String: String], expected: String?
    ) {
        #if !canImport(Darwin)
            #expect(CatalogLocation.standard(environment: environment) == expected)
        #endif
    }

    @Test(arguments: [
        ("history.db", "."), ("/history.db", "/"), ("a/history.db", "a"), ("/a/b/h.db", "/a/b"),
    ])
    func `a file's directory is told from its path`(path: String, directory: String) {
        #expect(CatalogLocation.directory(of: path) == directory)
    }

    @Test func `a reader changes nothing and sees what a writer commits meanwhile`() throws {
        let catalog = try scratch.makeCatalog()
        let reader = try CatalogReader(path: scratch.catalog)
        let before = try scratch.names
        #expect(try reader.runs().isEmpty)
        for index in 1...20 {
            let run = try catalog.begin(.web(at: .noon(plus: Int64(index))), of: .own)
            #expect(try reader.runs().map(\.id).last == run.id)
        }
        #expect(try reader.runs().count == 20)
        #expect(try scratch.names == before)
    }

    @Test func `a reader reads whole states while another process writes`() async throws {
        _ = try scratch.makeCatalog()
        let path = scratch.catalog
        async let writing = #expect(processExitsWith: .success) {
            [path = path as String] in
            let catalog = try Catalog(path: path, now: .noon)
            for index in 0..<200 {
                let run = try catalog.begin(.web(at: .noon(plus: Int64(index))), of: .own)
                try catalog.write([.tenSeconds(of: run.id, at: .noon)])
                try catalog.end(run.id, at: .noon(plus: 60_000))
            }
        }
        let reader = try CatalogReader(path: path)
        var seen: Set<Int> = []
        while seen.max() ?? 0 < 200 {
            let runs = try reader.runs()
            seen.insert(runs.count)
            for run in runs.dropLast() {
                #expect(run.status == .terminated)
                #expect(run.usage.sampleCount == 10)
            }
        }
        _ = await writing
        #expect(seen.count > 1)
        #expect(try reader.problems() == [])
    }

    /// Root may write anywhere, so that the reading is done as somebody else there.
    @Test func `a catalog in a directory without write permission can be read`() async throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own)
        // The writer lives, so its log and the log's index are there.
        for name in try scratch.names { unsafe chmod(scratch.path(name), 0o644) }
        unsafe chmod(scratch.directory, 0o555)
        defer { unsafe chmod(scratch.directory, 0o755) }
        let path = scratch.catalog
        let before = try scratch.contents()
        await #expect(processExitsWith: .success) { [path = path as String] in
            if getuid() == 0 { try #require(setuid(65_534) == 0) }
            try #require(unsafe access(path, W_OK) != 0)
            let reader = try CatalogReader(path: path)
            try #require(try reader.runs().count == 1)
            // The lock is seen without the right to take it.
            try #require(try !reader.mayHaveAbandonedRuns(on: .here))
        }
        #expect(run.id == RunID(rawValue: 1))
        #expect(try scratch.contents().keys.sorted() == before.keys.sorted())
    }

    @Test func `a catalog at rest in such a directory is refused in words`() async throws {
        _ = try scratch.makeCatalog()
        #expect(try scratch.names == ["history.db", "history.db.lock"])
        unsafe chmod(scratch.catalog, 0o644)
        unsafe chmod(scratch.directory, 0o555)
        defer { unsafe chmod(scratch.directory, 0o755) }
        let path = scratch.catalog
        await #expect(processExitsWith: .success) { [path = path as String] in
            if getuid() == 0 { try #require(setuid(65_534) == 0) }
            let error = #expect(throws: StoreError.self) { _ = try CatalogReader(path: path) }
            try #require(error?.code == .cannotOpen)
            try #require(
                error?.description == """
                    cannot read \(path) where it lies: no program has it open, and its directory may \
                    not be written, so SQLite cannot put its \(path)-shm there; read a copy of it
                    """)
        }
    }

    @Test func `a catalog that may not be read is not taken to be missing`() async throws {
        _ = try scratch.makeCatalog()
        unsafe chmod(scratch.directory, 0o000)
        defer { unsafe chmod(scratch.directory, 0o755) }
        let path = scratch.catalog
        await #expect(processExitsWith: .success) { [path = path as String] in
            if getuid() == 0 { try #require(setuid(65_534) == 0) }
            let error = #expect(throws: StoreError.self) { _ = try CatalogReader(path: path) }
            try #require(error?.code == .database)
            try #require(error?.cause?.isCannotOpen == true)
        }
    }
}
