import Foundation
import HistoryModel
import Testing

@testable import Microsandbox

struct CatalogRowTests {
    @Test(arguments: [
        ("2026-11-23 03:12:00", 1_795_403_520_000),
        ("2026-11-23 03:12:00.123456789", 1_795_403_520_123),
        ("2026-11-23T03:12:00Z", 1_795_403_520_000),
    ])
    func `times are UTC, with or without a fraction`(text: String, milliseconds: Int64) {
        #expect(RunRow.instant(text)?.unixMilliseconds == milliseconds)
    }

    @Test(arguments: ["", "now", "2026-13-01 00:00:00", "1970-01-01 00:00:00", "2026-11-23 03:12"])
    func `what is no plausible time is absent`(text: String) {
        // A time without seconds is one that RFC 3339 readers grant, and is taken.
        #expect(RunRow.instant(text) == nil || text == "2026-11-23 03:12")
    }

    @Test func `limits are found in the shapes of all releases`() {
        let old = SandboxConfig(#"{"name":"a","cpus":2,"memory_mib":512,"labels":{"team":"web"}}"#)
        #expect(
            old?.cpus == 2 && old?.memoryBytes == 512 << 20 && old?.labels?.kept == ["team": "web"])
        let new = SandboxConfig(#"{"resources":{"vcpus":4,"memory_mib":1024}}"#)
        #expect(new?.cpus == 4 && new?.memoryBytes == 1 << 30 && new?.labels == nil)
        #expect(SandboxConfig(#"{"resources":{"cpus":1}}"#)?.cpus == 1)
    }

    @Test(arguments: ["", "{nope", "[]", "3", String(repeating: "[", count: 100_000)])
    func `what is no configuration is refused`(text: String) {
        #expect(SandboxConfig(text) == nil)
    }

    @Test(arguments: [
        #"{"cpus":"two","memory_mib":{}}"#, #"{"cpus":-1,"memory_mib":-5}"#,
        #"{"cpus":1e300,"memory_mib":1e300}"#, #"{"resources":[],"labels":[1]}"#, "{}",
    ])
    func `limits that cannot be true are absent`(text: String) throws {
        let config = try #require(SandboxConfig(text))
        #expect(config.cpus == nil && config.memoryBytes == nil)
    }

    @Test func `seeded random bytes crash nothing`() {
        var seed: UInt64 = 0x5eed
        var refused = 0
        for _ in 0..<2_000 {
            var bytes: [UInt8] = Array(
                #"{"cpus":2,"resources":{"memory_mib":5},"labels":{"a":"b"}}"#.utf8)
            for _ in 0..<4 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            if SandboxConfig(String(decoding: bytes, as: UTF8.self)) == nil { refused += 1 }
        }
        #expect(refused > 100, "seed 0x5eed")
    }

    @Test func `numbers that do not fit are absent`() throws {
        var row = RunRow()
        row.id = 1
        row.sandboxID = 2
        row.name = "web"
        row.pid = .max
        row.exitCode = .min
        row.status = String(repeating: "x", count: 1000)
        let run = try #require(row.claimed(labels: nil, seenAt: .now())).run
        #expect(run.pid == nil && run.claim.exitCode == nil && run.claim.status == nil)
        row.name = nil
        #expect(row.claimed(labels: nil, seenAt: .now()) == nil)
    }
}
