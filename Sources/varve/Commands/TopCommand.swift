internal import ArgumentParser
internal import HistoryModel

/// `varve top`.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "What a registry, or microsandbox, runs now, again and again.",
        discussion: """
            On a terminal it refreshes in place. Keys: c, m, d, n, s, u sort by CPU, memory, disk, net, \
            sandbox, uptime; r reverses; arrows, j and k, page up and down scroll; h or ? shows help; \
            q or Ctrl-C quits.

            Elsewhere, with TERM=dumb, --once or another format than table it prints what it finds at \
            each refresh: a table, or one object (ndjson) or line (csv) for each slot. json wants \
            --count or --once: it is one object.

            Disk and net are rates between the last two samples of a run; one whose last sample is \
            older than it should be is stalled.

            With --microsandbox it shows what `msb metrics` does, of the registries of all releases: CPU in \
            cores of those that the sandbox is given, memory of its limit. Records have microsandbox's \
            JSON keys, in a list named sandboxes.

            Examples:
              varve top --sort memory
              varve top --microsandbox
              varve top --once
              varve top --format ndjson --interval 10s >> load.ndjson
            """)

    @Option(
        help: ArgumentHelp(
            "By what to sort: cpu, memory, disk, net, name or uptime.", valueName: "order"))
    var sort = LiveOrder.cpu

    @Flag(name: .shortAndLong, help: "Sort the other way round.")
    var reverse = false

    @Option(help: ArgumentHelp("How often to refresh, at least 100ms.", valueName: "duration"))
    var interval = DurationArgument(.seconds(1), text: "1s")

    @Option(help: ArgumentHelp("End after so many refreshes.", valueName: "count"))
    var count: Int?

    @Flag(help: "Print one table, after an interval, and end.")
    var once = false

    @Flag(name: .shortAndLong, help: "Show slots whose run has ended, too.")
    var all = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var microsandbox: MicrosandboxOptions
    @OptionGroup var printing: PrintingOptions

    mutating func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes a number from 1 on") }
        guard interval.duration >= .milliseconds(100) else {
            throw ValidationError("--interval takes a duration from 100ms on")
        }
        if printing.format == .json, count == nil, !once {
            throw ValidationError(
                "json is one object and must end: give --count or --once, or take ndjson")
        }
        try microsandbox.exclude(registry)
    }

    func run() throws {
        let homes = try microsandbox.homes()
        let subject =
            homes.isEmpty
            ? LiveSubject.registry(try registry.resolved().name) : .microsandbox(homes)
        let plan = TopPlan(
            subject: subject, interval: interval.duration,
            count: once ? 1 : count, order: sort, isReversed: reverse, isForAll: all)
        let terminal = Terminal.of()
        let isDumb = Environment.current["TERM"].map { $0.isEmpty || $0 == "dumb" } ?? true
        guard terminal.isTerminal, !isDumb, !once, printing.format == .table else {
            return try printing.printing { output, terminal throws(OutputError) in
                try TopBatch(plan: plan, format: printing.format).run(to: output, on: terminal)
            }
        }
        guard var session = TopSession(plan, usesColour: terminal.usesColour) else {
            throw TopError()
        }
        let code = try session.run()
        if code != 0 { throw ExitCode(code) }
    }
}

/// The screen could not be watched.
struct TopError: Error, CustomStringConvertible {
    var description: String {
        "cannot watch the terminal: no more files can be opened; close some, or take --once"
    }
}
