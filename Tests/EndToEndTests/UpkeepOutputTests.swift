import Foundation
import HistoryModel
import HistoryStore
import Testing

/// What is said of a catalog's upkeep, to the letter.
struct UpkeepOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    /// Seals what there is, and adds two recorders and final moments.
    private func seal() throws {
        let catalog = try Catalog(path: stage.catalog, now: .now())
        let source = Source(
            kind: .varve, name: "/varve-fixed", home: nil,
            host: Host(name: "basalt", bootID: "boot-1"))
        _ = try catalog.seal(RunID(rawValue: 1))
        func instant(_ milliseconds: Int64) -> Timestamp {
            Timestamp(unixMilliseconds: Stage.noon + milliseconds)
        }
        var batch = FlushBatch()
        batch.finalMoments = [(RunID(rawValue: 1), [Sample(at: instant(0))])]
        try catalog.flush(batch)
        for life in 0..<2 as Range<Int64> {
            let session = try catalog.beginSession(
                of: source, run: nil, pid: 40 + Int32(life), poll: .seconds(1),
                interval: .seconds(10), at: instant(life * 60_000))
            guard life == 0 else { continue }
            var statistics = RecorderStatistics()
            statistics.pollCount = 59
            statistics.latePollCount = 2
            statistics.missedPollCount = 1
            statistics.slotReadCount = 177
            statistics.slotTornCount = 3
            statistics.slotSkippedCount = 4
            statistics.rowCount = 18
            statistics.droppedRowCount = 5
            statistics.flushCount = 6
            statistics.flushNanoseconds = 13_000_000
            statistics.flushMaxNanoseconds = 7_000_000
            statistics.busyRetryCount = 8
            statistics.sealedBlockCount = 9
            statistics.sealNanoseconds = 4_000_000
            statistics.writtenBytes = 1 << 20
            batch = FlushBatch()
            batch.heartbeat = .init(
                session: session, at: instant(59_000), isLast: true, statistics: statistics)
            try catalog.flush(batch)
        }
    }

    @Test func `how the recorders fare`() async throws {
        try seal()
        let end = try await stage.varve("db", "info")
        #expect(end.code == 0)
        let parts = end.text.split(separator: "\n\n", omittingEmptySubsequences: false)
        #expect(parts[0].contains("\nrows           3 (0 not sealed), of 30 samples\n"))
        #expect(parts[0].contains("\nsealed hours   1 (0 without detail)\n"))
        #expect(
            parts.last == """
                RECORDER      2                                        1
                registry      /varve-fixed                             /varve-fixed
                pid           41                                       40
                state         killed after 2026-11-23 12:01:00 +00:00  ended 2026-11-23 12:00:59 +00:00
                began         2026-11-23 12:01:00 +00:00               2026-11-23 12:00:00 +00:00
                polls         -                                        59 (2 late, 1 missed)
                slots         -                                        177 read (3 torn, 4 skipped)
                rows          -                                        18 (5 dropped)
                flushes       -                                        6 (mean 2ms, max 7ms)
                busy retries  -                                        8
                sealed        -                                        9 hours in 4ms
                written       -                                        1.0 MiB

                """)
    }

    @Test func `how the recorders fare, for programs`() async throws {
        try seal()
        let facts = try JSON(try await stage.varve("db", "info", "--format", "json").output)
        let catalog = facts["catalogs"].list[0]
        #expect(catalog["row_count"].integer == 3)
        #expect(catalog["hot_row_count"].integer == 0)
        #expect(catalog["block_count"].integer == 1)
        #expect(catalog["final_moments_count"].integer == 1)
        #expect(catalog["keep_detail_ms"].integer == Int64(14 * 86_400_000))
        #expect(catalog["recorder_sessions"].list.count == 2)
        let killed = catalog["recorder_sessions"].list[0]
        #expect(killed["state"].string == "killed")
        #expect(killed["pid"].integer == 41)
        let ended = catalog["recorder_sessions"].list[1]
        #expect(ended["state"].string == "ended")
        #expect(ended["flush_max_ns"].integer == 7_000_000)
        #expect(ended["ended_at"].string == "2026-11-23T12:00:59.000Z")
    }

    @Test func `pruning by hand says what it does, and before it what it would`() async throws {
        try seal()
        let plan = try await stage.varve(
            "db", "prune", "--keep-detail", "0", "--keep-summaries", "forever", "--dry-run",
            "--format", "json")
        #expect(plan.code == 0 && plan.errors.isEmpty)
        let bytes = try #require(
            try JSON(plan.output)["pruned"].list[0]["detail_bytes"].integer)
        #expect(bytes > 0)
        for (option, heading) in [("--dry-run", "WOULD PRUNE"), ("--format=table", "PRUNED")] {
            let end = try await stage.varve(
                "db", "prune", "--keep-detail", "0", "--keep-summaries", "forever", option)
            #expect(end.code == 0 && end.errors.isEmpty)
            #expect(
                end.text.hasPrefix(
                    """
                    \(heading)
                    detail         1 hour (\(bytes) B)
                    texts          0 (0 B)
                    summaries      0 hours
                    final moments  0
                    gaps           0
                    recorders      0
                    returned       
                    """), "\(end.text)")
        }
        let series = try await stage.varve("query", "series", "build", "--metric", "memory")
        #expect(series.code == 0)
        #expect(
            series.text.hasPrefix(
                """
                TIME                           MEMORY        MAX
                2026-11-23 12:00:01 +00:00  101.0 MiB  202.0 MiB
                """), "\(series.text)")
    }

    @Test func `what cannot be made small enough is said`() async throws {
        let end = try await stage.varve("db", "prune", "--max-size", "4KiB", "--format", "json")
        #expect(end.code == 0)
        let excess = try #require(
            try JSON(end.output)["pruned"].list[0]["excess_bytes"].integer)
        #expect(
            end.errors == """
                varve: \(stage.catalog) is still \(ByteText.format(excess)) larger than it may be: only \
                runs, their lifecycle and rows that are not sealed yet are left

                """)
    }

    @Test func `a catalog that is not there is not made to be pruned`() async throws {
        let missing = stage.catalog + "-missing"
        let end = try await stage.varve("db", "prune", "--db", missing)
        #expect(end.code == 1)
        #expect(end.output.isEmpty)
        #expect(
            end.errors.hasPrefix(
                "varve: error: no catalog at \(missing): nothing was recorded there"))
        #expect(!FileManager.default.fileExists(atPath: missing))
    }

    @Test func `an hour that cannot be read is a warning`() async throws {
        try seal()
        try stage.tamper("UPDATE sample_detail SET detail = x'00'")
        let end = try await stage.varve("query", "series", "build")
        #expect(end.code == 0)
        #expect(
            end.errors == """
                varve: warning: run 1 of 'build', hour 2026-11-23T12:00:00.000Z: the block has format \
                0, written by a newer varve; this one reads format 1; the hour is shown by its summary

                """)
        let check = try await stage.varve("db", "check")
        #expect(check.code == 1)
        #expect(
            check.text == """
                PROBLEM
                run 1 of 'build', hour 2026-11-23T12:00:00.000Z: the block has format 0, written by a \
                newer varve; this one reads format 1

                """)
    }
}
