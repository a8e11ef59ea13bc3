internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db`.
struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look after the catalog.",
        subcommands: [
            DatabaseInfo.self, DatabaseCheck.self, DatabasePrune.self, ImportCommand.self,
            DatabaseExport.self, DatabaseBackup.self, DatabaseRepair.self,
        ])
}

/// `varve db check`.
struct DatabaseCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for damage in the catalog; reads all of it.")

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let path = try catalog.resolvedPath()
        let problems = try catalog.reading { try $0.problems() }
        try printing.print(
            problems, [Field("problem", heading: "PROBLEM") { .text($0) }], listName: "problems",
            emptyNote: "\(path) is whole: no damage, no dangling reference")
        guard problems.isEmpty else {
            Console.say(
                "\(path) is damaged: `varve db repair -o FILE` brings what can be read into a new one"
            )
            throw ExitCode(1)
        }
    }
}
