internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore
internal import PostMortem

/// `varve why`.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Why a run ended, and what led to it.",
        discussion: """
            A verdict of one sentence; what was found, with the values that it rests on and where they \
            come from; the run and its end in small charts; its last samples. Each finding says how sure \
            it is: certain (it is proved), likely (it speaks for itself) or possible. That nobody knows \
            is an answer, too. Of a run that goes on it says whether anything looks wrong.

            On a terminal it is as wide as that. --format text is what a pipe gets: 80 columns, no \
            colour. --format markdown is a document for an incident. --format json is one object, \
            {"why": [{"run_id", …, "verdict": {"cause", "certainty", "sentence"}, "findings": [{"kind", \
            "weight", "certainty", "sentence", "from", "to", "evidence": [{"name", "value", "unit", \
            "at", "from"}], "advice"}], …}]}, with base units and UTC.

            --html makes one file for a browser that loads nothing and can be mailed. It holds the \
            command line and the ends of logs, so only you may read it.

            Examples:
              varve why build
              varve why build~1
              varve why 17 --format markdown > incident.md
              varve why build --html report.html
              varve why web --format json | jq -r '.why[0].verdict.cause'
            """)

    @OptionGroup var wanted: RunArgument

    @OptionGroup var page: PageOptions
    @OptionGroup var catalog: CatalogOptions

    func run() throws {
        let caseFile = try catalog.reading { reader in
            try reader.caseFile(of: wanted.reference, askedAt: .now())
        }
        let postMortem = PostMortem(of: caseFile)
        try page.print(
            lines: { PostMortemPage(postMortem, width: $0).lines },
            markdown: { MarkdownDocument(postMortem).text },
            page: { BrowserPage(of: postMortem, in: .current).html },
            json: { output throws(OutputError) in
                try WhyPrinter.printObject(postMortem, to: output)
            })
    }
}
