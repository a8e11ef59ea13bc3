internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query lifecycle`.
struct QueryLifecycle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lifecycle",
        abstract: "What happened to a run, in order.")

    @OptionGroup var named: RunArgument
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let (run, events) = try catalog.reading { reader in
            let run = try reader.run(named.reference)
            return (run, try reader.lifecycle(of: run.id))
        }
        try printing.print(
            events, EventFields.all(of: run), listName: "events",
            emptyNote: "nothing is recorded of run \(run.id)")
    }
}
