internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db backup`.
struct DatabaseBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the catalog, also while it is being written.",
        discussion: """
            The copy is the catalog as it was at one instant: one file that needs no other, with mode \
            0600, which appears under its name when it is whole and checked. Recorders go on meanwhile. \
            Every command reads it with --db; to go back to it, stop what records, and put it in the \
            catalog's place without the -wal and -shm files that lie there.

            Examples:
              varve db backup history-2026-11-23.db
              varve query runs --db history-2026-11-23.db
            """)

    @Argument(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Replace the file if it exists.")
    var force = false

    @Flag(
        name: .customLong("no-check"),
        help: "Do not read the copy again to see whether it is whole.")
    var skipsCheck = false

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    @OptionGroup var catalog: CatalogOptions

    mutating func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file is empty") }
    }

    func run() throws {
        let path = try catalog.resolvedPath()
        guard !CatalogLocation.isPart(file, ofCatalog: path) else {
            throw ValidationError(
                "\(file) is the catalog itself, or a part of it: name another file")
        }
        Interruption.expect()
        let progress = ProgressLine(isQuiet: quiet)
        defer { progress.end() }
        let report: CatalogBackup.Report
        do {
            let backup = try CatalogBackup(of: path)
            report = try backup.write(
                to: file, replacing: force, checking: !skipsCheck,
                stopIf: { Interruption.signalNumber != nil },
                progress: { progress.say(Self.sentence($0)) })
        } catch {
            progress.end()
            let advice = error.code == .destinationExists ? "; --force replaces it" : ""
            Console.say("error: \(error)\(advice)".escapedForDisplay)
            throw error.code == .stopped
                ? ExitCode(128 + (Interruption.signalNumber ?? 0)) : ExitCode.failure
        }
        progress.end()
        if !quiet { Console.say("\(file.escapedForDisplay): \(Self.sentence(report))") }
    }

    private static func sentence(_ stage: CatalogBackup.Stage) -> String {
        switch stage {
        case .copied(let pages, let total):
            "copied \(pages * 100 / max(1, total)) % of \(total) pages"
        case .checking: "checking the copy"
        }
    }

    private static func sentence(_ report: CatalogBackup.Report) -> String {
        let size = "\(ByteText.format(report.byteCount)), copied in \(report.copying.compactText)"
        return report.checking.map { "\(size) and found whole in \($0.compactText)" }
            ?? "\(size), not checked"
    }
}
