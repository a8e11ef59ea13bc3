internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve bundle`.
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Put all that is known of a run into one file, to give to others.",
        discussion: """
            The file is a small catalog: the run whole (its samples, events, final moments, logs), and \
            what explains it of earlier runs of its sandbox and of runs that were alive at its end. \
            Every command reads it with --db. It is written with mode 0600.

            Examples:
              varve bundle web -o web.varve
              varve bundle web~1 -o web.varve --redact labels,command
              varve query runs --db web.varve
            """)

    @OptionGroup var named: RunArgument

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "What to leave out, separated by commas: labels, command, logs, host, or all.",
            valueName: "what"),
        completion: .list(RedactionArgument.words))
    var redact: [RedactionArgument] = []

    @Flag(help: "Replace the file if it exists.")
    var force = false

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    @OptionGroup var catalog: CatalogOptions

    mutating func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output needs the name of a file") }
    }

    func run() throws {
        let redactions = redact.reduce(into: Set<BundleRedaction>()) { $0.formUnion($1.redactions) }
        if !force, CatalogLocation.exists(output) {
            Console.say("error: \(output) exists already; --force replaces it".escapedForDisplay)
            throw ExitCode.failure
        }
        let report = try catalog.reading { reader in
            if reader.isCatalog(at: output) {
                throw ValidationError(
                    "\(output) is the catalog itself, or a part of it: name another file")
            }
            return try reader.writeBundle(
                of: named.reference, to: output, replacing: force, redacting: redactions,
                now: .now())
        }
        guard !quiet else { return }
        Console.say(sentence(report, redactions).escapedForDisplay)
    }

    private func sentence(_ report: BundleReport, _ redactions: Set<BundleRedaction>) -> String {
        let others =
            switch report.otherRunCount {
            case 0: "alone"
            case 1: "and what explains it of 1 other run"
            default: "and what explains it of \(report.otherRunCount) other runs"
            }
        let left = redactions.map(\.rawValue).sorted().joined(separator: ", ")
        return "\(output): run \(report.run.id) of '\(report.run.sandbox)' \(others)"
            + (left.isEmpty ? "" : ", without \(left)")
    }
}

/// What a bundle leaves out, as words of the command line.
struct RedactionArgument: ExpressibleByArgument {
    let redactions: Set<BundleRedaction>

    static let words = BundleRedaction.allCases.map(\.rawValue) + ["all"]

    init?(argument: String) {
        var redactions: Set<BundleRedaction> = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            if word == "all" {
                redactions.formUnion(BundleRedaction.allCases)
            } else if let redaction = BundleRedaction(rawValue: String(word)) {
                redactions.insert(redaction)
            } else {
                return nil
            }
        }
        self.redactions = redactions
    }
}
