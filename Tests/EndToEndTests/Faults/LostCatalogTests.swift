import Foundation
import HistoryModel
import HistoryStore
import SQLite
import TestFigures
import Testing

/// A catalog that is taken away, or another put in its place, while it is recorded into.
@Suite(.serialized)
struct LostCatalogTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private var sentence: String { "the catalog \(stage.catalog) was removed or replaced: " }

    private func startRecorder() async throws -> Program {
        try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
    }

    private func startRun() throws -> Program {
        try stage.startVarve(
            "run", "--name", "r", "--interval", "50ms", "--row-interval", "200ms", "--", "sh", "-c",
            "until [ -e go ]; do sleep 0.05; done; exit 7")
    }

    private func moreSamples() async throws {
        let before = stage.recordedSamples
        try await eventually("more samples are recorded") {
            stage.recordedSamples >= before + 10
        }
    }

    /// Does something to the catalog's files in one step.
    private func sh(_ script: String) async throws {
        let end = try await stage.shell(script)
        try #require(end.code == 0, "\(end.errors)")
    }

    private func tell(_ program: Program, times count: Int = 1) async throws {
        try await eventually("it is said \(count) times; it said: \(program.errors)") {
            program.errors.components(separatedBy: sentence).count == count + 1
        }
    }

    /// Ends the run and the recorder, and looks whether the catalog has the run once and whole.
    private func finish(_ run: Program, _ recorder: Program? = nil) async throws -> JSON {
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        #expect(try await run.finish().code == 7)
        if let recorder {
            try await eventually("the run is whole") {
                try await stage.runs().allSatisfy { $0["sample_count"] != nil }
            }
            recorder.signal(SIGTERM)
            #expect(try await recorder.finish().code == 0)
        }
        let entry = try await stage.onlyRun()
        #expect(entry["sandbox"] == "r" && entry["exit_code"] == 7)
        #expect(entry["exit_known_by"] == "waited")
        #expect(entry["sample_count"].integer == stage.recordedSamples)
        #expect(try stage.overlappingRows().isEmpty)
        #expect(try await stage.isWhole())
        return entry
    }

    @Test(arguments: ["rm -f history.db*", "rm history.db"])
    func `a recorder begins anew where its catalog was removed`(script: String) async throws {
        let recorder = try await startRecorder()
        let run = try startRun()
        try await moreSamples()
        try await sh(script)
        try await tell(recorder)
        try await tell(run)
        try await moreSamples()
        _ = try await finish(run, recorder)
        #expect(stage.sessions("record") == 1 && stage.sessions("run") == 0)
        try Figures.record("catalog removed", of: "record", tried: 2, crashes: stage.crashCount)
    }

    @Test func `a catalog that is moved away is left whole, with all that was in its log`()
        async throws
    {
        let recorder = try await startRecorder()
        let run = try startRun()
        try await moreSamples()
        let acknowledged = try stage.sampleRows()
        try await sh("mv history.db moved.db")
        try await tell(recorder)
        try await tell(run)
        try await moreSamples()
        _ = try await finish(run, recorder)
        let moved = try Connection(path: stage.path("moved.db"), mode: .readOnly)
        #expect(try moved.integrityCheck().isEmpty)
        let there = Set(try moved.integers("SELECT at_ms FROM sample").map { $0[0] })
        let lost = acknowledged.filter { !there.contains($0.at.unixMilliseconds) }
        #expect(lost.isEmpty && !acknowledged.isEmpty)
        try Figures.record(
            "catalog moved away", of: "record", tried: 1, crashes: stage.crashCount,
            acknowledged: acknowledged.count, lost: lost.count)
    }

    @Test(arguments: [true, false])
    func `a copy that is brought back is recorded on, in the rows of the same run`(
        hasRecorder: Bool
    ) async throws {
        let recorder = hasRecorder ? try await startRecorder() : nil
        let run = try startRun()
        try await moreSamples()
        let acknowledged = try stage.sampleRows()
        do {
            let connection = try Connection(path: stage.catalog, mode: .readWrite)
            try connection.prepareForWriting()
            try connection.execute("VACUUM INTO '\(stage.path("copy.db"))'")
        }
        try await moreSamples()
        try await sh("mv copy.db history.db")
        if let recorder { try await tell(recorder) }
        try await tell(run)
        try await moreSamples()
        let entry = try await finish(run, recorder)
        #expect(entry["run_id"] == 1)
        let there = Set(try stage.sampleRows().map(\.at))
        let lost = acknowledged.filter { !there.contains($0.at) }
        #expect(lost.isEmpty && !acknowledged.isEmpty)
        let kind = hasRecorder ? "record" : "run"
        #expect(stage.sessions(kind) == 2)
        try Figures.record(
            "catalog replaced by its copy", of: kind, tried: 1, crashes: stage.crashCount,
            acknowledged: acknowledged.count, lost: lost.count)
    }

    @Test func `what is no catalog is left byte for byte, and waited for to go`() async throws {
        let recorder = try await startRecorder()
        let run = try startRun()
        try await moreSamples()
        let text = String(repeating: "this is no database\n", count: 300)
        try text.write(toFile: stage.path("text"), atomically: true, encoding: .utf8)
        try await sh("mv text history.db")
        try await eventually("the recorder warns; it said: \(recorder.errors)") {
            recorder.errors.contains(
                "nothing can be written for now, what is seen waits in memory: \(stage.catalog) is "
                    + "no SQLite database")
        }
        try await eventually("the run warns; it said: \(run.errors)") {
            run.errors.contains("not recorded for now: \(stage.catalog) is no SQLite database")
        }
        #expect(stage.contents("history.db") == text)
        try await sh("rm history.db")
        try await eventually("it is written again; it said: \(recorder.errors)") {
            recorder.errors.contains("can be written again")
        }
        try await moreSamples()
        _ = try await finish(run, recorder)
        try Figures.record(
            "catalog replaced by a text", of: "record", tried: 1, crashes: stage.crashCount)
    }
}
