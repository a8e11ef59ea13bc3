internal import ArgumentParser
internal import HistoryModel
internal import PostMortem

/// How a command prints a page: on a terminal, as a document, as data, or for a browser.
struct PageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "text, markdown or json. Default: text, on a terminal with colour and as wide as it.",
            valueName: "format"))
    var format: PageFormat?

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

    mutating func validate() throws {
        if html != nil, format != nil {
            throw ValidationError("--html is a format of its own: leave --format out")
        }
        if html?.isEmpty == true { throw ValidationError("--html takes the name of a file") }
    }

    /// Prints what is asked for; the others are not made.
    func print(
        lines: (_ width: Int) -> [PageLine], markdown: () -> String, page: () -> HTMLText,
        json: (StandardOutput) throws(OutputError) -> Void
    ) throws {
        if let html {
            guard html == "-" else { return try PageFile(path: html).write(page().markup) }
            return try StandardOutput.printing(on: .none, throughPager: false) {
                output, _ throws(OutputError) in
                try output.write(page().markup)
            }
        }
        let terminal = format == nil ? Terminal.of() : .none
        try StandardOutput.printing(on: terminal, throughPager: format == nil && !noPager) {
            output, terminal throws(OutputError) in
            switch format {
            case .markdown: try output.write(markdown())
            case .json: try json(output)
            case .text, nil:
                for line in lines(terminal.columns ?? Self.usualWidth) {
                    try output.write(line.styled(on: terminal) + "\n")
                }
            }
        }
    }

    /// Columns where nothing bounds a line.
    private static let usualWidth = 80
}

extension PageLine {
    /// The line with the colours that the terminal knows.
    func styled(on terminal: Terminal) -> String {
        spans.map { TextStyle($0.tone).applied(to: $0.text, on: terminal) }.joined()
    }
}

/// How a page is printed: `--format`.
enum PageFormat: String, CaseIterable, ExpressibleByArgument, Hashable, Sendable {
    /// A page of 80 columns, without colour.
    case text
    /// A document.
    case markdown
    /// One object, in base units and UTC.
    case json
}
