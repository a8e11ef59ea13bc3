import Foundation
import HistoryModel
import SlotRegistry
import Testing

#if os(Linux)
    /// Other people's files and shared memory, as root meets them, who may do anything and should not.
    @Suite(.serialized, .enabled(if: geteuid() == 0, "only root can give things away"))
    struct OwnershipTests {
        let stage: Stage

        init() throws { stage = try Stage() }

        private static let other: UInt32 = 65_534

        /// Runs varve as another user.
        private func asOther(_ arguments: String...) async throws -> Program.End {
            // What the other user needs of the stage: to come in.
            unsafe chmod(stage.directory, 0o777)
            return try await stage.start(
                "/usr/bin/setpriv",
                [
                    "--reuid=\(Self.other)", "--regid=\(Self.other)", "--clear-groups", "--",
                    Built.varve,
                ] + arguments
            ).finish()
        }

        private func give(_ path: String) {
            let code = unsafe lchown(path, Self.other, Self.other)
            #expect(code == 0)
        }

        @Test func `a run in another user's catalog goes on, and the catalog stays as it is`()
            async throws
        {
            try stage.makeHistory()
            give(stage.catalog)
            let before = try Data(contentsOf: URL(fileURLWithPath: stage.catalog))
            let end = try await stage.varve("run", "--", "sh", "-c", "exit 6")
            #expect(end.code == 6)
            #expect(
                end.errors.hasPrefix(
                    "varve: warning: the run goes on, but is not recorded for now: refusing to write "
                        + "the catalog \(stage.catalog): it belongs to user 65534, and only that user "
                        + "records into it; run varve as that user, or name another file with --db or "
                        + "VARVE_DB\n"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: stage.catalog)) == before)
            #expect(try await stage.varve("query", "runs").code == 0)
            let record = try await stage.varve("record")
            #expect(record.code == 1 && record.errors.contains("it belongs to user 65534"))
        }

        @Test func `a registry of another user is read by root, and never written`() async throws {
            let registry = try Registry.create(try RegistryName(stage.registry), capacity: 4)
            let reservation = try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "box")
            let writer = try registry.activate(
                reservation, runID: 1, pid: getpid(), startedAt: .now())
            try writer.write(
                SlotSample(sampledAtUnixMilliseconds: Timestamp.now().unixMilliseconds))
            let object = "/dev/shm" + stage.registry
            give(object)
            let before = try Data(contentsOf: URL(fileURLWithPath: object))
            let shown = try await stage.varve("ps")
            #expect(shown.code == 0 && shown.text.contains("box"))
            let end = try await stage.varve("run", "--", "sh", "-c", "exit 6")
            #expect(end.code == 6)
            #expect(
                end.errors.hasPrefix(
                    "varve: warning: the run goes on without samples: refusing registry "
                        + "\(stage.registry): it belongs to user 65534 with mode 0600, so others can "
                        + "change it; remove it or choose another registry\n"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: object)) == before)
        }

        @Test func `a registry of root is nothing for another user`() async throws {
            _ = try Registry.create(try RegistryName(stage.registry), capacity: 4)
            let end = try await asOther("ps")
            #expect(end.code == 1)
            #expect(
                end.errors
                    == "varve: error: cannot open registry \(stage.registry): it is another user's, and "
                    + "only that user may use it (mode 0600); run varve as that user\n")
        }

        @Test func `a catalog of root is nothing for another user`() async throws {
            try stage.makeHistory()
            for arguments in [["query", "runs"], ["db", "check"]] {
                let end = try await asOther(arguments[0], arguments[1])
                #expect(end.code == 1 && end.output.isEmpty)
                #expect(end.errors.contains("unable to open database file"), "\(end.errors)")
            }
        }

        @Test func `a file of another user is not replaced, not by force either`() async throws {
            try stage.makeHistory()
            for (name, words) in [
                ("page.html", ["why", "build", "--html"]),
                ("plain.db", ["db", "export", "--force", "--plain"]),
                ("rows.csv", ["db", "export", "--force", "--format", "csv", "--output"]),
                ("bundle.db", ["bundle", "build", "--force", "-o"]),
            ] {
                try stage.write(name, "theirs")
                give(stage.path(name))
                let end = try await stage.start(Built.varve, words + [stage.path(name)]).finish()
                #expect(end.code == 1, "\(name)")
                #expect(end.errors.contains("it belongs to another user"), "\(name): \(end.errors)")
                #expect(stage.contents(name) == "theirs")
            }
        }

        @Test func `a page is not written where another user's link leads`() async throws {
            try stage.makeHistory()
            try stage.write("mine.html", "mine")
            try FileManager.default.createSymbolicLink(
                atPath: stage.path("link.html"), withDestinationPath: stage.path("mine.html"))
            give(stage.path("link.html"))
            let end = try await stage.varve("why", "build", "--html", stage.path("link.html"))
            #expect(end.code == 1)
            #expect(
                end.errors.hasSuffix(
                    "varve: error: cannot write the page to '\(stage.path("link.html"))': it belongs to "
                        + "another user; name another file with --html\n"))
            #expect(stage.contents("mine.html") == "mine")
        }
    }
#endif
