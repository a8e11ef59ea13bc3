import Foundation
import HistoryModel
import Testing

@testable import ProcessWatch

@Suite struct MemoryCgroupTests {
    @Test("kills are told by how far they rose, on both versions of cgroups")
    func rises() throws {
        let v2 = try FakeTree(type: "cgroup2", options: "rw", membership: "0::/job\n")
        let v1 = try FakeTree(type: "cgroup", options: "rw,memory", membership: "4:memory:/job\n")
        for (tree, name) in [(v2, "memory.events"), (v1, "memory.oom_control")] {
            try tree.write("oom 1\noom_kill 3\n", to: "cgroup/job/\(name)")
            let times = (0...3).map { Timestamp(unixMilliseconds: $0 * 1_000) }
            var cgroup = try #require(MemoryCgroup(of: 42, in: tree.mounts, at: times[0]))
            #expect(cgroup.path == tree.cgroup)
            func kills(_ count: Int64, _ from: Int, _ to: Int) -> OOMKills {
                OOMKills(
                    cgroup: tree.cgroup, count: count, notBefore: times[from], seenAt: times[to])
            }
            #expect(cgroup.look(at: times[1]) == kills(0, 0, 1))
            try tree.write("oom 1\noom_kill 5\n", to: "cgroup/job/\(name)")
            #expect(cgroup.look(at: times[2]) == kills(2, 1, 2))
            // Told once: it rose then, and no more since.
            #expect(cgroup.look(at: times[3]) == kills(0, 2, 3))
        }
    }

    @Test("a cgroup that is gone, or counts less than before, tells nothing")
    func tellsNothing() throws {
        let tree = try FakeTree(type: "cgroup2", options: "rw", membership: "0::/job\n")
        #expect(MemoryCgroup(of: 42, in: tree.mounts) == nil)
        try tree.write("oom_kill 3\n", to: "cgroup/job/memory.events")
        var cgroup = try #require(MemoryCgroup(of: 42, in: tree.mounts))
        try tree.write("oom_kill 2\n", to: "cgroup/job/memory.events")
        #expect(cgroup.look() == nil)
        try FileManager.default.removeItem(atPath: tree.cgroup)
        #expect(cgroup.look() == nil)
    }

    @Test("a kill is near an end only if the count stood lower shortly before")
    func near() {
        let end = Timestamp(unixMilliseconds: 100_000)
        func kills(_ count: Int64, before: Int64) -> OOMKills {
            OOMKills(
                cgroup: "/x", count: count, notBefore: end.advanced(byMilliseconds: -before),
                seenAt: end)
        }
        #expect(kills(1, before: 1_100).isNear(end))
        #expect(!kills(0, before: 1_100).isNear(end))
        #expect(!kills(1, before: 10_000).isNear(end))
    }

    @Test("no process and no mounts have no cgroup")
    func noCgroup() throws {
        let tree = try FakeTree(type: "cgroup2", options: "rw", membership: "0::/job\n")
        #expect(MemoryCgroup(of: 43, in: tree.mounts) == nil)
        #expect(MemoryCgroup(of: -1, in: tree.mounts) == nil)
        let none = CgroupMounts(mountInfo: tree.root.path + "/missing")
        #expect(MemoryCgroup(of: ProcessInfo.processInfo.processIdentifier, in: none) == nil)
    }
}
