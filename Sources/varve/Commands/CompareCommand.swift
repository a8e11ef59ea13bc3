internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore
internal import PostMortem

/// `varve compare`.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Two runs side by side, each from its own start.",
        discussion: """
            What differs by more than runs of the same program do, in one sentence; the figures of both \
            with their difference and ratio; both in small charts on one axis and one scale; why each \
            ended. The difference is the second less the first, the ratio the second over the first.

            --format json is one object, {"comparison": {"sentence", "runs": [{"run_id", "sandbox", \
            "started_at", "terminated_at", "status", "exit_code", "exit_signal", "cause", "verdict"}], \
            "figures": [{"key", "unit", "first", "second", "difference", "ratio", "differs"}]}}, with base \
            units (ms, ns, bytes, percent, count) and UTC; null is not known.

            Examples:
              varve compare build~1 build
              varve compare 17 23 --format markdown
              varve compare build~1 build --html both.html
              varve compare 17 23 --format json | jq '.comparison.figures[] | select(.differs)'
            """)

    @Argument(
        help: ArgumentHelp(
            "The run to compare with: an id, a sandbox's name (its latest run), or NAME~N.",
            valueName: "first-run"),
        completion: NameCompletion.sandboxes)
    var first: String

    @Argument(
        help: ArgumentHelp("The run that is compared with it.", valueName: "second-run"),
        completion: NameCompletion.sandboxes)
    var second: String

    @OptionGroup var page: PageOptions
    @OptionGroup var catalog: CatalogOptions

    func run() throws {
        let now = Timestamp.now()
        let comparison = try catalog.reading { reader in
            let first = try reader.caseFile(of: RunReference(first), askedAt: now)
            let second = try reader.caseFile(of: RunReference(second), askedAt: now)
            return RunComparison(PostMortem(of: first), PostMortem(of: second))
        }
        try page.print(
            lines: { ComparisonPage(comparison, width: $0).lines },
            markdown: { ComparisonPage.markdown(comparison) },
            page: { ComparisonBrowserPage(of: comparison, in: .current).html },
            json: { output throws(OutputError) in
                try ReportPrinter.print(
                    "comparison", ReportFields.comparison(comparison), to: output)
            })
        let problems = [comparison.first, comparison.second].flatMap(\.caseFile.problems)
        for problem in problems { Console.say("warning: \(problem)".escapedForDisplay) }
    }
}
