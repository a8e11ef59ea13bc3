import Foundation
import TestFigures
import Testing

#if os(Linux)
    /// What the system does not tell of processes is absent, and no zero.
    @Suite(.serialized)
    struct HiddenProcessTests {
        /// The points of a series of `run`, sample by sample.
        private func points(_ stage: Stage, _ run: String) async throws -> [JSON] {
            try await stage.query(
                "series", run, "--final-moments", "--metric", "cpu,memory,disk"
            ).flatMap { $0["points"].list }
        }

        /// A program that may be executed and not read, so that only root may look into its processes.
        private func makeLocked(in stage: Stage) async throws {
            try await stage.shell("cp \"$(command -v sleep)\" locked && chmod 111 locked")
        }

        private func expectNoDisk(_ stage: Stage) async throws {
            let points = try await points(stage, "r")
            #expect(points.count > 3)
            for point in points {
                #expect(point["disk_read_bytes_per_second"] == nil, "\(point)")
                #expect(point["disk_write_bytes_per_second"] == nil, "\(point)")
            }
            // The last is of a process that has ended.
            for point in points.dropLast() {
                #expect(point["memory_bytes"].number ?? 0 > 0, "\(point)")
            }
            let told = try await stage.query("runs")[0]
            // The kernel tells its supervisor exactly, at its end.
            #expect(told["disk_write_bytes"] == 0 && told["exit_known_by"] == "waited")
        }

        @Test(
            .enabled(
                if: Unprivileged.isPossible, "programs cannot be started without root's rights"))
        func `without permission for /proc/<pid>/io disk is absent, and all else is there`()
            async throws
        {
            let stage = try Stage()
            try await makeLocked(in: stage)
            let run = try stage.startUnprivileged(
                "run", "--name", "r", "--interval", "50ms", "--", "./locked", "1")
            #expect(try await run.finish().code == 0)
            try await expectNoDisk(stage)
            try Figures.record(
                "/proc/<pid>/io forbidden", of: "run", tried: 1, crashes: stage.crashCount)
        }

        @Test(
            .enabled(
                if: OwnMounts.arePermitted && Unprivileged.isPossible,
                "file systems cannot be mounted here"))
        func `where others' processes are hidden a run is recorded all the same`() async throws {
            let stage = try await Stage(
                catalog: "history.db", mounting: "mount -t proc -o hidepid=2 proc /proc")
            try await makeLocked(in: stage)
            let run = try stage.startUnprivileged(
                "run", "--name", "r", "--interval", "50ms", "--", "./locked", "1")
            #expect(try await run.finish().code == 0)
            try await expectNoDisk(stage)
            try Figures.record("/proc with hidepid", of: "run", tried: 1, crashes: stage.crashCount)
        }

        @Test(.enabled(if: OwnMounts.arePermitted, "file systems cannot be mounted here"))
        func `without /proc a command runs, and nothing is made up about it`() async throws {
            let stage = try await Stage(
                catalog: "history.db",
                mounting: "{ umount -l /proc || mount -t tmpfs tmpfs /proc; }")
            let end = try await stage.varve(
                "run", "--name", "r", "--interval", "20ms", "--", "sh", "-c",
                "echo \"$0 $1\"; sleep 0.3; exit 7", "a", "b")
            #expect(end.code == 7 && end.text == "a b\n")
            #expect(
                end.errors.hasPrefix(
                    "varve: warning: the run goes on without samples: the system tells nothing of "
                        + "process "))
            #expect(end.errors.contains("; is /proc mounted?\n"))
            let run = try await stage.onlyRun()
            #expect(run["exit_code"] == 7 && run["exit_known_by"] == "waited")
            #expect(run["sample_count"] == 0)
            #expect(run["cpu_percent_max"] == nil && run["memory_tree_max_bytes"] == nil)

            let record = try await stage.varve("record")
            #expect(record.code == 1)
            #expect(
                record.errors
                    == "varve: error: nothing can be recorded: the system tells nothing of processes; "
                    + "mount /proc and try again\n")
            try Figures.record(
                "/proc not mounted", of: "record and run", tried: 2, crashes: stage.crashCount)
        }
    }
#endif
