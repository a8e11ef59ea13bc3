import HistoryModel
import HistoryStore
import Testing

/// What the article "Asking a catalog" shows, done.
struct ArticleExampleTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(labels: ["team": "blue"]), of: .own).id
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon,
                gauges: [
                    .cpu: .init(count: 10, average: 5_000, maximum: 9_000),
                    .memory: .init(count: 10, average: 1 << 20, maximum: 2 << 20),
                ]),
            .tenSeconds(
                of: run, at: .noon(plus: 120_000),
                gauges: [.memory: .init(count: 10, average: 1 << 20, maximum: 3 << 20)]),
        ])
        var batch = FlushBatch()
        var ending = RunEnding(run, at: .noon(plus: 130_000), knownBy: .waited)
        ending.exitCode = 3
        ending.reason = .failed
        ending.usage.cpuTimeNanoseconds = 7_000_000_000
        ending.usage.memoryPeakBytes = 3 << 20
        ending.event = LifecycleEvent(
            .exited, at: .noon(plus: 130_000), detail: "code 3", seenBy: .supervisor)
        batch.endings = [ending]
        batch.closed = [run]
        try catalog.flush(batch)
    }

    private func report() throws -> CatalogReport {
        try CatalogReport(
            environment: ["VARVE_DB": scratch.catalog], now: .noon(plus: 3_600_000))
    }

    @Test func `runs and events`() throws {
        let report = try report()
        #expect(
            try report.endings(of: "w*", since: .noon) == ["1 ended: Failed, peak 3.0 MiB"])
        #expect(try report.endings(of: "w*", since: .noon(plus: 200_000)) == [])
        #expect(
            try report.events(of: "web") == [
                "2026-11-23T12:00:00.000Z reserved ", "2026-11-23T12:02:10.000Z exited code 3",
            ])
    }

    @Test func `a series and a moment`() throws {
        let report = try report()
        #expect(
            try report.memory(of: "web") == [
                "2026-11-23T12:00:00.000Z at most 2.0 MiB",
                "2026-11-23T12:02:00.000Z at most 3.0 MiB",
                "no data from 2026-11-23T12:00:09.000Z to 2026-11-23T12:02:00.000Z: recorder_down",
            ])
        #expect(try report.sandboxes(at: .noon(plus: 5_000)) == ["web ran, CPU 50.0 %"])
        #expect(
            try report.sandboxes(at: .noon(plus: 200_000)) == ["web had ended, CPU unknown"])
    }

    @Test func `usage and the largest`() throws {
        let report = try report()
        #expect(
            try report.bill(for: TimeRange(from: .noon, until: .noon(plus: 3_600_000)))
                == ["blue: 1 runs, CPU time 7 s"])
        #expect(try report.largest() == ["web: 3.0 MiB"])
    }
}
