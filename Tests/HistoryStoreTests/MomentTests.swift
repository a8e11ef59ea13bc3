import HistoryModel
import Testing

@testable import HistoryStore

struct MomentTests {
    let scratch = try! Scratch()

    private func moment(
        _ seconds: Double, around: Duration = .seconds(60), all: Bool = false,
        matching query: RunQuery = RunQuery()
    ) throws -> CatalogMoment {
        try CatalogReader(path: scratch.catalog).moment(
            at: .noon(plus: Int64(seconds * 1000)), around: around, includingLongEnded: all,
            matching: query, now: .noon(plus: 36_000_000))
    }

    /// Runs as `name:id:running` or `name:id:ended`.
    private func states(_ moment: CatalogMoment) -> [String] {
        moment.sandboxes.map {
            "\($0.run.sandbox):\($0.run.id):\($0.isRunning ? "running" : "ended")"
        }
    }

    @discardableResult
    private func addRun(
        _ name: String, _ start: Int64, _ end: Int64?, labels: [String: String] = [:],
        to catalog: borrowing Catalog
    ) throws -> RunID {
        let new = NewRun(
            sandbox: name, labels: labels, command: ["x"], startedAt: .noon(plus: start * 1000))
        let run = try catalog.begin(new, of: .own).id
        if let end { try catalog.end(run, at: .noon(plus: end * 1000)) }
        return run
    }

    @Test(
        "a run is alive from its start up to, and not at, its end",
        arguments: [
            (9.999, [] as [String]), (10.0, ["web:1:running"]), (19.999, ["web:1:running"]),
            (20.0, ["web:1:ended"]), (80.0, ["web:1:ended"]), (80.001, []),
        ])
    func halfOpen(seconds: Double, expected: [String]) throws {
        try addRun("web", 10, 20, to: scratch.makeCatalog())
        #expect(states(try moment(seconds)) == expected)
    }

    @Test
    func `of a sandbox that has no run the latest to end is told of, and of others all that live`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        try addRun("web", 0, 100, to: catalog)
        try addRun("web", 10, 30, to: catalog)
        try addRun("web", 200, nil, to: catalog)
        try addRun("app", 0, 5, to: catalog)
        try addRun("app", 6, 12, to: catalog)
        #expect(states(try moment(11)) == ["app:5:running", "web:1:running", "web:2:running"])
        #expect(states(try moment(40)) == ["app:5:ended", "web:1:running"])
        #expect(states(try moment(150)) == ["web:1:ended"])
        #expect(states(try moment(150, all: true)) == ["app:5:ended", "web:1:ended"])
        #expect(states(try moment(250)) == ["web:3:running"])
        #expect(try moment(250).recordedSince == .noon)
    }

    @Test func `only what is asked for is told of, by name, by pattern and by label`() throws {
        let catalog = try scratch.makeCatalog()
        try addRun("web-1", 0, 100, labels: ["team": "red"], to: catalog)
        try addRun("web-2", 0, 100, labels: ["team": "blue"], to: catalog)
        // Its run then had no label, whatever the one before had.
        try addRun("app", 0, 5, labels: ["team": "red"], to: catalog)
        try addRun("app", 6, 100, to: catalog)
        #expect(
            states(try moment(50, matching: RunQuery(sandbox: "web-*")))
                == ["web-1:1:running", "web-2:2:running"])
        #expect(
            states(try moment(50, matching: RunQuery(labels: ["team": "red"])))
                == ["web-1:1:running"])
        #expect(states(try moment(50, matching: RunQuery(sandbox: "nobody"))) == [])
    }

    @Test func `events are those around the instant, both ends included, of matching runs`() throws
    {
        let catalog = try scratch.makeCatalog()
        let web = try addRun("web", 0, nil, to: catalog)
        let app = try addRun("app", 0, nil, to: catalog)
        var batch = FlushBatch()
        for (run, second) in [(web, 40), (web, 39), (app, 100), (web, 160), (web, 161)] {
            let at = Timestamp.noon(plus: Int64(second) * 1000)
            batch.events.append((run, LifecycleEvent(.signalled, at: at, seenBy: .supervisor)))
        }
        try catalog.flush(batch)
        func seconds(_ moment: CatalogMoment) -> [Int64] {
            moment.events.map { $0.event.at.milliseconds(since: .noon) / 1000 }
        }
        #expect(seconds(try moment(100)) == [40, 100, 160])
        #expect(seconds(try moment(100, matching: RunQuery(sandbox: "web"))) == [40, 160])
        #expect(try moment(100).events.map(\.sandbox) == ["web", "app", "web"])
    }

    @Test func `an hour whose detail is forgotten is told of by its summary`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try addRun("web", 0, 7_200, to: catalog)
        try catalog.write(SealingTests.rows(of: run, hours: 0..<2))
        #expect(try catalog.seal(run).blockCount == 2)
        try tamper(
            scratch.catalog,
            "DELETE FROM sample_detail; UPDATE sample_block SET has_detail = 0")
        let interval = try #require(try moment(1_800).sandboxes.first?.interval)
        #expect(interval.origin == .hour && interval.sampleCount == 60)
        #expect(interval.from == .noon && interval.to == .noon(plus: 3_009_000))
        #expect(interval.resolutionMilliseconds == 3_009_000)
        #expect(interval.maxima == [.memory: 55])
        // 60 bytes in six rows; the first begins at the start of the run.
        #expect(interval.values[.diskWrite] == 60 * 1000 / 3_009_000.0)
    }

    @Test func `detail that cannot be read is said, and its summary told`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try addRun("web", 0, 3_600, to: catalog)
        try catalog.write(SealingTests.rows(of: run, hours: 0..<1))
        try #require(try catalog.seal(run).blockCount == 1)
        try tamper(scratch.catalog, "UPDATE sample_detail SET detail = x'00'")
        let moment = try moment(1_800)
        #expect(moment.sandboxes.first?.interval?.origin == .hour)
        #expect(moment.problems.count == 1)
        #expect(moment.problems.first?.hasSuffix("; the hour is shown by its summary") == true)
    }

    @Test func `a gap is told of whole, however long it is`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try addRun("web", 0, 90_000, to: catalog)
        try catalog.write([
            .tenSeconds(of: run, at: .noon), .tenSeconds(of: run, at: .noon(plus: 80_000_000)),
        ])
        #expect(
            try moment(40_000).sandboxes.first?.gap
                == Series.Gap(
                    from: .noon(plus: 9_000), to: .noon(plus: 80_000_000), reason: .recorderDown))
    }

    @Test func `final moments that cannot be read are said, and the rows told`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try addRun("web", 0, nil, to: catalog)
        try catalog.write([.tenSeconds(of: run, at: .noon)])
        var batch = FlushBatch()
        batch.finalMoments = [
            (run, [Sample(at: .noon(plus: 8_000)), Sample(at: .noon(plus: 9_000))])
        ]
        batch.endings = [RunEnding(run, at: .noon(plus: 9_500), knownBy: .waited)]
        try catalog.flush(batch)
        #expect(try moment(8.5).sandboxes.first?.interval?.origin == .finalMoments)
        #expect(try moment(7.5).sandboxes.first?.interval?.origin == .interval)
        try tamper(scratch.catalog, "UPDATE final_moments SET detail = x'00'")
        let moment = try moment(8.5)
        #expect(moment.sandboxes.first?.interval?.origin == .interval)
        #expect(
            moment.problems.first?.hasPrefix("the final moments of run 1 of 'web' cannot be read: ")
                == true)
    }
}
