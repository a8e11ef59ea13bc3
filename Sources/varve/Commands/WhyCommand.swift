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

    @Option(
        help: ArgumentHelp(
            "text, markdown or json. Default: text, on a terminal with colour and as wide as it.",
            valueName: "format"))
    var format: WhyFormat?

    @Option(
        help: ArgumentHelp(
            "Write a page for a browser to this file, in place of the answer; '-' is standard output.",
            valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(
        name: .customLong("no-pager"),
        help:
            "Print a long page straight to the terminal, not through $VARVE_PAGER, $PAGER or less."
    )
    var noPager = false

    @OptionGroup var catalog: CatalogOptions

    mutating func validate() throws {
        if html != nil, format != nil {
            throw ValidationError("--html is a format of its own: leave --format out")
        }
        if html?.isEmpty == true { throw ValidationError("--html takes the name of a file") }
    }

    func run() throws {
        let caseFile = try catalog.reading { reader in
            try reader.caseFile(of: wanted.reference, askedAt: .now())
        }
        let postMortem = PostMortem(of: caseFile)
        if let html { return try write(BrowserPage(of: postMortem, in: .current), to: html) }
        try print(postMortem)
    }

    private func write(_ page: BrowserPage, to file: String) throws {
        guard file == "-" else { return try PageFile(path: file).write(page.html.markup) }
        try StandardOutput.printing(on: .none, throughPager: false) {
            output, _ throws(OutputError) in
            try output.write(page.html.markup)
        }
    }

    private func print(_ postMortem: PostMortem) throws {
        let terminal = format == nil ? Terminal.of() : .none
        try StandardOutput.printing(on: terminal, throughPager: format == nil && !noPager) {
            output, terminal throws(OutputError) in
            switch format {
            case .markdown: try output.write(MarkdownDocument(postMortem).text)
            case .json: try WhyPrinter.printObject(postMortem, to: output)
            case .text, nil: try WhyPrinter.printPage(postMortem, to: output, on: terminal)
            }
        }
    }
}

/// How `varve why` prints: `--format`.
enum WhyFormat: String, CaseIterable, ExpressibleByArgument, Hashable, Sendable {
    /// A page of 80 columns, without colour.
    case text
    /// A document.
    case markdown
    /// One object, in base units and UTC.
    case json
}
