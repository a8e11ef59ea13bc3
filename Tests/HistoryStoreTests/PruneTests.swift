import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct PruneTests {
    let scratch = try! Scratch()

    /// Noon and so many days.
    static func day(_ days: Int64) -> Timestamp { .noon(plus: days * 86_400_000) }

    private static let untold = Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: nil)

    /// One run a day, of one hour of its own, with final moments, a gap and a recorder.
    private func fill(_ catalog: borrowing Catalog, days: Range<Int64>) throws {
        var random = SeededRandom(seed: 3)
        for day in days {
            let at = Self.day(day)
            let run = try catalog.begin(.web(at: at), of: .own).id
            let session = try catalog.beginSession(
                of: .own, run: run, pid: 1, poll: .seconds(1), interval: .seconds(10), at: at)
            var batch = FlushBatch()
            batch.rows = (0..<360 as Range<Int64>).map { step in
                let value = Int64.random(in: 0...(1 << 40), using: &random)
                return .tenSeconds(
                    of: run, at: at.advanced(byMilliseconds: step * 10_000),
                    gauges: [.memory: .init(count: 10, average: value, maximum: value)])
            }
            let end = at.advanced(byMilliseconds: 3_600_000)
            batch.finalMoments = [(run, [Sample(at: end)])]
            batch.gaps = [(run, Series.Gap(from: at, to: end, reason: .stalled))]
            batch.heartbeat = .init(session: session, at: end, isLast: true)
            try catalog.flush(batch)
            try catalog.end(run, at: end)
            _ = try catalog.seal(run)
        }
    }

    private func states(_ catalog: borrowing Catalog) throws -> [String] {
        try catalog.connection.rows("SELECT has_detail FROM sample_block ORDER BY at_ms").map {
            $0[0]
        }
    }

    private func pruneToTheEnd(
        _ catalog: borrowing Catalog, now: Timestamp, limit: Int, _ retention: Retention? = nil
    ) throws -> (PruneReport, steps: Int) {
        var report = PruneReport()
        var steps = 0
        repeat {
            let step = try catalog.prune(
                now: now, limit: limit, retention: retention, continuing: report)
            #expect(step.count <= limit)
            report = report.followed(by: step)
            steps += 1
        } while report.hasMore && steps < 1_000
        return (report, steps)
    }

    @Test func `what is kept is a setting, and without limit one too`() throws {
        let catalog = try scratch.makeCatalog()
        #expect(try catalog.retention == Retention())
        #expect(try catalog.retention.keepDetail == .seconds(14 * 86_400))
        #expect(try catalog.retention.keepSummaries == .seconds(400 * 86_400))
        #expect(try catalog.retention.maxSizeBytes == nil)
        for retention in [
            Retention(keepDetail: .seconds(5), keepSummaries: .zero, maxSizeBytes: 1 << 40),
            Self.untold, Retention(keepDetail: nil, keepSummaries: .seconds(1)), Retention(),
        ] {
            try catalog.setRetention(retention)
            #expect(try catalog.retention == retention)
            #expect(try CatalogReader(path: scratch.catalog).retention() == retention)
        }
    }

    @Test func `detail goes before summaries, and runs stay`() throws {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<6)
        let retention = Retention(
            keepDetail: .seconds(2 * 86_400), keepSummaries: .seconds(4 * 86_400))
        // Five days after noon the first hour ended three hours short of five days ago.
        let now = Self.day(5).advanced(byMilliseconds: 3_600_000)
        let report = try catalog.prune(now: now, limit: 100, retention: retention)
        #expect(report.detailCount == 4)
        #expect(report.detailBytes > 4_000)
        #expect(report.summaryCount == 2)
        #expect(report.finalMomentsCount == 2 && report.gapCount == 2 && report.sessionCount == 2)
        #expect(!report.hasMore && report.excessBytes == nil)
        #expect(try states(catalog) == ["0", "0", "1", "1"])
        #expect(try catalog.connection.integer("SELECT count(*) FROM sample_detail") == 2)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.runs().map(\.usage.sampleCount) == Array(repeating: 3_600, count: 6))
        #expect(try reader.lifecycle(of: RunID(rawValue: 1)).count == 1)
        let problems = try reader.problems()
        #expect(problems == [])
        // A forgotten hour is one point, as long as the hour.
        let series = try reader.series(
            of: RunReference("3"), metrics: [.memory], now: Self.day(9))
        #expect(series.points.map(\.sampleCount) == [3_600])
        #expect(series.points[0].at == Self.day(2))
        #expect(series.stepMilliseconds == 3_600_000)
        #expect(series.problems == [])
        // The second time there is nothing left to do.
        #expect(try catalog.prune(now: now, limit: 100, retention: retention).count == 0)
    }

    @Test func `detail that should outlive its summary goes with it`() throws {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<2)
        let report = try catalog.prune(
            now: Self.day(1), limit: 100,
            retention: Retention(keepDetail: nil, keepSummaries: .seconds(3_600)))
        #expect(report.detailCount == 1 && report.summaryCount == 1)
        #expect(try states(catalog) == ["1"])
    }

    @Test func `a session whose run is not closed stays, and rows that are not sealed do`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        _ = try catalog.beginSession(
            of: .own, run: run, pid: 1, poll: .seconds(1), interval: .seconds(10), at: .noon)
        try catalog.write([.tenSeconds(of: run, at: .noon)])
        let (report, _) = try pruneToTheEnd(
            catalog, now: Self.day(900), limit: 10,
            Retention(keepDetail: .zero, keepSummaries: .zero, maxSizeBytes: 1))
        #expect(report.count == 0)
        #expect(try #require(report.excessBytes) == report.databaseBytes - 1)
        #expect(try CatalogReader(path: scratch.catalog).summary().hotRowCount == 1)
    }

    @Test(arguments: [1, 3, 1_000])
    func `small steps come to the same end`(limit: Int) throws {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<8)
        let (report, steps) = try pruneToTheEnd(
            catalog, now: Self.day(8), limit: limit,
            Retention(keepDetail: .seconds(3 * 86_400), keepSummaries: .seconds(5 * 86_400)))
        #expect(report.detailCount == 5 && report.summaryCount == 3)
        #expect(report.finalMomentsCount == 3)
        #expect(limit > 1 || steps >= 8)
        #expect(try states(catalog) == ["0", "0", "1", "1", "1"])
    }

    @Test func `a catalog that is too large loses detail first, then summaries, the oldest first`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<60)
        let size = try catalog.connection.pageCount * catalog.connection.pageSize
        let half = Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: size * 3 / 4)
        let (report, _) = try pruneToTheEnd(catalog, now: Self.day(60), limit: 7, half)
        #expect(report.detailCount > 5 && report.detailCount < 60)
        #expect(report.summaryCount == 0 && report.finalMomentsCount == 0)
        #expect(report.excessBytes == nil)
        #expect(report.databaseBytes <= size * 3 / 4)
        let states = try states(catalog)
        #expect(states == states.sorted())
        // Room was made for a while: nothing goes the next time.
        #expect(try catalog.prune(now: Self.day(60), limit: 7, retention: half).count == 0)
        let tiny = Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: 4096)
        let (rest, _) = try pruneToTheEnd(catalog, now: Self.day(60), limit: 7, tiny)
        #expect(rest.detailCount + report.detailCount == 60)
        #expect(rest.summaryCount == 60 && rest.finalMomentsCount == 60)
        // Runs and lifecycle are left, and that is said.
        #expect(try #require(rest.excessBytes) > 4096)
        #expect(try CatalogReader(path: scratch.catalog).runs().count == 60)
        #expect(try CatalogReader(path: scratch.catalog).problems() == [])
    }

    @Test func `what a plan says is what is done, and the plan does nothing`() throws {
        for (index, retention) in [
            Retention(keepDetail: .seconds(20 * 86_400), keepSummaries: .seconds(30 * 86_400)),
            Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: 160_000),
            Retention(keepDetail: .zero, keepSummaries: .zero, maxSizeBytes: 4096), Self.untold,
        ].enumerated() {
            let catalog = try Catalog(path: scratch.path("\(index).db"), now: .noon)
            try fill(catalog, days: 0..<40)
            let before = try catalog.connection.rows("SELECT * FROM sample_block")
            let plan = try catalog.prunePlan(now: Self.day(40), retention: retention)
            #expect(try catalog.connection.rows("SELECT * FROM sample_block") == before)
            var (report, steps) = try pruneToTheEnd(
                catalog, now: Self.day(40), limit: 16, retention)
            let returned = try catalog.returnFreePages(limit: .max)
            report.returnedBytes += returned
            report.databaseBytes -= returned
            report.hasMore = plan.hasMore
            report.isShrinking = plan.isShrinking
            #expect(report == plan)
            #expect(index == 3 ? plan.count == 0 : plan.count > 20)
            #expect(steps > 0)
            #expect(try catalog.connection.freePageCount == 0)
        }
    }

    @Test func `the file shrinks, and its log with it`() throws {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<40)
        try catalog.trimJournal()
        let before = try scratch.bytes("history.db").count
        #expect(try scratch.bytes("history.db-wal").count == 0)
        let (report, _) = try pruneToTheEnd(
            catalog, now: Self.day(400), limit: 100, Retention(keepDetail: .zero))
        #expect(report.detailCount == 40)
        _ = try catalog.returnFreePages(limit: .max)
        // A reader in the way is left alone.
        let reader = try Connection(path: scratch.catalog, mode: .readOnly)
        try reader.transaction(.deferred) {
            _ = try reader.integer("SELECT count(*) FROM run")
            try catalog.trimJournal()
            let logBytes = try scratch.bytes("history.db-wal").count
            #expect(logBytes > 0)
        }
        try catalog.trimJournal()
        #expect(try scratch.bytes("history.db-wal").count == 0)
        #expect(try scratch.bytes("history.db").count < before - 40_000)
    }

    @Test func `where no page can be returned, pruning ends all the same`() throws {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<40)
        // As a dump that was read in again is, or a copy that another tool has made.
        try catalog.connection.execute("PRAGMA auto_vacuum = NONE")
        try catalog.connection.execute("VACUUM")
        let (report, steps) = try pruneToTheEnd(
            catalog, now: Self.day(400), limit: 100, Retention(keepDetail: .zero))
        #expect(report.detailCount == 40)
        #expect(report.returnedBytes == 0)
        #expect(try catalog.connection.freePageCount > 16)
        #expect(!report.hasMore && steps < 5)
    }

    /// A run of a day with a log of 2,000 bytes.
    private func addLog(_ catalog: borrowing Catalog, day: Int64) throws -> RunID {
        let run = try catalog.begin(.web(at: Self.day(day)), of: .own).id
        var ending = RunEnding(run, at: Self.day(day), knownBy: .waited)
        ending.memoryLimitBytes = 4096
        ending.memoryLimitKind = .cgroup
        ending.cpuLimitCentipercent = 15_000
        ending.cpuThrottledNanoseconds = 0
        ending.logs = [
            RunLog(
                name: "stderr", takenAt: Self.day(day), writtenBytes: 9_000,
                tail: [UInt8](repeating: 0xff, count: 2_000))
        ]
        var batch = FlushBatch()
        batch.endings = [ending]
        batch.closed = [run]
        try catalog.flush(batch)
        // A second ending is none: what it brings is not kept.
        batch.endings[0].logs[0].tail = []
        batch.endings[0].memoryLimitBytes = 1
        try catalog.flush(batch)
        return run
    }

    @Test func `what runs wrote is kept with their end, and forgotten with detail`() throws {
        let catalog = try scratch.makeCatalog()
        let runs = try (0..<4).map { try addLog(catalog, day: $0) }
        let reader = try CatalogReader(path: scratch.catalog)
        let log = try #require(try reader.logs(of: runs[0]).first)
        #expect(log.tail.count == 2_000 && log.writtenBytes == 9_000 && log.takenAt == .noon)
        let run = try #require(try reader.runs().first { $0.id == runs[0] })
        #expect(run.memoryLimitBytes == 4096 && run.memoryLimitKind == .cgroup)
        #expect(run.cpuLimitCentipercent == 15_000 && run.cpuThrottledNanoseconds == 0)
        let (report, _) = try pruneToTheEnd(
            catalog, now: Self.day(3), limit: 1, Retention(keepDetail: .seconds(2 * 86_400)))
        #expect(report.logCount == 2 && report.logBytes == 4_000 && report.count == 2)
        #expect(try runs.map { try reader.logs(of: $0).count } == [0, 0, 1, 1])
    }

    @Test func `where there is too much, the older of detail and logs goes first`() throws {
        let catalog = try scratch.makeCatalog()
        try fill(catalog, days: 0..<20)
        let first = try addLog(catalog, day: 0)
        let last = try addLog(catalog, day: 30)
        let pages = try catalog.connection.pageCount - catalog.connection.freePageCount
        let size = try pages * catalog.connection.pageSize
        let (some, _) = try pruneToTheEnd(
            catalog, now: Self.day(40), limit: 7,
            Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: size - 4096))
        #expect(some.logCount == 1 && some.detailCount < 20)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.logs(of: first).isEmpty && reader.logs(of: last).count == 1)
        let (rest, _) = try pruneToTheEnd(
            catalog, now: Self.day(40), limit: 7,
            Retention(keepDetail: nil, keepSummaries: nil, maxSizeBytes: 4096))
        #expect(rest.logCount == 1 && rest.detailCount + some.detailCount == 20)
    }

    @Test func `looking for what is old reads an index`() throws {
        _ = try scratch.makeCatalog()
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows("EXPLAIN QUERY PLAN " + PruneStep.oldDetailQuery).map { $0[3] } == [
                """
                SEARCH b USING COVERING INDEX sample_block_by_age (has_detail=? AND at_ms<?)
                """,
                "SEARCH d USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            ])
    }
}
