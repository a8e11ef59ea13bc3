import Testing

@testable import ProcessWatch

@Suite struct KernelLogTests {
    private static let constraint =
        "6,443,1211452509,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
        + "mems_allowed=0,oom_memcg=/job,task_memcg=/job/a,task=tail,pid=15157,uid=0\n"

    @Test(
        "the killer's victim is named, and the cgroup whose limit brought the killer",
        arguments: [
            (constraint, OOMVictim(pid: 15157, cause: .cgroup("/job"))),
            (
                "6,1,2,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
                    + "mems_allowed=0,global_oom,task_memcg=/x,task=tail,pid=7,uid=1000\n",
                OOMVictim(pid: 7, cause: .host)
            ),
            (
                "3,444,1,-;Memory cgroup out of memory: Killed process 9 (a) b) total-vm:1kB\n",
                OOMVictim(pid: 9, cause: .someCgroup)
            ),
            (
                "3,444,1,-;Out of memory: Killed process 9 (tail) total-vm:1kB\n SUBSYSTEM=x\n",
                OOMVictim(pid: 9, cause: .host)
            ),
            // A process may be called so, and a cgroup too.
            (
                "6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/,oom_memcg=/b,"
                    + "task_memcg=/j,pid=1,uid=0,task=,pid=2,uid=,pid=3,uid=0\n",
                OOMVictim(pid: 3, cause: .cgroup("/b"))
            ),
        ] as [(String, OOMVictim)])
    func victim(record: String, victim: OOMVictim) {
        #expect(KernelLogText.oomVictim(in: Array(record.utf8)) == victim)
    }

    @Test(
        "what a program wrote into the log, or is about something else, names nobody",
        arguments: [
            constraint.replacing("6,443", with: "14,443"), constraint.replacing("6,", with: ","),
            constraint.replacing("pid=15157", with: "pid=-1"),
            constraint.replacing("pid=15157", with: "pid=99999999999"),
            constraint.replacing("pid=15157", with: "pid="),
            constraint.replacing(";oom-kill", with: "; oom-kill"), "", ";", "6;", "6,1,2,-;hello\n",
            "3,4,1,-;Out of memory: Killed process x (tail)\n",
        ])
    func nobody(record: String) {
        #expect(KernelLogText.oomVictim(in: Array(record.utf8)) == nil)
    }

    @Test("no bytes make the parser trap", arguments: [1, 2, 3] as [UInt64])
    func hostileBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var understood = 0
        for _ in 0..<3000 {
            if KernelLogText.oomVictim(in: random.damaged(Array(Self.constraint.utf8))) != nil {
                understood += 1
            }
            _ = KernelLogText.oomVictim(
                in: random.bytes(of: "6,;oom-kill:constraint=,task_memcg=,pid=1,uid=", atMost: 90))
        }
        #expect(understood > 300, "seed \(seed)")
    }
}
