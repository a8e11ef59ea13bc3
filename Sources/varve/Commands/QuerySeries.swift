internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

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
