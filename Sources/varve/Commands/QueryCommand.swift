internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query`.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask the catalog what happened.",
        subcommands: [
            QueryRuns.self, QueryLifecycle.self, QuerySeries.self, QueryAt.self, QueryTop.self,
            QueryUsage.self, QuerySQL.self,
        ])
}

extension CatalogOptions {
    /// Runs `body` with the catalog, and gives its errors the exit codes that are promised.
    func reading<Result>(_ body: (borrowing CatalogReader) throws -> Result) throws -> Result {
        do {
            return try body(try openReader())
        } catch let error as StoreError where error.code == .noSuchRun {
            Console.say("error: \(error)".escapedForDisplay)
            throw ExitCode.noSuchRun
        }
    }
}

/// A run as people name it on the command line.
struct RunArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A run's id, a sandbox's name (its latest run), or NAME~N (the Nth before).",
            valueName: "run"),
        completion: NameCompletion.sandboxes)
    var run: String

    /// The run that is meant.
    var reference: RunReference { RunReference(run) }
}
