import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct BundleTests {
    let scratch = try! Scratch()
    var bundle: String { scratch.path("run.varve") }

    /// Two runs of `web` that have ended, one of `box` beside the second, one of `far` long before, and
    /// an hour of rows in each; the last run of `web` is sealed.
    private func makeCatalog() throws -> (web: RunID, earlier: RunID, box: RunID, far: RunID) {
        let catalog = try scratch.makeCatalog()
        let hour: Int64 = 3_600_000
        func begin(_ sandbox: String, at offset: Int64) throws -> RunID {
            var run = NewRun.web(at: .noon(plus: offset), labels: ["team": "secret"])
            run.sandbox = sandbox
            return try catalog.begin(run, of: .own).id
        }
        let far = try begin("far", at: -48 * hour)
        try catalog.end(far, at: .noon(plus: -47 * hour))
        let earlier = try begin("web", at: -24 * hour)
        try catalog.end(earlier, at: .noon(plus: -23 * hour))
        let web = try begin("web", at: 0)
        let box = try begin("box", at: 0)
        for run in [web, box] {
            try catalog.write(
                (0..<360).map { index in
                    SampleRow.tenSeconds(
                        of: run, at: .noon(plus: Int64(index) * 10_000),
                        gauges: [.memory: .init(count: 10, average: 7, maximum: 9)])
                })
        }
        var batch = FlushBatch()
        var ending = RunEnding(web, at: .noon(plus: hour), knownBy: .waited)
        ending.exitCode = 3
        ending.detail = "serve said it"
        batch.endings = [ending]
        var last = Sample(at: .noon(plus: hour - 1_000))
        last.memoryBytes = 9
        batch.finalMoments = [(web, [last])]
        batch.closed = [web]
        try catalog.flush(batch)
        while try catalog.seal(before: .noon(plus: 3 * hour), limit: 100).hasMore {}
        return (web, earlier, box, far)
    }

    private func write(
        _ run: RunID, redacting: Set<BundleRedaction> = [], replacing: Bool = false
    ) throws -> BundleReport {
        try CatalogReader(path: scratch.catalog).writeBundle(
            of: RunReference("\(run)"), to: bundle, replacing: replacing, redacting: redacting,
            now: .noon(plus: 7_200_000))
    }

    @Test func `a bundle answers of its run what the catalog does, and names what was around it`()
        throws
    {
        let runs = try makeCatalog()
        let report = try write(runs.web)
        #expect(report.run.id == runs.web)
        #expect(report.otherRunCount == 2)
        let reader = try CatalogReader(path: bundle)
        let whole = try CatalogReader(path: scratch.catalog)
        let reference = RunReference("web")
        #expect(try reader.run(reference) == whole.run(reference))
        #expect(try reader.runs().map(\.id) == [runs.earlier, runs.web, runs.box])
        #expect(try reader.lifecycle(of: runs.web) == whole.lifecycle(of: runs.web))
        #expect(try reader.finalMoments(of: runs.web) == whole.finalMoments(of: runs.web))
        let now = Timestamp.noon(plus: 7_200_000)
        let series = try reader.series(of: reference, metrics: [.memory], now: now)
        #expect(series.points.count == 360)
        #expect(series == (try whole.series(of: reference, metrics: [.memory], now: now)))
        // Of the neighbour there are hours.
        let box = try reader.series(of: RunReference("box"), metrics: [.memory], now: now)
        #expect(box.points.map(\.milliseconds) == [3_600_000])
        #expect(try reader.problems() == [])
        #expect(try reader.run(RunReference("web")).labels == ["team": "secret"])
    }

    @Test func `it is one file that only its owner reads, and needs no other beside it`() throws {
        let runs = try makeCatalog()
        _ = try write(runs.web)
        #expect(try scratch.names.filter { $0.hasPrefix("run.varve") } == ["run.varve"])
        #expect(try scratch.mode("run.varve") == 0o600)
        let connection = try Connection(path: bundle, mode: .readOnly)
        #expect(try connection.journalMode == "delete")
    }

    @Test func `runs of other machines are no neighbours`() throws {
        let runs = try makeCatalog()
        let catalog = try scratch.makeCatalog()
        for (index, name) in ["granite", "slate"].enumerated() {
            var run = NewRun.web(at: .noon(plus: 0), labels: [:])
            run.sandbox = "other \(index)"
            _ = try catalog.begin(run, of: .own.on(Host(name: name, bootID: "boot-1")))
        }
        var local = NewRun.web(at: .noon(plus: 0), labels: [:])
        local.sandbox = "third"
        var registry = Source.own
        registry.name = "/varve-other"
        _ = try catalog.begin(local, of: registry)
        #expect(try write(runs.web).otherRunCount == 3)
        let names = try CatalogReader(path: bundle).runs().map(\.sandbox)
        #expect(names.sorted() == ["box", "third", "web", "web"])
        let text = String(decoding: try scratch.bytes("run.varve"), as: UTF8.self)
        #expect(!text.contains("granite") && !text.contains("slate"))
    }

    @Test func `a redacted machine tells its boots apart, and does not tell which they were`()
        throws
    {
        let runs = try makeCatalog()
        let uuids = [
            "5c1f0c0e-0b1a-4c39-9c2c-5f2f6c0f7d11", "9b6a1f3e-77aa-4d0e-8f0a-1d2c3b4a5f66",
        ]
        try tamper(
            scratch.catalog,
            """
            UPDATE source SET boot_id = '\(uuids[1])';
            UPDATE run SET boot_id = CASE id WHEN \(runs.earlier) THEN '\(uuids[0])'
                WHEN \(runs.box) THEN NULL ELSE '\(uuids[1])' END;
            INSERT INTO recorder_session (source_id, kind, run_id, pid, boot_id, poll_ms, interval_ms,
                started_at_ms, heartbeat_at_ms)
            SELECT s.source_id, 'run', r.id, 1, r.boot_id, 1000, 10000, r.started_at_ms, r.started_at_ms
            FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id WHERE r.id = \(runs.web);
            """)
        _ = try write(runs.web)
        var text = String(decoding: try scratch.bytes("run.varve"), as: UTF8.self)
        #expect(uuids.allSatisfy(text.contains))
        _ = try write(runs.web, redacting: [.host], replacing: true)
        text = String(decoding: try scratch.bytes("run.varve"), as: UTF8.self)
        for uuid in uuids { #expect(!text.contains(uuid)) }
        let connection = try Connection(path: bundle, mode: .readOnly)
        let boots = try connection.rows("SELECT boot_id FROM run ORDER BY id").map { $0[0] }
        #expect(boots == ["redacted-2", "redacted-1", "-"])
        #expect(try connection.rows("SELECT boot_id FROM source").map { $0[0] } == ["redacted-1"])
        #expect(
            try connection.rows("SELECT boot_id FROM recorder_session").map { $0[0] } == [
                "redacted-1"
            ])
    }

    @Test func `what is redacted is nowhere in the file`() throws {
        let runs = try makeCatalog()
        try tamper(
            scratch.catalog,
            "INSERT INTO run_log VALUES (\(runs.web), 'stderr', 1, 2, x'\(Data("password".utf8).hex)')"
        )
        _ = try write(runs.web)
        var text = String(decoding: try scratch.bytes("run.varve"), as: UTF8.self)
        let secrets = ["secret", "--port", "said it", "password"]
        #expect(secrets.allSatisfy { text.contains($0) })
        _ = try write(runs.web, redacting: Set(BundleRedaction.allCases), replacing: true)
        text = String(decoding: try scratch.bytes("run.varve"), as: UTF8.self)
        for secret in secrets { #expect(!text.contains(secret), "\(secret)") }
        let run = try CatalogReader(path: bundle).run(RunReference("web"))
        #expect(run.command == nil)
        #expect(run.labels == [:])
        #expect(run.terminationDetail == nil)
        #expect(run.source.host.name == "redacted")
        #expect(run.exitCode == 3)
    }

    @Test func `a file that is there stays unless it may be replaced`() throws {
        let runs = try makeCatalog()
        try scratch.write(Data("mine".utf8), to: "run.varve")
        let error = try #require(throws: StoreError.self) { _ = try write(runs.web) }
        #expect(
            error.description
                == "cannot write \(bundle): a file of that name exists already (SQLite result code 1)"
        )
        #expect(try scratch.bytes("run.varve") == Data("mine".utf8))
        _ = try write(runs.web, replacing: true)
        #expect(try CatalogReader(path: bundle).runs().count == 3)
    }

    @Test func `of no run there is no file`() throws {
        _ = try makeCatalog()
        let error = try #require(throws: StoreError.self) { _ = try write(RunID(rawValue: 99)) }
        #expect(error.code == .noSuchRun)
        #expect(try !scratch.names.contains("run.varve"))
    }

    @Test func `a run that runs stays one in a bundle, which nobody closes`() throws {
        let runs = try makeCatalog()
        _ = try write(runs.box)
        let reader = try CatalogReader(path: bundle)
        #expect(try reader.run(RunReference("box")).status == .running)
        #expect(try CatalogReader(path: scratch.catalog).mayHaveAbandonedRuns(on: .here))
        #expect(try !reader.mayHaveAbandonedRuns(on: .here))
    }

    @Test func `of every table of a catalog it is decided what goes into a bundle`() throws {
        _ = try scratch.makeCatalog()
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let tables = try connection.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        let known = BundleTable.own.union(BundleTable.all(redacting: []).map(\.name))
        #expect(Set(tables.map { $0[0] }) == known)
    }
}

extension Data {
    fileprivate var hex: String {
        map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
    }
}
