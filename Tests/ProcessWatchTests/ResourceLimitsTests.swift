import Foundation
import HistoryModel
import Testing

@testable import ProcessWatch

@Suite struct ResourceLimitsTests {
    static let text = """
        Limit                     Soft Limit           Hard Limit           Units     \u{20}
        Max cpu time              unlimited            unlimited            seconds   \u{20}
        Max data size             4096                 unlimited            bytes     \u{20}
        Max address space         204800000            204800000            bytes     \u{20}
        Max realtime priority     0                    0                              \u{20}

        """

    @Test("the soft limits count, and what is unlimited is none")
    func parses() throws {
        let limits = try #require(ResourceLimits(text: Array(Self.text.utf8)))
        #expect(limits.dataSegmentBytes == 4096)
        #expect(limits.addressSpaceBytes == 204_800_000)
        let none = Self.text.replacing("204800000            204", with: "unlimited            204")
        let open = try #require(ResourceLimits(text: Array(none.utf8)))
        #expect(open.addressSpaceBytes == nil && open.dataSegmentBytes == 4096)
    }

    @Test(
        "what is no such file has no limits",
        arguments: [
            "", "Max address space\n", "Max address space  -1  -1  bytes\n",
            "Max address space 1 2\n", "Max data size x y z\n", "max data size 1 2 bytes\n",
        ])
    func refuses(text: String) {
        #expect(ResourceLimits(text: Array(text.utf8)) == nil)
    }

    @Test("no bytes make the parser trap", arguments: [1, 2, 3] as [UInt64])
    func hostileBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var understood = 0
        for round in 0..<2000 {
            let text =
                round % 2 == 0
                ? random.damaged(Array(Self.text.utf8))
                : random.bytes(of: "Max data size 19\n unlimited bytes", atMost: 90)
            if ResourceLimits(text: text) != nil { understood += 1 }
        }
        #expect(understood > 200, "seed \(seed)")
    }

    @Test("the limit that is met first is the limit, a cgroup's before an equal one")
    func binding() {
        var resources = ResourceLimits()
        #expect(MemoryLimit(cgroupBytes: nil, resources: resources) == nil)
        resources.dataSegmentBytes = 30
        #expect(MemoryLimit(cgroupBytes: nil, resources: resources)?.kind == .dataSegment)
        resources.addressSpaceBytes = 20
        #expect(MemoryLimit(cgroupBytes: nil, resources: resources)?.kind == .addressSpace)
        #expect(MemoryLimit(cgroupBytes: 21, resources: resources)?.bytes == 20)
        let equal = MemoryLimit(cgroupBytes: 20, resources: resources)
        #expect(equal?.kind == .cgroup && equal?.bytes == 20)
    }

    #if os(Linux)
        @Test("a zombie's limits are those that it gave itself")
        func zombie() throws {
            let stranger = Stranger(
                "ulimit -v 200000; ulimit -d 100000; read line <&3", parent: .neglects)
            var watch = try makeWatch()
            guard case .watching = watch.watch(stranger.pid, as: 1, expecting: anyProcess) else {
                Issue.record("it cannot be watched")
                return
            }
            #expect(ProcessName.of(pid: stranger.pid) == "sh")
            stranger.proceed()
            #expect(watch.reports(1).first?.death(of: 1) != nil)
            let limits = try #require(ResourceLimits.of(pid: stranger.pid))
            #expect(limits.addressSpaceBytes == 204_800_000)
            #expect(limits.dataSegmentBytes == 102_400_000)
        }

        @Test("a process that is not there has neither limits nor a name")
        func nobody() {
            #expect(ResourceLimits.of(pid: -1) == nil && ResourceLimits.of(pid: .max) == nil)
            #expect(ProcessName.of(pid: 0) == nil && ProcessName.of(pid: .max) == nil)
        }
    #endif
}
