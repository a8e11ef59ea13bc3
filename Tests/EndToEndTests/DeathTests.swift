import Foundation
import HistoryModel
import HistoryStore
import Testing

/// How `varve record` learns of the end of processes that are not its children.
@Suite(.serialized)
struct DeathTests {
    let stage: Stage
    init() throws { stage = try Stage() }

    /// A way to die, and what the catalog should hold of it.
    struct Death: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Sent to a process that waits for a line; `nil` sends it a line instead, upon which it ends.
        var signal: Int32?
        var exitCode: Int64?
        var exitSignal: String?
        var event: String
        var reason: String
    }

    static let deaths = [
        Death(
            testDescription: "SIGKILL", signal: SIGKILL, exitSignal: "SIGKILL", event: "killed",
            reason: "Failed"),
        Death(
            testDescription: "SIGSEGV", signal: SIGSEGV, exitSignal: "SIGSEGV", event: "killed",
            reason: "Failed"),
        Death(
            testDescription: "exit 7", exitCode: 7, event: "exited", reason: "Failed"),
        Death(
            testDescription: "exit 0", exitCode: 0, event: "exited", reason: "Completed"),
    ]

    @Test(.enabled(if: Stage.kernelTellsExits), arguments: deaths)
    func `the end of a foreign process is told exactly, with what led to it`(
        death: Death
    ) async throws {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "1h")
        let process = try stage.start(
            "/bin/sh", ["-c", "read line; exit \(death.exitCode ?? 99)"], hasInput: true)
        let slot = try await runtime.reserve(sandbox: 1, limit: 0, name: Array("box".utf8))
        let base = Self.now
        try await runtime.activate(slot, run: 1, pid: process.pid, startedAt: base)
        for number: UInt64 in 1...20 {
            try await runtime.write(sample(number, after: base), to: slot)
            try await Task.sleep(for: .milliseconds(60))
        }
        // The terminal sample, which no poll sees before the death.
        try await runtime.write(sample(21, after: base), to: slot)
        let died: Int64
        if let signal = death.signal {
            died = Self.now
            process.signal(signal)
        } else {
            died = Self.now
            try process.send("end")
        }
        _ = try await process.finish()
        try await eventually("the run is closed") {
            try await stage.runs().first?["status"] == "Terminated"
        }
        let run = try await stage.onlyRun()
        #expect(run["exit_known_by"] == "pidfd")
        #expect(run["exit_code"].integer == death.exitCode)
        #expect(run["exit_signal"].string == death.exitSignal)
        #expect(run["termination_reason"].string == death.reason)
        let ended = try #require(run["terminated_at"].instant)
        // 20 ms where nothing else runs; the tests share the machine with each other.
        #expect(ended >= died - 1 && ended <= died + 250, "seen \(ended - died) ms later")
        #expect(try await stage.events(of: "box").contains(death.event))

        let id = RunID(rawValue: try #require(run["run_id"].integer))
        let kept = try CatalogReader(path: stage.catalog).finalMoments(of: id)
        let moments = try #require(kept)
        #expect(moments.last?.at.unixMilliseconds == base + 21 * 50)
        #expect(moments.count > 10)
        #expect(moments.map(\.memoryBytes) == moments.map { $0.diskReadBytes.map { 5 * $0 } })
        let series = try await stage.varve(
            "query", "series", "box", "--metric", "memory", "--final-moments", "--format", "json")
        let points = try JSON(series.output)["series"].list[0]["points"].list
        #expect(
            points.map { $0["memory_bytes"].number }
                == moments.map { $0.memoryBytes.map(Double.init) })
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
    }

    @Test func `what the recorder keeps of the end can be nothing`() async throws {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let recorder = try await stage.startRecord(
            "--poll", "20ms", "--interval", "1s", "--keep", "0")
        let slot = try await runtime.reserve(sandbox: 1, limit: 0, name: Array("box".utf8))
        let base = Self.now
        try await runtime.activate(slot, run: 1, startedAt: base)
        try await runtime.write(sample(1, after: base), to: slot)
        try await eventually("it is recorded") { stage.recordedSamples == 1 }
        runtime.program.signal(SIGKILL)
        try await eventually("the run is closed") {
            try await stage.onlyRun()["status"] == "Terminated"
        }
        let reader = try CatalogReader(path: stage.catalog)
        #expect(try reader.finalMoments(of: RunID(rawValue: 1)) == nil)
        let asked = try await stage.varve("query", "series", "box", "--final-moments")
        #expect(asked.code == 4)
        #expect(
            asked.errors
                == "varve: run 1 of 'box' has no final moments (it goes on, or they were not kept)\n"
        )
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    private func sample(_ number: UInt64, after base: Int64) -> ForeignRuntime.Sample {
        ForeignRuntime.Sample(
            at: base + Int64(number) * 50, flags: 0x7f, cpuTime: 1_000_000 * number,
            memory: 500 * number, diskRead: 100 * number)
    }
}
