internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore
internal import PostMortem

/// `varve report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "A period for a team: what ran, what failed and why, what was large.",
        discussion: """
            Of the last seven days, unless --since says otherwise: the failure rate day by day and \
            against the same time before, causes, the worst sandboxes, restart loops, memory limits \
            that do not fit, what was used and what was not recorded. Some failures are looked into; \
            `varve why RUN` does so for any. Causes in the table are those that a run's row and events \
            tell; a post-mortem may find more in its samples and logs.

            --format json is one object, {"report": {"from", "until", "ended_count", "failed_count", \
            "failure_rate", "before", "days" or "months", "causes", "examples", "sandboxes", \
            "memory_limits", "usage", "gaps", "recorder_absences", …}}, with base units and UTC; rates \
            are parts of 1, null is not known. Without any run in the period it ends with 4.

            Examples:
              varve report
              varve report --since 30d --label team=web
              varve report --since yesterday --until today --sandbox 'ci-*' --format markdown
              varve report --html week.html
            """)

    @OptionGroup var window: WindowOptions
    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var catalog: CatalogOptions

    /// A week, in milliseconds.
    private static let usualLength: Int64 = 7 * 86_400_000

    func run() throws {
        let now = Timestamp.now()
        let range = try window.range(now: now)
        let until = range.end ?? now
        let from = range.start ?? until.advanced(byMilliseconds: -Self.usualLength)
        guard from < until else {
            throw ValidationError(
                "--since (\(from.rfc3339)) must lie before --until (\(until.rfc3339))")
        }
        let query = filter.query(range: .unbounded)
        let progress = ProgressLine()
        let (report, hint) = try catalog.reading { reader in
            let report = try reader.report(
                from: from, until: until, matching: query, now: now
            ) { progress.say("read \($0) runs") }
            return (report, report.runCount == 0 ? try reader.hint(for: query) : nil)
        }
        progress.end()
        guard report.runCount > 0 else {
            Console.say(
                hint
                    ?? "no run was alive from \(from.rfc3339) to \(until.rfc3339)\(filterWords); "
                    + "--since takes another begin, `varve db info` says what is there")
            throw ExitCode.nothingInWindow
        }
        try page.print(
            lines: { ReportPage(report, width: $0).lines },
            markdown: { ReportPage.markdown(report) },
            page: { ReportBrowserPage(of: report, in: .current).html },
            json: { output throws(OutputError) in
                try ReportPrinter.print("report", ReportFields.report(report), to: output)
            })
        for problem in report.problems { Console.say("warning: \(problem)".escapedForDisplay) }
    }

    private var filterWords: String {
        filter.sandbox == nil && filter.labels.isEmpty ? "" : " that fits what was asked for"
    }
}
