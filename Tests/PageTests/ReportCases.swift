import HistoryModel
import HistoryStore

@testable import PostMortem

extension Cases {
    /// Every page, by its name.
    static let pageNames =
        all.map(\.name) + ["compare", "compare-hostile", "report", "report-hostile"]

    /// The page `name`; `nil` if there is none.
    static func page(_ name: String) -> String? {
        switch name {
        case "compare": compared(hostile: false)
        case "compare-hostile": compared(hostile: true)
        case "report": reported(hostile: false)
        case "report-hostile": reported(hostile: true)
        default: all.first { $0.name == name }?.make().markup
        }
    }

    /// A run that was killed beside one that was not, or two with hostile texts.
    static func compared(hostile: Bool) -> String {
        var first = hostile ? Cases.hostile() : thirtyDaysAtOnce()
        first.caseFile.run.id = RunID(rawValue: 41)
        let comparison = RunComparison(first, hostile ? Cases.hostile() : outOfMemory())
        return ComparisonBrowserPage(of: comparison, in: zone).html.markup
    }

    private static func thirtyDaysAtOnce() -> PostMortem {
        var run = run(milliseconds: 1_500_000)
        (run.exitCode, run.terminationReason) = (0, .completed)
        run.usage.memoryMaxBytes = 300 << 20
        run.usage.cpuTimeNanoseconds = 900_000_000_000
        return PostMortem(
            of: CaseFile(
                of: run, askedAt: instant(2_400_000),
                history: series(of: run, count: 150, length: 10_000)))
    }

    /// A week of a team, its names hostile if wanted.
    static func reported(hostile: Bool) -> String {
        var period = Period(from: noon, until: instant(7 * 86_400_000))
        func sandbox(_ name: String) -> SandboxIdentity {
            SandboxIdentity(
                name, kind: .varve, registry: hostile ? hostileTexts.joined() : "/varve-fixed",
                host: "basalt")
        }
        let names = hostile ? hostileTexts : ["web", "ci-build", "thumbnails", "search-index"]
        for index in 0..<400 {
            var run = RunOutline(
                id: RunID(rawValue: Int64(index + 1)), sandbox: sandbox(names[index % names.count]),
                status: .terminated, startedAt: instant(Int64(index) * 1_500_000))
            run.durationMilliseconds = 60_000 + Int64(index * 7919 % 900_000)
            run.terminatedAt = run.startedAt.advanced(byMilliseconds: run.durationMilliseconds ?? 0)
            run.memoryLimitBytes = index % 4 == 3 ? 8 << 30 : 512 << 20
            run.memoryPeakBytes = Int64(index % 97 + 30) << 20
            run.sampleCount = 60
            switch index % 23 {
            case 0: run.exitCode = 1
            case 1: (run.exitSignal, run.memoryPeakBytes) = (9, run.memoryLimitBytes)
            case 2: run.exitSignal = 11
            default: run.exitCode = 0
            }
            if index % names.count == 1, index > 300 { run.exitCode = 127 }
            period.runs.append(run)
            period.usageOfSandboxes[run.sandbox, default: Usage()].runCount += 1
            period.usageOfSandboxes[run.sandbox]?.cpuTimeNanoseconds = Int64(index) << 34
        }
        (period.endedBefore, period.failedBefore) = (380, 21)
        period.problems = hostile ? hostileTexts : []
        period.recorders = [
            RecorderPresence(
                registry: hostile ? hostileTexts.joined() : "/varve-fixed", host: "basalt",
                absences: [.init(from: instant(90_000_000), to: instant(97_200_000))])
        ]
        var report = PeriodReport(period, askedAt: period.until, zone: zone)
        if hostile { report.filters = hostileTexts }
        report.examples = [
            PeriodReport.Example(
                run: RunID(rawValue: 390), sandbox: sandbox(names[1]), endedAt: nil, count: 25,
                verdict: outOfMemory().verdict, advice: "Give it more memory.")
        ]
        return ReportBrowserPage(of: report, in: zone).html.markup
    }
}
