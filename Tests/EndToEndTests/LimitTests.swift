#if os(Linux)
    import Foundation
    import Testing

    /// What `varve run` records of limits, and of what the kernel does because of them.
    @Suite(.serialized)
    struct LimitTests {
        let stage: Stage
        init() throws { stage = try Stage() }

        private static let memory = "/sys/fs/cgroup/memory"
        private static let pids = "/sys/fs/cgroup/pids"

        private static func canMake(_ root: String) -> Bool {
            let path = root + "/varve-\(UUID().uuidString)"
            guard unsafe mkdir(path, 0o700) == 0 else { return false }
            return unsafe rmdir(path) == 0
        }

        /// Runs `script` with `$cg`, a cgroup below `root` that goes with it.
        private func inCgroup(
            _ root: String, _ setUp: String, _ script: String
        ) async throws -> Program.End {
            let path = root + "/varve-\(UUID().uuidString)"
            defer { unsafe rmdir(path) }
            return try await stage.shell(
                "export cg=\(path); mkdir $cg; \(setUp); \(script)")
        }

        private func detail(of kind: String) async throws -> String? {
            try await stage.query("lifecycle", "1").last { $0["kind"].string == kind }?["detail"]
                .string
        }

        @Test(
            .enabled(if: canMake(memory), "needs the right to make a memory cgroup of v1"),
            arguments: ["exec tail /dev/zero", "tail /dev/zero; exit 9"])
        func `a memory limit that a command puts itself under is known, and the killer's work, too`(
            growth: String
        ) async throws {
            let end = try await inCgroup(
                Self.memory,
                "echo 20M >$cg/memory.limit_in_bytes; echo 20M >$cg/memory.memsw.limit_in_bytes",
                "\"$VARVE\" run -- sh -c 'echo $$ >$cg/cgroup.procs; sleep 0.2; \(growth)'")
            #expect(end.code == (growth.hasPrefix("exec") ? 137 : 9))
            let run = try await stage.onlyRun()
            #expect(run["memory_limit_bytes"] == .integer(20 << 20))
            #expect(run["memory_limit_kind"] == "cgroup")
            #expect(try #require(run["memory_peak_percent"].number) > 50)
            let detail = try #require(try await detail(of: "oom_kill"))
            #expect(detail.hasPrefix("the kernel's OOM killer killed "), "\(detail)")
            #expect(run["termination_detail"].string == detail)
        }

        @Test(.enabled(if: canMake(pids), "needs the right to make a pids cgroup of v1"))
        func `processes that its cgroup refuses a command are told`() async throws {
            let end = try await inCgroup(
                Self.pids, "echo 1 >$cg/pids.max",
                "\"$VARVE\" run -- sh -c 'echo $$ >$cg/cgroup.procs; "
                    + "n=0; while [ $n -lt 30000 ]; do n=$((n+1)); done; /bin/true; exit 3'")
            #expect(end.code != 0)
            let detail = try #require(try await detail(of: "process_limit"))
            #expect(
                detail.hasPrefix("the cgroup \(Self.pids)/varve-")
                    && detail.contains(
                        " refused a new process: it had as many as it may (pids.max), not before "),
                "\(detail)")
        }

        @Test(arguments: [("-v", "address_space"), ("-d", "data_segment")])
        func `a limit that a shell sets is the limit of what it becomes`(
            option: String, kind: String
        ) async throws {
            try await stage.varve(
                "run", "--", "sh", "-c", "ulimit \(option) 200000; exec sleep 0")
            let run = try await stage.onlyRun()
            #expect(run["memory_limit_bytes"] == .integer(204_800_000))
            #expect(run["memory_limit_kind"] == .string(kind))
        }

        @Test func `a full disk is told of a run that failed, and of no other`() async throws {
            let script = """
                mkdir fs && mount -t tmpfs -o size=1m varve fs && cd fs || exit 77
                "$VARVE" run -- sh -c 'head -c 2000000 /dev/zero >big'
                "$VARVE" run -- true
                """
            let end = try await stage.start(
                "/usr/bin/unshare", ["-m", "/bin/sh", "-c", script],
                environment: ["VARVE": Built.varve]
            ).finish()
            // Where nothing may be mounted there is nothing to be seen.
            guard end.code != 77, end.code != 1 || !end.errors.contains("unshare") else { return }
            #expect(
                try await detail(of: "disk_full")
                    == "0 B of 1.0 MiB free on the file system \(stage.directory)/fs")
            #expect(try await !stage.events(of: "true").contains("disk_full"))
        }
    }
#endif
