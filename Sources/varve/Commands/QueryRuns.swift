internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query runs`.
struct QueryRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "How each run ended, for how long it ran, and what it used.",
        discussion: """
            Runs stand in the order of their start, the latest last, and --limit keeps the latest. \
            With --sort the largest, longest or latest comes first (names from A on), what is not \
            known comes last, and --limit keeps the first.

            CPU AVG is the CPU time over the duration; % LIMIT is the peak memory in percent of the \
            run's memory limit.

            Examples:
              varve query runs --since yesterday --reason Failed
              varve query runs --sandbox 'web-*' --sort memory --limit 10
              varve query runs --label team=web --format csv > runs.csv
            """)

    @OptionGroup var filter: RunFilterOptions

    @Option(help: ArgumentHelp("Only runs that are running or terminated.", valueName: "status"))
    var status: StatusArgument?

    @Option(
        name: .customLong("reason"),
        help: ArgumentHelp(
            "Only runs that ended for this reason (Completed, Failed, ...); may be repeated.",
            valueName: "reason"),
        completion: .list(TerminationReason.known.map(\.rawValue)),
        transform: ReasonArgument.reason)
    var reasons: [TerminationReason] = []

    @Option(
        help: ArgumentHelp(
            "Order by started, ended, duration, cpu, cpu-max, memory, disk, net or sandbox.",
            valueName: "key"),
        completion: .list(RunOrder.Key.allCases.map(\.rawValue)),
        transform: Self.sortKey)
    var sort: RunOrder.Key?

    @Flag(name: .shortAndLong, help: "With --sort: the other way round.")
    var reverse = false

    @Option(help: ArgumentHelp("At most so many runs.", valueName: "count"))
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

    @Sendable private static func sortKey(_ text: String) throws -> RunOrder.Key {
        if let key = RunOrder.Key(rawValue: text.lowercased()) { return key }
        throw UnknownWord(text, among: RunOrder.Key.allCases.map(\.rawValue))
    }

    mutating func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
        guard sort != nil || !reverse else {
            throw ValidationError("--reverse turns an order round: name one with --sort")
        }
    }

    func run() throws {
        var query = filter.query(range: try window.range())
        query.status = status?.status
        query.reasons = Set(reasons)
        query.order = sort.map { RunOrder($0, isReversed: reverse) }
        query.limit = limit
        let (runs, emptyNote) = try catalog.reading { reader in
            let runs = try reader.runs(matching: query)
            return (runs, runs.isEmpty ? try reader.note(onNothingFitting: query) : "")
        }
        try printing.print(runs, RunFields.of(runs), listName: "runs", emptyNote: emptyNote)
    }
}

extension CatalogReader {
    /// What people are told when nothing fits `query`.
    func note(onNothingFitting query: RunQuery) throws -> String {
        if let hint = try hint(for: query) { return hint }
        var plain = query
        (plain.order, plain.limit) = (nil, nil)
        return plain == RunQuery() ? "no runs are recorded yet" : "no run fits what was asked for"
    }
}
