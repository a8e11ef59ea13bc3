#if os(Linux)
    import Foundation
    import Glibc
    import HistoryModel
    import ProcessSampler
    import Testing

    @testable import ProcessWatch

    /// A cgroup below the one that the tests run in, whose memory is limited.
    private final class LimitedCgroup {
        let path: String

        /// `nil` where cgroups are not ours to make.
        init?(limit: Int) {
            guard let own = MemoryCgroup(of: getpid(), in: CgroupMounts()) else { return nil }
            path = own.path + "/varve-\(UUID().uuidString)"
            guard unsafe mkdir(path, 0o700) == 0 else { return nil }
            // The first is of v1, the second of v2; swap would put the end off.
            let isLimited =
                write("\(limit)", to: "memory.limit_in_bytes")
                || write("\(limit)", to: "memory.max")
            _ =
                write("\(limit)", to: "memory.memsw.limit_in_bytes")
                || write("0", to: "memory.swap.max")
            // A cgroup of v2 that has processes of its own takes no controllers below it.
            guard isLimited else { return nil }
        }

        deinit { unsafe rmdir(path) }

        func add(_ pid: Int32) -> Bool { write("\(pid)", to: "cgroup.procs") }

        private func write(_ text: String, to name: String) -> Bool {
            guard let file = unsafe fopen(path + "/" + name, "w") else { return false }
            let isWritten = unsafe fputs(text, file) >= 0
            // The kernel refuses when the text leaves the buffer.
            return unsafe fclose(file) == 0 && isWritten
        }
    }

    @Suite struct OutOfMemoryTests {
        @Test(
            "a process that the out-of-memory killer ends has its evidence",
            .enabled(
                if: LimitedCgroup(limit: 1 << 24) != nil,
                "needs the right to make a memory cgroup below its own"))
        func killed() throws {
            let cgroup = try #require(LimitedCgroup(limit: 1 << 24))
            let stranger = Stranger("read line <&3; a=x; while :; do a=$a$a; done")
            #expect(cgroup.add(stranger.pid))
            var watch = try makeWatch()
            let outcome = watch.watch(stranger.pid, as: 1, expecting: anyProcess)
            guard case .watching = outcome else {
                Issue.record("\(outcome)")
                return
            }
            stranger.proceed()
            let reports = watch.reports(2)
            let end = try #require(reports.last?.end(of: 1))
            #expect(end.exit?.signal == SIGKILL)
            #expect(end.oomKills?.cgroup == cgroup.path)
            #expect(end.oomKills?.count == 1)
        }

        @Test(
            "the kernel's log names the process, though nobody knew that it was in the cgroup",
            .enabled(
                if: LimitedCgroup(limit: 1 << 24) != nil && KernelLog() != nil,
                "needs the right to make a memory cgroup, and to read the kernel's log"))
        func named() throws {
            let cgroup = try #require(LimitedCgroup(limit: 1 << 24))
            let log = try #require(KernelLog())
            let stranger = Stranger("read line <&3; a=x; while :; do a=$a$a; done")
            var watch = try makeWatch()
            _ = watch.watch(stranger.pid, as: 1, expecting: anyProcess)
            #expect(cgroup.add(stranger.pid))
            stranger.proceed()
            let reports = watch.reports(2)
            #expect(reports.last?.end(of: 1)?.exit?.signal == SIGKILL)
            let victims = log.oomVictims().filter { $0.pid == stranger.pid }
            #expect(!victims.isEmpty)
            for victim in victims {
                switch victim.cause {
                case .cgroup(let path): #expect(cgroup.path.hasSuffix(path))
                case .someCgroup: break
                case .host: Issue.record("it was its cgroup's limit")
                }
            }
            #expect(!log.oomVictims().contains { $0.pid == stranger.pid })
        }

        @Test("a kill while the process lives is told with its own time, and not again at its end")
        func earlier() throws {
            let stranger = Stranger("exec sleep 1000")
            let tree = try FakeTree(type: "cgroup2", options: "rw", membership: "0::/job\n")
            try tree.write("0::/job\n", to: "proc/\(stranger.pid)/cgroup")
            try tree.write("oom_kill 3\n", to: "cgroup/job/memory.events")
            var watch = try ProcessWatch(mounts: tree.mounts) { try? ProcessIdentity.of(pid: $0) }
            let begun = Timestamp.now()
            guard case .watching = watch.watch(stranger.pid, as: 7, expecting: anyProcess) else {
                Issue.record("it is not watched")
                return
            }
            #expect(watch.lookForKills() == [])
            let looked = Timestamp.now()
            try tree.write("oom_kill 5\n", to: "cgroup/job/memory.events")
            guard case .oomKills(token: 7, let kills)? = watch.lookForKills().first else {
                Issue.record("nothing was told")
                return
            }
            #expect(kills.count == 2 && kills.cgroup == tree.cgroup)
            #expect(kills.notBefore >= begun && kills.notBefore <= looked)
            #expect(kills.seenAt >= looked)
            #expect(watch.lookForKills() == [])
            kill(stranger.pid, SIGKILL)
            let end = try #require(watch.reports(2).last?.end(of: 7))
            #expect(end.oomKills?.count == 0)
        }

        @Test(
            "a kill by hand leaves no such evidence",
            .enabled(
                if: LimitedCgroup(limit: 1 << 24) != nil,
                "needs the right to make a memory cgroup below its own"))
        func killedByHand() throws {
            let cgroup = try #require(LimitedCgroup(limit: 1 << 24))
            let stranger = Stranger("exec sleep 1000")
            #expect(cgroup.add(stranger.pid))
            var watch = try makeWatch()
            _ = watch.watch(stranger.pid, as: 1, expecting: anyProcess)
            kill(stranger.pid, SIGKILL)
            let reports = watch.reports(2)
            let end = try #require(reports.last?.end(of: 1))
            #expect(end.exit?.signal == SIGKILL)
            #expect(end.oomKills?.count == 0)
        }
    }
#endif
