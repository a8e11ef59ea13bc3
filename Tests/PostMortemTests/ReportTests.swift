import HistoryModel
import HistoryStore
import Testing

@testable import PostMortem

/// The report on a period of runs that were made up.
struct ReportTests {
    private static func run(
        _ id: Int64, _ sandbox: String = "web", at minute: Int64, minutes: Int64 = 2,
        code: Int32? = 0, signal: Int32? = nil, peak: Int64? = nil, limit: Int64? = nil,
        on host: String = "basalt"
    ) -> RunOutline {
        var run = RunOutline(
            id: RunID(rawValue: id), sandbox: .made(sandbox, on: host), status: .terminated,
            startedAt: .noon(minute * 60_000))
        run.terminatedAt = .noon((minute + minutes) * 60_000)
        run.durationMilliseconds = minutes * 60_000
        (run.exitCode, run.exitSignal) = (code, signal)
        run.terminationReason = code == 0 ? .completed : .failed
        run.memoryPeakBytes = peak
        run.memoryLimitBytes = limit
        run.sampleCount = 10
        return run
    }

    /// Two days that begin at noon.
    private static func period(_ runs: [RunOutline]) -> Period {
        var period = Period(from: .noon, until: .noon(2 * 86_400_000))
        period.runs = runs
        return period
    }

    private static func report(_ period: Period) -> PeriodReport {
        PeriodReport(period, askedAt: period.until, zone: .utc)
    }

    private static func made() -> Period {
        var running = run(9, "db", at: 100)
        running.status = .running
        (running.terminatedAt, running.durationMilliseconds, running.exitCode) = (nil, nil, nil)
        var period = period([
            run(1, at: 10), run(2, at: 20, code: 1), run(3, at: 30, code: 1),
            run(4, at: 40, code: 1),
            run(5, "ci", at: 1_500, code: nil, signal: 9, peak: 255 << 20, limit: 256 << 20),
            run(6, "ci", at: 1_600, code: nil, signal: 11), running,
            run(8, "batch", at: 50, minutes: 300, peak: 20 << 20, limit: 4 << 30),
            run(10, "before", at: -90, minutes: 100),
        ])
        period.endedBefore = 50
        period.failedBefore = 1
        period.gaps = []
        return period
    }

