import HistoryModel
import Testing

@Suite struct OOMKillTextTests {
    private let noon = Timestamp(unixMilliseconds: 1_795_435_200_123)

    @Test(
        "what is written down of a kill is read again",
        arguments: ["/web", "/a, not before now", ""])
    func counted(cgroup: String) {
        let one = OOMKillText.counted(1, in: cgroup, notBefore: noon)
        #expect(
            one == "the kernel's OOM killer killed 1 process of the memory cgroup \(cgroup), "
                + "not before 2026-11-23T12:00:00.123Z")
        #expect(EventBound.notBefore(in: one) == noon)
        #expect(EventBound.isNear(noon.advanced(byMilliseconds: 2_000), notBefore: noon))
        #expect(!EventBound.isNear(noon.advanced(byMilliseconds: 2_001), notBefore: noon))
        #expect(EventBound.text(of: one).hasSuffix("of the memory cgroup \(cgroup)"))
        #expect(!OOMKillText.namesCommand(one))
    }

    @Test("a kill that the kernel names is told from one that it counts")
    func named() {
        let text = OOMKillText.named(pid: 42, " at the limit of its memory cgroup")
        #expect(
            text == "the kernel's OOM killer killed the command (process 42) at the limit of its "
                + "memory cgroup")
        #expect(OOMKillText.namesCommand(text))
        #expect(EventBound.notBefore(in: text) == nil)
        #expect(EventBound.text(of: text) == text)
    }

    @Test(
        "what says no time has none",
        arguments: [
            "", "the kernel's OOM killer killed 1 process of the memory cgroup /web",
            "x, not before ", "x, not before noon", ", not before 2026-11-23T12:00:00Z and more",
        ])
    func untimed(text: String) {
        #expect(EventBound.notBefore(in: text) == nil)
    }
}
