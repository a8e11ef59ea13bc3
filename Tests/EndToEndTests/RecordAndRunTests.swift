import Foundation
import Testing

/// `varve run` and `varve record` on one registry: one of them records, and no sample counts twice.
@Suite(.serialized)
struct RecordAndRunTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private func startRun() throws -> Program {
        try stage.startVarve(
            "run", "--name", "r", "--interval", "50ms", "--row-interval", "500ms", "--", "sh", "-c",
            "until [ -e go ]; do sleep 0.05; done; exit 2")
    }

    private func record() async throws -> Program {
        try await stage.startRecord("--poll", "20ms", "--interval", "500ms")
    }

    private func more(_ count: Int64 = 8) async throws {
        let before = stage.recordedSamples
        try await eventually("more samples are recorded") {
            stage.recordedSamples >= before + count
        }
    }

    /// Ends the run and looks whether the catalog has it once and whole.
    private func finish(_ run: Program) async throws {
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        let end = try await run.finish()
        #expect(end.code == 2)
        #expect(!end.errors.contains("warning"))
        try await eventually("the run is whole") {
            try await stage.onlyRun()["sample_count"] != nil
        }
        let run = try await stage.onlyRun()
        #expect(run["status"] == "Terminated")
        #expect(run["exit_code"] == 2)
        #expect(run["exit_known_by"] == "waited")
        #expect(run["cpu_time_ns"].integer != nil && run["memory_peak_bytes"].integer != nil)
        let count = try #require(run["sample_count"].integer)
        let duration = try #require(run["duration_ms"].integer)
        #expect(count > 8 && count <= duration / 50 + 3)
        #expect(stage.recordedSamples == count)
        #expect(try stage.overlappingRows().isEmpty)
        let events = try await stage.eventsOfItsOwn(of: "r")
        for kind in ["reserved", "started", "first_sample", "exited"] {
            #expect(events.filter { $0 == kind }.count == 1, "\(kind) in \(events)")
        }
        #expect(events.count == 4)
    }

    private func stop(_ recorder: Program) async throws {
        recorder.signal(SIGTERM)
        let end = try await recorder.finish()
        #expect(end.code == 0)
        #expect(!end.errors.contains("warning"))
    }

    @Test func `a run that is recorded already is left to the recorder`() async throws {
        let recorder = try await record()
        let run = try startRun()
        try await more()
        try await finish(run)
        #expect(stage.sessions("run") == 0)
        try await stop(recorder)
    }

    @Test func `a run takes over from a recorder that was killed`() async throws {
        let recorder = try await record()
        let run = try startRun()
        try await more()
        recorder.signal(SIGKILL)
        #expect(try await recorder.finish().code == 137)
        try await eventually("the run records itself") { stage.sessions("run") == 1 }
        try await more()
        try await finish(run)
    }

    @Test func `a run takes over from a recorder that ends in order`() async throws {
        let recorder = try await record()
        let run = try startRun()
        try await more()
        try await stop(recorder)
        try await eventually("the run records itself") { stage.sessions("run") == 1 }
        try await more()
        try await finish(run)
    }

    @Test func `a recorder that comes later takes over from the run`() async throws {
        let run = try startRun()
        try await more()
        #expect(stage.sessions("run") == 1)
        let recorder = try await record()
        try await more()
        try await eventually("the run's own recorder has ended") {
            try stage.integers(
                "SELECT 1 FROM recorder_session WHERE kind = 'run' AND ended_at_ms IS NULL"
            ).isEmpty
        }
        try await more()
        try await finish(run)
        try await stop(recorder)
    }

    @Test func `recorders may come and go as they like`() async throws {
        let run = try startRun()
        try await more()
        for signal in [SIGTERM, SIGKILL] {
            let recorder = try await record()
            try await more()
            recorder.signal(signal)
            _ = try await recorder.finish()
            try await more()
        }
        try await finish(run)
    }
}
