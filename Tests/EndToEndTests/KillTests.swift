import Foundation
import HistoryModel
import HistoryStore
import Testing

/// What the catalog says after somebody was killed: the truth, and no more than is known.
@Suite(.serialized)
struct KillTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private func startRun() throws -> Program {
        try stage.startVarve(
            "run", "--name", "r", "--interval", "50ms", "--row-interval", "200ms", "--", "sh", "-c",
            "echo $$ >pid; exec sleep 600")
    }

    private func commandPID() async throws -> Int32 {
        var pid: Int32?
        try await eventually("the command runs") {
            pid = Int32(stage.contents("pid").trimmingCharacters(in: .whitespacesAndNewlines))
            return pid != nil
        }
        return try #require(pid)
    }

    private var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    @Test func `a killed command has its signal, seen by its supervisor`() async throws {
        let varve = try startRun()
        let pid = try await commandPID()
        try await eventually("it is sampled") { stage.recordedSamples > 2 }
        let before = now
        kill(pid, SIGKILL)
        #expect(try await varve.finish().code == 137)
        let run = try await stage.onlyRun()
        #expect(run["pid"] == .integer(Int64(pid)))
        #expect(run["exit_signal"] == "SIGKILL" && run["exit_code"] == nil)
        #expect(run["termination_reason"] == "Failed")
        #expect(run["exit_known_by"] == "waited")
        let ended = try #require(run["terminated_at"].instant)
        #expect(ended >= before && ended <= now)
    }

    @Test func `a killed supervisor leaves its run running, and then ended nobody saw how`()
        async throws
    {
        let varve = try startRun()
        let pid = try await commandPID()
        defer { kill(pid, SIGKILL) }
        try await eventually("it is sampled") { stage.recordedSamples > 5 }
        varve.signal(SIGKILL)
        #expect(try await varve.finish().code == 137)
        let lost = now

        #expect(!isDead(pid))
        var run = try await stage.onlyRun()
        #expect(run["status"] == "Running")
        #expect(run["terminated_at"] == nil && run["termination_reason"] == nil)
        #expect(try await stage.events(of: "r").last == "supervisor_lost")
        // Asking again says nothing new.
        run = try await stage.onlyRun()
        #expect(run["status"] == "Running")
        let events = try await stage.events(of: "r")
        #expect(events.filter { $0 == "supervisor_lost" }.count == 1)

        kill(pid, SIGKILL)
        try await eventually("the command is dead") { isDead(pid) }
        run = try await stage.onlyRun()
        #expect(run["status"] == "Terminated")
        #expect(run["termination_reason"] == "InternalError")
        #expect(run["exit_known_by"] == "inferred")
        #expect(run["exit_code"] == nil && run["exit_signal"] == nil)
        let rows = try stage.sampleRows()
        let lastSample = try #require(rows.map(\.lastAt.unixMilliseconds).max())
        let ended = try #require(run["terminated_at"].instant)
        #expect(ended >= lastSample && ended <= now)
        #expect(lastSample <= lost)
        #expect(try #require(run["sample_count"].integer) == stage.recordedSamples)
        let check = try await stage.varve("db", "check")
        #expect(check.code == 0)
    }

    @Test func `a supervisor and its command that are killed together are closed by the next run`()
        async throws
    {
        let varve = try startRun()
        let pid = try await commandPID()
        try await eventually("it is sampled") { stage.recordedSamples > 5 }
        varve.signal(SIGKILL)
        kill(pid, SIGKILL)
        _ = try await varve.finish()
        try await eventually("the command is dead") { isDead(pid) }
        let killed = now
        #expect(try await stage.varve("run", "--name", "next", "--", "true").code == 0)
        // Not by asking: the next run has done it already.
        let open = try stage.integers("SELECT id FROM run WHERE status = 'Running'")
        #expect(open.isEmpty)
        let run = try await stage.query("runs", "--sandbox", "r")[0]
        #expect(run["termination_reason"] == "InternalError")
        #expect(run["exit_known_by"] == "inferred")
        let ended = try #require(run["terminated_at"].instant)
        let started = try #require(run["started_at"].instant)
        #expect(ended > started && ended <= killed)
        // The slot still had the last sample: at most an interval before the end.
        #expect(killed - ended < 5_000)
        let runs = try await stage.runs()
        #expect(runs.map { $0["termination_reason"] } == ["InternalError", "Completed"])
    }

    @Test func `a supervisor that is killed under a recorder is noticed`() async throws {
        let recorder = try await stage.startRecord("--poll", "20ms", "--interval", "200ms")
        let varve = try startRun()
        let pid = try await commandPID()
        defer { kill(pid, SIGKILL) }
        try await eventually("it is sampled") { stage.recordedSamples > 5 }
        varve.signal(SIGKILL)
        _ = try await varve.finish()
        try await eventually("the recorder notices") {
            try await stage.events(of: "r").contains("supervisor_lost")
        }
        #expect(try await stage.onlyRun()["status"] == "Running")
        kill(pid, SIGKILL)
        try await eventually("the run is closed") {
            try await stage.onlyRun()["status"] == "Terminated"
        }
        let run = try await stage.onlyRun()
        // The recorder saw how the command ended though its supervisor was gone.
        if Stage.kernelTellsExits {
            #expect(run["termination_reason"] == "Failed")
            #expect(run["exit_signal"] == "SIGKILL")
            #expect(run["exit_known_by"] == "pidfd")
            #expect(run["termination_detail"] == "varve run had ended before it")
        } else {
            #expect(run["exit_known_by"] == "unknown")
        }
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
    }

    @Test func `a killed recorder leaves a foreign run running, and the next varve closes it`()
        async throws
    {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let recorder = try await stage.startRecord("--poll", "20ms", "--interval", "200ms")
        let slot = try await runtime.reserve(sandbox: 1, limit: 0, name: Array("f".utf8))
        let begin = now
        try await runtime.activate(slot, run: 5, startedAt: begin)
        try await runtime.write(.init(at: begin + 1, flags: 2, memory: 10), to: slot)
        try await eventually("it is sampled") { stage.recordedSamples == 1 }
        recorder.signal(SIGKILL)
        _ = try await recorder.finish()
        let late = now
        try await runtime.write(.init(at: late, flags: 2, memory: 30), to: slot)
        #expect(try await stage.onlyRun()["status"] == "Running")
        runtime.program.signal(SIGKILL)
        _ = try await runtime.program.finish()
        let run = try await stage.onlyRun()
        #expect(run["status"] == "Terminated")
        #expect(run["termination_reason"] == nil)
        #expect(run["exit_known_by"] == "inferred")
        // The last sample was still in the slot.
        #expect(run["sample_count"] == 2)
        #expect(run["memory_peak_bytes"] == 30)
        #expect(run["terminated_at"].instant == late)
    }
}
