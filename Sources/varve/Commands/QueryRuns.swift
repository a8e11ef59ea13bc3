internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query runs`.
struct QueryRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "How each run ended, for how long it ran, and what it used.")

    @OptionGroup var filter: RunFilterOptions

    @Option(help: ArgumentHelp("Only runs that are running or terminated.", valueName: "status"))
    var status: StatusArgument?

    @Option(help: ArgumentHelp("At most so many runs, the latest.", valueName: "count"))
    var limit: Int?

    @OptionGroup var window: WindowOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    /// `Running` or `Terminated`, however it is written.
    enum StatusArgument: String, ExpressibleByArgument, CaseIterable {
        case running
        case terminated

        init?(argument: String) {
            self.init(rawValue: argument.lowercased())
        }

        var status: RunStatus { self == .running ? .running : .terminated }
    }

    mutating func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
    }

    func run() throws {
        var query = filter.query(range: try window.range())
        query.status = status?.status
        query.limit = limit
        let runs = try catalog.reading { try $0.runs(matching: query) }
        try printing.print(
            runs, RunFields.all, listName: "runs",
            emptyNote: query == RunQuery()
                ? "no runs are recorded yet" : "no run fits what was asked for")
    }
}
