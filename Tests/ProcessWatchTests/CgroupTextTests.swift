import Testing

@testable import ProcessWatch

@Suite struct CgroupTextTests {
    @Test(
        "a process's memory is accounted where its cgroup file says",
        arguments: [
            ("0::/user.slice/run.scope\n", .v2, "/user.slice/run.scope"),
            ("9:name=systemd:/\n4:cpu,memory:/a:b/c\n0::/x\n", .v1, "/a:b/c"),
            ("0::/\n", .v2, "/"),
        ] as [(String, CgroupText.Version, String)])
    func membership(text: String, version: CgroupText.Version, path: String) {
        #expect(
            CgroupText.membership(of: .memory, in: Array(text.utf8))
                == CgroupText.Membership(version: version, path: Array(path.utf8)))
    }

    @Test(
        "a cgroup file without memory has none",
        arguments: ["", "\n", "1:cpu:/a\n", "0::\n", "0::relative\n", ":::/\n", "memory\n"])
    func noMembership(text: String) {
        #expect(CgroupText.membership(of: .memory, in: Array(text.utf8)) == nil)
    }

    static let mountInfo = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
        35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:3 master:1 - cgroup cgroup rw,memory
        41 31 0:38 / /mnt/with\\040blank rw,relatime - cgroup2 cgroup2 rw
        """

    @Test("mounts that account for memory are found, their names unescaped")
    func mounts() {
        #expect(
            CgroupText.mounts(of: .memory, in: Array(Self.mountInfo.utf8)) == [
                CgroupText.Mount(
                    version: .v1, root: Array("/docker/abc".utf8),
                    point: Array("/sys/fs/cgroup/memory".utf8)),
                CgroupText.Mount(
                    version: .v2, root: Array("/".utf8), point: Array("/mnt/with blank".utf8)),
            ])
    }

    @Test(
        "a cgroup's directory lies below its mount, seen from the mount's root",
        arguments: [
            (.v1, "/docker/abc/job", "/sys/fs/cgroup/memory/job"),
            (.v1, "/docker/abc", "/sys/fs/cgroup/memory"),
            (.v1, "/docker/abcd", nil),
            (.v1, "/other", nil),
            (.v2, "/", "/mnt/with blank"),
            (.v2, "/a/b", "/mnt/with blank/a/b"),
            (.v2, "/../outside", nil),
        ] as [(CgroupText.Version, String, String?)])
    func directory(version: CgroupText.Version, path: String, directory: String?) {
        let mounts = CgroupText.mounts(of: .memory, in: Array(Self.mountInfo.utf8))
        let membership = CgroupText.Membership(version: version, path: Array(path.utf8))
        #expect(
            CgroupText.directory(of: membership, in: mounts) == directory.map { Array($0.utf8) })
    }

    @Test(
        "kills are counted by the line of that name only",
        arguments: [
            ("low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\noom_group_kill 1\n", 3),
            ("oom_kill_disable 0\nunder_oom 0\noom_kill 12\n", 12),
            ("oom_kill 9223372036854775807", .max),
            ("oom_kill 9223372036854775808", nil),
            ("oom_kill -1\n", nil), ("oom_kill\n", nil), ("oom_kill 1 2\n", nil), ("", nil),
        ] as [(String, Int64?)])
    func kills(text: String, count: Int64?) {
        #expect(CgroupText.oomKills(in: Array(text.utf8)) == count)
    }

    @Test("no bytes make a parser trap", arguments: [1, 2, 3] as [UInt64])
    func hostileBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let samples = [
            Array(Self.mountInfo.utf8), Array("4:cpu,memory:/a:b/c\n0::/x\n".utf8),
            Array("low 0\noom 2\noom_kill 3\n".utf8),
        ]
        var understood = 0
        for round in 0..<3000 {
            let text =
                round % 2 == 0
                ? random.damaged(samples[round / 2 % samples.count])
                : random.bytes(of: "0:memory,/ \n-cgroup2 oom_kill\\0179", atMost: 200)
            let mounts = CgroupText.mounts(of: .memory, in: text)
            if CgroupText.oomKills(in: text) != nil { understood += 1 }
            if let membership = CgroupText.membership(of: .memory, in: text) {
                _ = CgroupText.directory(of: membership, in: mounts)
                understood += 1
            }
            understood += mounts.count
        }
        #expect(understood > 500, "seed \(seed)")
    }
}
