import Foundation
import HistoryModel
import Testing

@testable import ProcessWatch

@Suite struct CgroupTrailTests {
    private func v2(_ membership: String) throws -> FakeTree {
        try FakeTree(type: "cgroup2", options: "rw", membership: "0::\(membership)\n")
    }

    private func v1(_ membership: String) throws -> FakeTree {
        try FakeTree(
            type: "cgroup", options: "rw,cpu,memory,pids",
            membership: "4:cpu,memory,pids:\(membership)\n")
    }

    @Test("the tightest limit of a cgroup and of those above it counts, on v2")
    func tightest() throws {
        let tree = try v2("/slice/job")
        try tree.write("1000\n", to: "cgroup/slice/memory.max")
        try tree.write("max\n", to: "cgroup/slice/job/memory.max")
        try tree.write("max 100000\n", to: "cgroup/slice/cpu.max")
        try tree.write("150000 100000\n", to: "cgroup/slice/job/cpu.max")
        var trail = CgroupTrail(of: 42, in: tree.mounts)
        #expect(trail.memoryLimitBytes == 1000)
        #expect(trail.cpuLimitCentipercent == 15_000)
        try tree.write("900\n", to: "cgroup/slice/job/memory.max")
        try tree.write("max 100000\n", to: "cgroup/slice/job/cpu.max")
        trail.readLimits()
        #expect(trail.memoryLimitBytes == 900)
        #expect(trail.cpuLimitCentipercent == nil)
        // Gone with its cgroup, it stays what it was.
        try FileManager.default.removeItem(atPath: tree.root.path + "/cgroup/slice")
        trail.readLimits()
        #expect(trail.memoryLimitBytes == 900)
    }

    @Test("the same on v1, whose files have other names")
    func tightestOfV1() throws {
        let tree = try v1("/slice/job")
        try tree.write("1000\n", to: "cgroup/slice/memory.limit_in_bytes")
        try tree.write("9223372036854771712\n", to: "cgroup/slice/job/memory.limit_in_bytes")
        try tree.write("20000\n", to: "cgroup/slice/job/cpu.cfs_quota_us")
        try tree.write("100000\n", to: "cgroup/slice/job/cpu.cfs_period_us")
        let trail = CgroupTrail(of: 42, in: tree.mounts)
        #expect(trail.memoryLimitBytes == 1000)
        #expect(trail.cpuLimitCentipercent == 2_000)
        #expect(trail.throttledNanoseconds == nil)
    }

    @Test("what a limit held back, and what was refused, is told by how far it rose")
    func growth() throws {
        let tree = try v2("/slice/job")
        try tree.write("150000 100000\n", to: "cgroup/slice/cpu.max")
        try tree.write("throttled_usec 500\n", to: "cgroup/slice/cpu.stat")
        try tree.write("throttled_usec 1\n", to: "cgroup/slice/job/cpu.stat")
        try tree.write("max 2\n", to: "cgroup/slice/pids.events")
        try tree.write("max 1\n", to: "cgroup/slice/job/pids.events")
        let times = [0, 1_000, 2_000].map(Timestamp.init(unixMilliseconds:))
        var trail = CgroupTrail(of: 42, in: tree.mounts, at: times[0])
        #expect(trail.throttledNanoseconds == 0)
        #expect(trail.refusedForks == nil)
        try tree.write("throttled_usec 700\n", to: "cgroup/slice/cpu.stat")
        try tree.write("throttled_usec 9000\n", to: "cgroup/slice/job/cpu.stat")
        try tree.write("max 5\n", to: "cgroup/slice/pids.events")
        // The one below has no limit of its own: what it counts is not held against it.
        #expect(trail.throttledNanoseconds == 200_000)
        trail.look(at: times[1])
        let refused = RefusedForks(
            cgroup: tree.root.path + "/cgroup/slice", count: 3, notBefore: times[0],
            seenAt: times[1])
        #expect(trail.refusedForks == refused)
        // It is told when that was, not when it was looked at last.
        trail.look(at: times[2])
        #expect(trail.refusedForks == refused)
    }

