import Foundation
import Testing

@testable import ProcessWatch

@Suite struct MemoryCgroupTests {
    @Test("kills are told by how far they rose, on both versions of cgroups")
    func rises() throws {
        let v2 = try FakeTree(type: "cgroup2", options: "rw", membership: "0::/job\n")
        let v1 = try FakeTree(type: "cgroup", options: "rw,memory", membership: "4:memory:/job\n")
        for (tree, name) in [(v2, "memory.events"), (v1, "memory.oom_control")] {
            try tree.write("oom 1\noom_kill 3\n", to: "cgroup/job/\(name)")
            let cgroup = try #require(MemoryCgroup(of: 42, in: tree.mounts))
            #expect(cgroup.path == tree.cgroup)
            #expect(cgroup.killsSince() == OOMKills(cgroup: tree.cgroup, count: 0))
            try tree.write("oom 1\noom_kill 5\n", to: "cgroup/job/\(name)")
            #expect(cgroup.killsSince() == OOMKills(cgroup: tree.cgroup, count: 2))
        }
    }

    @Test("a cgroup that is gone, or counts less than before, tells nothing")
    func tellsNothing() throws {
        let tree = try FakeTree(type: "cgroup2", options: "rw", membership: "0::/job\n")
        #expect(MemoryCgroup(of: 42, in: tree.mounts) == nil)
        try tree.write("oom_kill 3\n", to: "cgroup/job/memory.events")
        let cgroup = try #require(MemoryCgroup(of: 42, in: tree.mounts))
        try tree.write("oom_kill 2\n", to: "cgroup/job/memory.events")
        #expect(cgroup.killsSince() == nil)
        try FileManager.default.removeItem(atPath: tree.cgroup)
        #expect(cgroup.killsSince() == nil)
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
