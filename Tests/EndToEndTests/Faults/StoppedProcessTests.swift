import Foundation
import TestFigures
import Testing

/// Programs that are stopped (SIGSTOP) for a while: the recorder, a supervisor, a command.
@Suite(.serialized)
struct StoppedProcessTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private func startRun(_ name: String = "r") throws -> Program {
        try stage.startVarve(
            "run", "--name", name, "--interval", "50ms", "--", "sh", "-c",
            "echo $$ >pid; until [ -e go ]; do sleep 0.05; done; exit 7")
    }

    private func end(_ run: Program, _ recorder: Program) async throws {
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        #expect(try await run.finish().code == 7)
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
        #expect(try stage.overlappingRows().isEmpty)
        #expect(try await stage.isWhole())
    }

    private func stop(_ program: Program) async throws {
        program.signal(SIGSTOP)
        try await Task.sleep(for: Fault.duration)
        program.signal(SIGCONT)
    }

    /// How much of it a gap must cover: its programs may have been slow to stop.
    private var heldMilliseconds: Int64 { Fault.duration.milliseconds - 2_000 }

    @Test func `a recorder that was stopped was down for that time, and goes on`() async throws {
        let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
        let run = try startRun()
        try await stage.askedMore()
        let acknowledged = try await stage.askedRows()
        recorder.signal(SIGSTOP)
        let short = try await stage.varve("run", "--name", "short", "--", "sh", "-c", "exit 5")
        #expect(short.code == 5 && !short.errors.contains("warning"))
        try await Task.sleep(for: Fault.duration)
        recorder.signal(SIGCONT)
        try await stage.askedMore()
        try await end(run, recorder)
        let gaps = try await stage.gaps(of: "r")
        #expect(
            gaps.contains { $0.reason == "recorder_down" && $0.milliseconds >= heldMilliseconds },
            "\(gaps)")
        let runs = try await stage.runs()
        #expect(runs.map { $0["exit_code"] } == [7, 5])
        #expect(runs.map { $0["exit_known_by"] } == ["waited", "waited"])
        let rows = try await stage.askedRows()
        #expect(rows.isSuperset(of: acknowledged))
        try Figures.record(
            "SIGSTOP", of: "record", tried: 1, crashes: stage.crashCount,
            acknowledged: acknowledged.count,
            lost: acknowledged.subtracting(rows).count)
    }

    @Test func `a supervisor that was stopped has not sampled, and neither has its command stood`()
        async throws
    {
        let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
        let run = try stage.startVarve(
            "run", "--name", "r", "--interval", "50ms", "--", "sh", "-c",
            "i=0; while ! [ -e go ]; do i=$((i + 1)); echo $i >count; sleep 0.05; done; exit 7")
        try await stage.askedMore()
        let before = Int(stage.contents("count").trimmingCharacters(in: .newlines)) ?? 0
        try await stop(run)
        let after = Int(stage.contents("count").trimmingCharacters(in: .newlines)) ?? 0
        #expect(after > before + 10)
        try await stage.askedMore()
        try await end(run, recorder)
        let gaps = try await stage.gaps(of: "r")
        #expect(
            gaps.contains { $0.reason == "stalled" && $0.milliseconds >= heldMilliseconds },
            "\(gaps)")
        let kinds = try await stage.events(of: "r")
        #expect(kinds.contains("stalled") && kinds.contains("resumed"))
        try Figures.record("SIGSTOP", of: "run", tried: 1, crashes: stage.crashCount)
    }

    @Test func `a command that ends while its supervisor is stopped has the code it ended with`()
        async throws
    {
        let run = try startRun()
        try await stage.askedMore()
        run.signal(SIGSTOP)
        let pid = try #require(
            Int32(stage.contents("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        try await eventually("the command has ended") { isDead(pid) }
        run.signal(SIGCONT)
        #expect(try await run.finish().code == 7)
        let entry = try await stage.onlyRun()
        #expect(entry["exit_code"] == 7 && entry["exit_known_by"] == "waited")
    }

    @Test func `a command that is stopped is sampled on, at no CPU time`() async throws {
        let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
        let run = try startRun()
        try await stage.askedMore()
        let pid = try #require(
            Int32(stage.contents("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
        kill(pid, SIGSTOP)
        let from = Int64(Date().timeIntervalSince1970 * 1000) + 500
        try await Task.sleep(for: Fault.duration)
        let to = Int64(Date().timeIntervalSince1970 * 1000) - 500
        kill(pid, SIGCONT)
        try await stage.askedMore()
        try await end(run, recorder)
        #expect(try await stage.gaps(of: "r").allSatisfy { $0.reason == "recorder_down" })
        let stood = try await stage.asked(
            """
            SELECT sum(sample_count) AS n, max(cpu_max_centipercent) AS cpu,
                max(cpu_time_last_ns) - min(cpu_time_first_ns) AS used,
                min(memory_avg_bytes) AS memory
            FROM interval WHERE first_at_ms >= \(from) AND last_at_ms <= \(to)
            """)[0]
        #expect(try #require(stood["n"].integer) > 20)
        // Its children that were asleep may have ended in between.
        #expect(stood["cpu"] == 0 || (stood["used"].integer ?? 0) <= 20_000_000)
        #expect(try #require(stood["memory"].integer) > 0)
        try Figures.record("SIGSTOP", of: "command", tried: 2, crashes: stage.crashCount)
    }
}
