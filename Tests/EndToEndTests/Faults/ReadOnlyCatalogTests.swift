import Foundation
import TestFigures
import Testing

/// A catalog that nobody may write any more, as its user; root may always.
@Suite(
    .serialized,
    .enabled(if: Unprivileged.isPossible, "programs cannot be started without root's rights"))
struct ReadOnlyCatalogTests {
    let stage: Stage

    init() throws { stage = try Stage(catalog: "place/history.db") }

    @Test func `who has it open records on, who comes later waits until it may be written`()
        async throws
    {
        let recorder = try stage.startUnprivileged(
            "record", "--poll", "50ms", "--interval", "200ms")
        try await eventually("a recorder is at work; it said: \(recorder.errors)") {
            recorder.errors.contains("recording \(stage.registry) into")
        }
        let first = try stage.startUnprivileged(
            "run", "--name", "first", "--interval", "50ms", "--", "sleep", "3600")
        try await stage.askedMore()
        try await stage.shell("chmod 400 place/*; chmod 500 place")
        try await stage.askedMore()
        #expect(!recorder.errors.contains("warning"))

        let second = try stage.startUnprivileged(
            "run", "--name", "second", "--interval", "50ms", "--", "sh", "-c",
            "touch came; until [ -e go ]; do sleep 0.05; done; exit 7")
        try await eventually("the command runs") { stage.exists("came") }
        try await eventually("varve warns; it said: \(second.errors)") {
            second.errors.contains("the run goes on, but is not recorded for now: ")
        }
        #expect(second.errors.contains(stage.catalog))
        let refused = try await stage.startUnprivileged("record", "--registry", "/varve-none")
            .finish()
        #expect(refused.code == 1)
        #expect(refused.errors.hasPrefix("varve: error: "))
        #expect(refused.errors.contains(stage.catalog))

        try await stage.shell("chmod 700 place; chmod 600 place/*")
        try await eventually("the run is recorded now; it said: \(second.errors)") {
            second.errors.contains("recording goes on: ")
        }
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        #expect(try await second.finish().code == 7)
        first.signal(SIGTERM)
        #expect(try await first.finish().code == 143)
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
        let runs = try await stage.runs()
        #expect(runs.map { $0["sandbox"] } == ["first", "second"])
        #expect(runs.map { $0["exit_known_by"] } == ["waited", "waited"])
        #expect(runs[1]["exit_code"] == 7 && runs[1]["command"].list.count == 3)
        // One run, whether its slot or its supervisor came first into the catalog.
        #expect(try #require(runs[1]["sample_count"].integer) > 0)
        let events = try await stage.eventsOfItsOwn(of: "second")
        #expect(Set(events).count == events.count, "\(events)")
        #expect(try await stage.isWhole())
        try Figures.record(
            "catalog made read-only", of: "record and run", tried: 3, crashes: stage.crashCount)
    }
}
