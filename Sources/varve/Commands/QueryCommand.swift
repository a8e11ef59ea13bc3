internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query`.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask the catalog what happened.",
        subcommands: [QueryRuns.self, QueryLifecycle.self, QuerySeries.self])
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
            valueName: "run"))
    var run: String

    /// The run that is meant.
    var reference: RunReference { RunReference(run) }
}

/// `varve query runs`.
struct QueryRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "How each run ended, for how long it ran, and what it used.")

    @Option(help: ArgumentHelp("Only runs of this sandbox.", valueName: "name"))
    var sandbox: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only runs with this label; may be repeated.", valueName: "key=value"))
    var labels: [LabelArgument] = []

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
        let query = RunQuery(
            sandbox: sandbox, labels: labels.dictionary, range: try window.range(),
            status: status?.status, limit: limit)
        let runs = try catalog.reading { try $0.runs(matching: query) }
        try printing.print(
            runs, RunFields.all, listName: "runs",
            emptyNote: query == RunQuery()
                ? "no runs are recorded yet" : "no run fits what was asked for")
    }
}

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

/// `varve query series`.
struct QuerySeries: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "series",
        abstract: "What a run used over time.",
        discussion: """
            Gauges come as their average and maximum over each step, counters as growth per second.

            Metrics: cpu, memory, disk (read and write), net (received and sent), cpu_time, \
            memory_available, memory_host_resident, upper_used, upper_free, upper_host_allocated, all.
            """)

    @OptionGroup var named: RunArgument

    @Option(
        name: .customLong("metric"), parsing: .singleValue,
        help: ArgumentHelp("What is asked for, separated by commas.", valueName: "metrics"))
    var metric: [MetricsArgument] = [.standard]

    @Flag(
        help: "The last moments of a run that has ended, each sample, in place of its intervals.")
    var finalMoments = false

    @OptionGroup var window: WindowOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        var metrics: [Metric] = []
        for metric in metric.flatMap(\.metrics) where !metrics.contains(metric) {
            metrics.append(metric)
        }
        let range = try window.range()
        let series = try catalog.reading { reader in
            try finalMoments
                ? reader.finalSeries(of: named.reference, metrics: metrics, range: range)
                : reader.series(of: named.reference, metrics: metrics, range: range, now: .now())
        }
        try printing.printing { output, terminal throws(OutputError) in
            try SeriesPrinter(series: series, range: range)
                .print(as: printing.format, to: output, on: terminal)
        }
        for problem in series.problems { Console.say("warning: \(problem)".escapedForDisplay) }
        if series.points.isEmpty {
            let inWindow = range == .unbounded ? "" : " in that window"
            let what =
                finalMoments
                ? "no final moments (it goes on, or they were not kept)" : "no samples"
            Console.say(
                "run \(series.run.id) of '\(series.run.sandbox.escapedForDisplay)' has \(what)"
                    + inWindow)
            throw ExitCode.nothingInWindow
        }
    }
}