    @Test(
        "a cgroup that is entered later counts from when it was seen, one that was left until then")
    func moves() throws {
        let tree = try v2("/first")
        for name in ["first", "second"] {
            try tree.write("oom_kill 7\n", to: "cgroup/\(name)/memory.events")
            try tree.write("max 7\n", to: "cgroup/\(name)/pids.events")
            try tree.write("50000 100000\n", to: "cgroup/\(name)/cpu.max")
            try tree.write("throttled_usec 7\n", to: "cgroup/\(name)/cpu.stat")
        }
        try tree.write("4096\n", to: "cgroup/second/memory.max")
        let times = [0, 1_000, 2_000].map(Timestamp.init(unixMilliseconds:))
        var trail = CgroupTrail(of: 42, in: tree.mounts, at: times[0])
        #expect(trail.memoryLimitBytes == nil && trail.takeOOMKills().isEmpty)
        try tree.write("oom_kill 8\n", to: "cgroup/first/memory.events")
        try tree.write("throttled_usec 10\n", to: "cgroup/first/cpu.stat")
        try tree.write("0::/second\n", to: "proc/42/cgroup")
        trail.look(at: times[1])
        #expect(trail.memoryLimitBytes == 4096)
        func kills(_ name: String) -> [OOMKills] {
            [
                OOMKills(
                    cgroup: tree.root.path + "/cgroup/\(name)", count: 1, notBefore: times[0],
                    seenAt: times[1])
            ]
        }
        #expect(trail.takeOOMKills() == kills("first"))
        try tree.write("oom_kill 99\n", to: "cgroup/first/memory.events")
        try tree.write("throttled_usec 99\n", to: "cgroup/first/cpu.stat")
        try tree.write("throttled_usec 9\n", to: "cgroup/second/cpu.stat")
        #expect(trail.throttledNanoseconds == 5_000)
        try tree.write("oom_kill 9\n", to: "cgroup/second/memory.events")
        try tree.write("max 8\n", to: "cgroup/second/pids.events")
        try tree.write("0::/first\n", to: "proc/42/cgroup")
        trail.look(at: times[2])
        #expect(
            trail.takeOOMKills() == [
                OOMKills(
                    cgroup: tree.root.path + "/cgroup/second", count: 2, notBefore: times[1],
                    seenAt: times[2])
            ])
        #expect(trail.takeOOMKills().isEmpty)
        #expect(trail.refusedForks?.count == 1)
        #expect(trail.memoryLimitBytes == nil)
    }

    @Test("a process that has ended is still where it was, though v1 shows it at the root")
    func farewell() throws {
        let tree = try v1("/job")
        try tree.write("4096\n", to: "cgroup/job/memory.limit_in_bytes")
        try tree.write("9223372036854771712\n", to: "cgroup/memory.limit_in_bytes")
        var trail = CgroupTrail(of: 42, in: tree.mounts)
        try tree.write("4:cpu,memory,pids:/\n", to: "proc/42/cgroup")
        trail.look()
        trail.readLimits()
        #expect(trail.memoryLimitBytes == 4096)
        // Where it was at the root from the first, it may well go elsewhere.
        let other = try v1("/")
        try other.write("4096\n", to: "cgroup/job/memory.limit_in_bytes")
        var moved = CgroupTrail(of: 42, in: other.mounts)
        #expect(moved.memoryLimitBytes == nil)
        try other.write("4:cpu,memory,pids:/job\n", to: "proc/42/cgroup")
        moved.look()
        #expect(moved.memoryLimitBytes == 4096)
    }

    @Test("where nothing can be seen nothing is told")
    func nothing() throws {
        let tree = try v2("/../elsewhere")
        for pid: Int32 in [42, 43, -1] {
            var trail = CgroupTrail(of: pid, in: tree.mounts)
            trail.look()
            trail.readLimits()
            #expect(trail.memoryLimitBytes == nil && trail.cpuLimitCentipercent == nil)
            #expect(trail.takeOOMKills().isEmpty && trail.refusedForks == nil)
            #expect(trail.throttledNanoseconds == nil)
        }
    }

    @Test("on v2 the kills of a cgroup without accounting are counted above it")
    func killsAbove() throws {
        let tree = try v2("/slice/job")
        try tree.write("oom_kill 1\n", to: "cgroup/slice/memory.events")
        var trail = CgroupTrail(of: 42, in: tree.mounts)
        try tree.write("oom_kill 2\n", to: "cgroup/slice/memory.events")
        trail.look()
        let kills = trail.takeOOMKills()
        #expect(kills.map(\.cgroup) == [tree.root.path + "/cgroup/slice"])
        #expect(kills.map(\.count) == [1])
    }
}