    @Test func `runs are counted once, in the day in which they ended`() {
        let report = Self.report(Self.made())
        #expect(report.runCount == 9 && report.startedCount == 8 && report.runningCount == 1)
        #expect(report.tally == .init(ended: 8, failed: 5))
        #expect(report.units.map(\.name) == ["2026-11-23", "2026-11-24", "2026-11-25"])
        #expect(report.units.map(\.tally.ended) == [6, 2, 0])
        #expect(report.units.map(\.tally.failed) == [3, 2, 0])
        #expect(
            report.sentence
                == "8 runs ended, 5 of them failed (62.5 %); in the same time before it was less: "
                + "2.0 % of 50. The most frequent cause is exited (3).")
    }

    @Test func `failures have their cause, and a sandbox its loop`() throws {
        let report = Self.report(Self.made())
        #expect(report.causes.map(\.kind) == [.exited, .crashed, .memoryLimit])
        #expect(report.causes.map(\.count) == [3, 1, 1])
        #expect(report.causes[0].latest.id == RunID(rawValue: 4))
        let web = try #require(report.sandboxes.first { $0.identity.name == "web" })
        #expect(web.loop?.count == 3 && web.loop?.first.id == RunID(rawValue: 2))
        #expect(web.tally == .init(ended: 4, failed: 3) && web.mainCause == .exited)
        #expect(report.sandboxes.count { $0.loop != nil } == 1)
        let db = try #require(report.sandboxes.first { $0.identity.name == "db" })
        #expect(db.longest?.milliseconds == 166_800_000)
    }

    @Test func `sandboxes of one name on two machines, or in two registries, are two`() {
        let here = (1...4).map { Self.run($0, at: $0 * 10, code: 1) }
        let there = (5...6).map { Self.run($0, at: $0 * 10, code: 2, on: "granite\u{1b}") }
        var period = Self.period(here + there + [Self.run(7, "db", at: 9, code: 3)])
        period.usageOfSandboxes = [
            .made("web"): Usage(), .made("web", on: "granite\u{1b}"): Usage(), .made("db"): Usage(),
        ]
        let report = Self.report(period)
        #expect(report.sandboxes.map(\.identity.host) == ["basalt", "basalt", "granite\u{1b}"])
        #expect(report.sandboxes.map(\.tally.failed) == [1, 4, 2])
        #expect(report.causes.map(\.sandboxCount) == [3])
        // The runs of the other machine do not break the loop of this one.
        #expect(report.sandboxes[1].loop?.count == 4 && report.sandboxes[2].loop == nil)
        let text = ReportPage(report, width: 100, zone: .utc).lines.map(\.text)
        #expect(text.contains { $0.hasPrefix("  web on basalt ") })
        #expect(text.contains { $0.hasPrefix("  web on granite\\u{1b} ") })
        #expect(text.contains { $0.hasPrefix("  db ") })
        let html = ReportBrowserPage(of: report, in: .utc).html.markup
        #expect(html.contains("<bdi>web on granite\\u{1b}</bdi>"))
        #expect(ReportPage.markdown(report).contains("web on basalt"))
        // On one machine the registry tells.
        let names = SandboxNames(of: [
            .made("web"), .made("web", in: "/varve-2"), .made("web", on: "slate"), .made("db"),
        ])
        #expect(names[.made("web")] == "web on basalt in /varve-1")
        #expect(names[.made("web", in: "/varve-2")] == "web on basalt in /varve-2")
        #expect(names[.made("web", on: "slate")] == "web on slate")
        #expect(names[.made("db")] == "db")
        let near = SandboxNames(of: [.made("web"), .made("web", in: "/varve-2")])
        #expect(near[.made("web")] == "web in /varve-1")
    }

    @Test func `limits that do not fit are told with a size that does`() {
        let report = Self.report(Self.made())
        #expect(report.sizings.map(\.sandbox.name) == ["ci", "batch"])
        #expect(report.sizings.map(\.isTooSmall) == [true, false])
        #expect(report.sizings[0].advisedBytes == 320 << 20)
        #expect(report.sizings[1].advisedBytes == 24 << 20)
    }

    @Test(arguments: EndTests.ends.map(\.made))
    func `the cause of a failed run is that of its post-mortem`(made: MadeCase) {
        let run = made.file.run
        var outline = RunOutline(
            id: run.id, sandbox: .made(run.sandbox), status: run.status, startedAt: run.startedAt)
        (outline.exitCode, outline.exitSignal) = (run.exitCode, run.exitSignal)
        outline.terminationReason = run.terminationReason
        outline.terminatedAt = run.terminatedAt
        // What is no failure has no cause to tell.
        guard outline.hasFailed else { return }
        let cause = Finding.Kind.cause(
            ofFailed: outline, events: made.file.events)
        // A report reads no logs, as its help says: a boot error in one it counts by its exit code.
        var unread = made.file
        unread.logs = []
        let verdict = PostMortem(of: unread).verdict.cause
        // Gaps tell of a restart of the machine; a report does not look for those of each run.
        #expect(cause == verdict || cause == .unknown && verdict == .hostRestarted)
    }

    @Test func `the page of a period that was made up`() {
        let page = ReportPage(Self.report(Self.made()), zone: .utc)
        let text = page.lines.map(\.text).joined(separator: "\n")
        #expect(text == Self.golden)
    }

    private static let golden = """
        Runs from 2026-11-23 12:00:00 +00:00 to 2026-11-25 12:00:00 +00:00

        8 runs ended, 5 of them failed (62.5 %); in the same time before it was less:
        2.0 % of 50. The most frequent cause is exited (3).

        Day by day
          DAY         ENDED  FAILED     RATE
          2026-11-23      6       3   50.0 %  ████████
          2026-11-24      2       2  100.0 %  ████████████████
          2026-11-25      0       0        -

        Why they failed
          CAUSE         RUNS   SHARE  SANDBOXES  LATEST RUN  ENDED WITH
          exited           3  60.0 %          1           4  exit code 1 (3)
          crashed          1  20.0 %          1           6  SIGSEGV (1)
          memory limit     1  20.0 %          1           5  SIGKILL (1)

        Sandboxes with most failures
          SANDBOX  FAILED  ENDED     RATE  LATEST RUN  MOSTLY
          web           3      4   75.0 %           4  exited
          ci            2      2  100.0 %           6  crashed

        Restart loops
          SANDBOX  IN A ROW  EACH WITH        FOR  FIRST RUN  FROM
          web             3  exit code 1  22m 00s          2  2026-11-23 12:20:00 +00:00

        Longest runs
          SANDBOX    TOOK  RUN  ENDED WITH
          db       1d 22h    9  running
          batch    5h 00m    8  exit code 0
          before   1h 40m   10  exit code 0
          ci       2m 00s    5  SIGKILL
          web      2m 00s    1  exit code 0

        Hungriest sandboxes
          SANDBOX   MEM PEAK      LIMIT  % LIMIT  RUN  CPU TIME
          ci       255.0 MiB  256.0 MiB    100 %    5         -
          batch     20.0 MiB    4.0 GiB      0 %    8         -

        Memory limits that do not fit
          SANDBOX  LIMIT IS        PEAK      LIMIT    ADVISED  RUN
          ci       too small  255.0 MiB  256.0 MiB  320.0 MiB    5
          batch    too large   20.0 MiB    4.0 GiB   24.0 MiB    8

        What was not recorded
          No standing recorder (`varve record`) has worked on this catalog: each `varve
          run` recorded itself.
        """

    @Test func `a long period is told month by month`() {
        var period = Period(from: .noon, until: .noon(400 * 86_400_000))
        period.runs = [Self.run(1, at: 5)]
        let report = Self.report(period)
        #expect(report.calendar == .month && report.units.count == 14)
        #expect(report.units.map(\.tally.ended).reduce(0, +) == 1)
    }

    @Test func `a period without an end of a run says so`() {
        var period = Period(from: .noon, until: .noon(86_400_000))
        var run = Self.run(1, at: 5)
        run.status = .running
        period.runs = [run]
        #expect(
            Self.report(period).sentence == "No run ended in this time; 1 run went on.")
    }

    @Test(arguments: 0..<100)
    func `counts are those of brute force, whatever the rows say`(seed: UInt64) {
        var random = Seeded(state: seed &* 0x51_7cc1_b727_220a | 1)
        let (from, until) = (Timestamp.noon, Timestamp.noon(3 * 86_400_000))
        var period = Period(from: from, until: until)
        for id in 0..<Int64(random.next() % 80) {
            var run = RunOutline(
                id: RunID(rawValue: id),
                sandbox: .made(["a|b", "\u{1b}c", "<b>"][Int(random.next() % 3)]),
                status: random.next() % 5 == 0 ? .running : .terminated,
                startedAt: random.next() % 2 == 0
                    ? .init(unixMilliseconds: random.extreme())
                    : .noon(Int64(random.next() % 300_000_000)))
            run.terminatedAt =
                random.next() % 2 == 0
                ? .init(unixMilliseconds: random.extreme())
                : .noon(Int64(random.next() % 300_000_000))
            run.durationMilliseconds = random.next() % 3 == 0 ? nil : random.extreme()
            run.exitCode = random.next() % 2 == 0 ? Int32(random.next() % 3) : nil
            run.exitSignal = random.next() % 4 == 0 ? Int32(truncatingIfNeeded: random.next()) : nil
            run.memoryLimitBytes = random.extreme()
            run.memoryPeakBytes = random.next() % 3 == 0 ? nil : random.extreme()
            run.memoryMaxBytes = random.next() % 3 == 0 ? nil : random.extreme()
            period.runs.append(run)
        }
        let report = Self.report(period)
        let ended = period.runs.filter {
            $0.status == .terminated && $0.terminatedAt! >= from && $0.terminatedAt! < until
        }
        let failed = ended.filter(\.hasFailed)
        #expect(report.tally == .init(ended: ended.count, failed: failed.count))
        #expect(report.causes.reduce(0) { $0 + $1.count } == failed.count)
        #expect(report.units.reduce(0) { $0 + $1.tally.ended } == ended.count)
        #expect(report.sandboxes.reduce(0) { $0 + $1.tally.failed } == failed.count)
        for unit in report.units {
            let within = ended.filter {
                $0.terminatedAt! >= unit.from && $0.terminatedAt! < unit.until
            }
            #expect(unit.tally.ended == within.count, "seed \(seed), \(unit.name)")
            #expect(unit.tally.failed == within.count { $0.hasFailed })
        }
        for sandbox in report.sandboxes {
            let own = period.runs.filter { $0.sandbox == sandbox.identity }
            #expect(sandbox.runCount == own.count)
            #expect(
                sandbox.hungriest?.highestMemoryBytes
                    == own.compactMap(\.highestMemoryBytes).filter { $0 >= 0 }.max())
        }
        for width in [0, 60, 80, 200] {
            for line in ReportPage(report, width: width, zone: .utc).lines {
                #expect(line.text.displayWidth <= max(60, width), "seed \(seed): \(line.text)")
                #expect(!line.text.unicodeScalars.contains { $0.isUnsafeToDisplay })
            }
        }
        let html = ReportBrowserPage(of: report, in: .utc).html.markup
        #expect(!html.contains("<b></bdi>") && !html.contains("\u{1b}"))
        #expect(!ReportPage.markdown(report).contains("<b>"))
    }
}

extension SandboxIdentity {
    static func made(
        _ name: String, in registry: String = "/varve-1", on host: String = "basalt"
    ) -> SandboxIdentity {
        SandboxIdentity(name, kind: .varve, registry: registry, host: host)
    }
}
