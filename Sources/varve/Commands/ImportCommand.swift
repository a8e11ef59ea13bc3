internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over history from elsewhere.",
        discussion: """
            FILE is CSV, or a database of microsandbox 0.4 and before (its table sandbox_metric). The \
            first line of CSV names the columns: ts (Unix seconds) or at (RFC 3339); sandbox and \
            run_id if there are several; cpu_percent, memory_bytes and other levels; disk_read_bytes, \
            cpu_time_ns and other totals since the start. Nothing in a field means not measured.

            Each sandbox, or each of its run ids, becomes one run that has ended. The same file twice \
            changes nothing; a longer version of it adds what is new. Of a file with a malformed line \
            nothing is taken.
            """)

    @Argument(
        help: ArgumentHelp("The files; - is standard input.", valueName: "file"),
        completion: .file())
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "What the file is called in the catalog, instead of its own name.", valueName: "name"))
    var name: String?

    @Flag(name: .shortAndLong, help: "Print warnings and errors only.")
    var quiet = false

    @OptionGroup var catalog: CatalogOptions

    mutating func validate() throws {
        guard name == nil || files.count == 1 else {
            throw ValidationError("--name is for one file")
        }
        guard name?.isEmpty != true else { throw ValidationError("--name needs a name") }
    }

    func run() throws {
        let path = try catalog.resolvedPath()
        for file in files {
            let progress = ProgressLine(isQuiet: quiet)
            defer { progress.end() }
            let shown = file.escapedForDisplay
            let runs = try ImportFile(path: file, name: name).collect {
                progress.say("reading \(shown): \(Self.text(of: $0))")
            }
            // Opened only now: a file that cannot be read makes no catalog.
            let catalog = try Catalog(path: path, now: .now(), patience: .seconds(30))
            let report = try catalog.add(runs, on: Host.current()) { report in
                progress.say("writing: \(report.runCount) of \(runs.runCount) runs")
            }
            progress.end()
            say(of: runs, report, file: shown)
        }
    }

    private func say(of runs: CollectedRuns, _ report: ImportReport, file: String) {
        for warning in runs.warnings { Console.say("warning: \(file): \(warning)") }
        if runs.implausibleCount > 0 {
            let count = runs.implausibleCount
            Console.say(
                "warning: \(file): \(count) \(count == 1 ? "value is" : "values are") impossible "
                    + "(negative, infinite, not a number or above 2^63-1), and taken as not measured"
            )
        }
        if !quiet { Console.say("\(file): \(report.sentence)") }
    }

    private static func text(of progress: ImportFile.Progress) -> String {
        guard let total = progress.total, total > 0 else { return "\(progress.rowCount) samples" }
        let percent = min(100, Double(progress.done) / Double(total) * 100)
        return "\(Int(percent)) %, \(progress.rowCount) samples"
    }
}

extension ImportReport {
    /// What was done, for people.
    var sentence: String {
        func runs(_ count: Int) -> String { "\(count) \(count == 1 ? "run" : "runs")" }
        guard runCount > 0 else { return "no samples in it" }
        var parts: [String] = []
        if addedCount > 0 { parts.append("added \(runs(addedCount))") }
        if grownCount > 0 { parts.append("brought \(runs(grownCount)) up to date") }
        let samples = rowCount > 0 ? ", \(rowCount) \(rowCount == 1 ? "sample" : "samples")" : ""
        if unchangedCount > 0 { parts.append("already there: \(runs(unchangedCount))") }
        return parts.joined(separator: ", ") + samples
    }
}
