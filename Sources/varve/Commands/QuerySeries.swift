internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query series`.
struct QuerySeries: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "series",
        abstract: "What runs used over time.",
        discussion: """
            Of gauges the average and the maximum of each step, of counters the growth per second. \
            Without a RUN, all runs that --sandbox and --label leave are taken together: what they \
            had in sum, and the highest of any.

            Metrics: cpu, memory, disk (read and write), net (received and sent), cpu_time, \
            memory_available, memory_host_resident, upper_used, upper_free, upper_host_allocated, all.
            Statistics: avg, min, max, last, sum, total, p50, p95, p99. Kept are the average and \
            maximum of each interval, so min, last and percentiles are those of intervals. sum and \
            total are of counters; of many runs together, sum is also of gauges.

            Examples:
              varve query series web --metric cpu,memory --since 2h
              varve query series web --all-runs --step 5m --stat max --since yesterday
              varve query series 17 --metric disk --totals --format csv
              varve query series --label team=blue --metric memory --stat max --since 1d
              varve query series web --step recorded --totals --format openmetrics
            """)

    @Argument(
        help: ArgumentHelp(
            "Runs: an id, a sandbox's name (its latest run), or NAME~N (the Nth before).",
            valueName: "run"))
    var runs: [String] = []

    @Option(
        name: .customLong("metric"), parsing: .singleValue,
        help: ArgumentHelp("What is asked for, separated by commas.", valueName: "metrics"),
        completion: .list(MetricsArgument.allValueStrings), transform: MetricsArgument.parse)
    var metric: [MetricsArgument] = [.standard]

    @Option(
        name: .customLong("stat"), parsing: .singleValue,
        help: ArgumentHelp(
            "What is said of each step, separated by commas (default: avg,max; together sum,max).",
            valueName: "statistics"))
    var statistics: [StatisticsArgument] = []

    @Flag(help: "Counters as totals since the run's start, in place of rates.")
    var totals = false

    @Option(
        help: ArgumentHelp(
            "The length of a step: 30s, 5m, 1h, 1d, 'recorded' for each interval as it is, or 'auto'.",
            valueName: "duration"))
    var step = StepArgument.automatic

    @Option(
        help: ArgumentHelp(
            """
            With --step auto, at most so many steps (default: as many as the terminal shows, 1000 \
            as data).
            """, valueName: "count"))
    var maxPoints: Int?

    @Flag(help: "All runs of each named sandbox in the window, one after the other.")
    var allRuns = false

    @Flag(
        help: "The last moments of a run that has ended, each sample, in place of its intervals.")
    var finalMoments = false

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var window: WindowOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var output: SeriesPrintingOptions

    mutating func validate() throws {
        if let maxPoints, !(1...1_000_000).contains(maxPoints) {
            throw ValidationError("--max-points takes a number from 1 to 1,000,000")
        }
        if !runs.isEmpty, filter.sandbox != nil || !filter.labels.isEmpty {
            throw ValidationError(
                "--sandbox and --label choose runs where none is named; name runs or choose them")
        }
        if runs.isEmpty, finalMoments || allRuns {
            throw ValidationError(
                "\(finalMoments ? "--final-moments" : "--all-runs") needs the name of a run")
        }
        if finalMoments, totals || statistics.contains(where: { $0.statistics.contains(.total) }) {
            throw ValidationError("the final moments do not tell totals: leave one of them out")
        }
        if runs.isEmpty, totals {
            throw ValidationError("--totals is of single runs: name them")
        }
        try checkStatistics()
    }

    private func checkStatistics() throws {
        let metrics = self.metrics
        for statistic in statistics.flatMap(\.statistics) {
            if runs.isEmpty {
                guard ![.last, .total, .p50, .p95, .p99].contains(statistic) else {
                    throw ValidationError(
                        "--stat \(statistic.rawValue) is of single runs: name them")
                }
            } else if !metrics.contains(where: statistic.applies) {
                throw ValidationError(
                    "--stat \(statistic.rawValue) is of counters (disk, net, cpu_time), "
                        + "and none is asked for")
            }
        }
    }

    private var metrics: [Metric] {
        var metrics: [Metric] = []
        for metric in metric.flatMap(\.metrics) where !metrics.contains(metric) {
            metrics.append(metric)
        }
        return metrics
    }

    /// What each step says.
    var columns: [Series.Column] {
        let wanted = statistics.flatMap(\.statistics)
        return metrics.flatMap { metric -> [Series.Column] in
            let isGauge = metric.kind == .gauge
            if !isGauge, totals { return [.init(metric, .total)] }
            if !wanted.isEmpty {
                return wanted.filter { runs.isEmpty || $0.applies(to: metric) }
                    .map { .init(metric, $0) }
            }
            let usual: [Statistic] =
                runs.isEmpty
                ? (isGauge ? [.sum, .max] : [.sum]) : (isGauge ? [.avg, .max] : [.avg])
            return usual.map { .init(metric, $0) }
        }
    }

    func run() throws {
        let now = Timestamp.now()
        let range = try window.range(now: now)
        var problems: [String] = []
        var pointCount = 0
        var only: Run?
        var emptyNote: String?
        let columns = columns
        try catalog.reading { reader in
            // All before the first is printed: a name may be wrong.
            let named = try runs.map { try reader.run(RunReference($0)) }
            if named.count == 1 { only = named[0] }
            if output.format == .openmetrics {
                pointCount = try printOpenMetrics(
                    columns, of: named, in: range, reader, now, &problems)
                return
            }
            try printing.printing { output, terminal in
                let query = query(columns, range, on: terminal)
                var printer = try SeriesPrinter(
                    columns, in: range, as: printing.format, to: output, on: terminal, now: now)
                for run in named {
                    try print(run, query, of: reader, now, &printer, &problems)
                }
                if runs.isEmpty { try printPooled(query, of: reader, now, &printer, &problems) }
                try printer.finish()
                pointCount = printer.pointCount
            }
            if runs.isEmpty, pointCount == 0 {
                emptyNote = try note(onNothingIn: reader, filter.query(range: range))
            }
        }
        for problem in problems { Console.say("warning: \(problem)".escapedForDisplay) }
        guard pointCount == 0 else { return }
        if let emptyNote {
            Console.say(emptyNote)
        } else {
            sayNothingFound(range, of: only)
        }
        throw ExitCode.nothingInWindow
    }

    var printing: PrintingOptions { output.common }

    func query(
        _ columns: [Series.Column], _ range: TimeRange, on terminal: Terminal
    ) -> SeriesQuery {
        let isForEyes = printing.format == .table
        let lines = terminal.rows.map { max(10, $0 - 6 - metrics.count) }
        let most = maxPoints ?? (isForEyes ? lines ?? 100 : 1_000)
        let length: SeriesQuery.Step =
            switch step {
            case .recorded: .recorded
            case .fixed(let length): .fixed(length)
            case .automatic: .automatic(maximumPoints: most)
            }
        // Local days and hours for eyes, those of UTC for programs.
        let offset = isForEyes ? LocalZone.current.secondsEast(at: range.start ?? .now()) : 0
        return SeriesQuery(columns, in: range, step: length, clockOffset: .seconds(offset))
    }

    private func print<Sink: TextSink>(
        _ latest: Run, _ query: SeriesQuery, of reader: borrowing CatalogReader,
        _ now: Timestamp, _ printer: inout SeriesPrinter<Sink>, _ problems: inout [String]
    ) throws {
        if finalMoments {
            let series = try reader.finalSeries(of: RunReference("\(latest.id)"), query)
            try printer.begin(.run(series.run), isOneOfSeveral: runs.count > 1)
            try printer.add(series.points, [])
            return try printer.end(stepMilliseconds: series.stepMilliseconds)
        }
        guard allRuns else {
            try printer.begin(.run(latest), isOneOfSeveral: runs.count > 1)
            let end = try reader.forEachPart(of: latest, query, now: now) { points, gaps in
                try printer.add(points, gaps)
            }
            problems += end.problems
            return try printer.end(stepMilliseconds: end.stepMilliseconds)
        }
        // Another sandbox may have the same name, in another registry.
        let all = try reader.runs(
            matching: RunQuery(sandbox: latest.sandbox, range: query.range)
        ).filter { $0.sandbox == latest.sandbox && $0.source == latest.source }
        try printer.begin(
            .sandbox(latest, runCount: all.count), isOneOfSeveral: runs.count > 1)
        var step: Int64?
        for run in all {
            try printer.beginRun(run)
            let end = try reader.forEachPart(of: run, query, now: now) { points, gaps in
                try printer.add(points, gaps, of: run)
            }
            problems += end.problems
            // A run without points has no step.
            step = [step, end.stepMilliseconds].compactMap { $0 }.max()
        }
        try printer.end(stepMilliseconds: step)
    }

    private func printPooled<Sink: TextSink>(
        _ query: SeriesQuery, of reader: borrowing CatalogReader, _ now: Timestamp,
        _ printer: inout SeriesPrinter<Sink>, _ problems: inout [String]
    ) throws {
        let series = try reader.pooledSeries(
            of: filter.query(range: query.range), query, now: now)
        problems += series.problems
        try printer.begin(
            .together(
                runCount: series.runCount, from: query.range.start ?? series.points.first?.at,
                to: query.range.end
                    ?? series.points.last.map { $0.at.advanced(byMilliseconds: $0.milliseconds) }))
        try printer.add(series.points, [])
        try printer.end(stepMilliseconds: series.stepMilliseconds)
    }

    /// Why no run fits `query`; `nil` if some do, and have no samples.
    private func note(
        onNothingIn reader: borrowing CatalogReader, _ query: RunQuery
    ) throws -> String? {
        var one = query
        one.limit = 1
        guard try reader.runs(matching: one).isEmpty else { return nil }
        return try reader.note(onNothingFitting: query)
    }

    private func sayNothingFound(_ range: TimeRange, of run: Run?) {
        let inWindow = range == .unbounded ? "" : " in that window"
        let what =
            finalMoments
            ? "no final moments (it goes on, or they were not kept)" : "no samples"
        let whose =
            if let run {
                "run \(run.id) of '\(run.sandbox.escapedForDisplay)' has \(what)"
            } else {
                runs.isEmpty ? "no run that fits has samples" : "none of these runs has samples"
            }
        Console.say(whose + inWindow)
    }
}
