internal import ArgumentParser
internal import HistoryModel
internal import Recorder
internal import SlotRegistry
internal import Supervisor

/// `varve run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command as a sandbox run, and record it.",
        discussion: """
            The command keeps the terminal, standard input and output, environment and working \
            directory; signals are passed on to it. varve ends with its exit code, with 128 and the \
            signal's number if a signal killed it, with 127 if there is no such command, and with 126 \
            if it cannot be executed.

            With --capture-stderr the command's stderr is a pipe, through which every byte goes on at \
            once to where it went before: no terminal any more, so that programs may leave out colours \
            and progress bars, and its lines may come a moment after those of standard output. \
            Processes that outlive the command write to nobody from its end on, and get SIGPIPE.

            Examples:
              varve run -- make -j4
              varve run --name nightly --label team=web --max-duration 2h -- ./nightly.sh
            """)

    @Option(
        help: ArgumentHelp(
            "The sandbox's name. Default: the command's base name.", valueName: "name"))
    var name: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("A label of the run; may be repeated.", valueName: "key=value"))
    var labels: [LabelArgument] = []

    @Option(
        help: ArgumentHelp("How often the command is sampled.", valueName: "duration"))
    var interval = DurationArgument(.seconds(1), text: "1s")

    @Option(
        help: ArgumentHelp(
            "How long an interval one row of the catalog covers.", valueName: "duration"))
    var rowInterval = DurationArgument(.seconds(10), text: "10s")

    @Option(
        help: ArgumentHelp(
            "How much of the end of the run is kept at full resolution; 0 for nothing.",
            valueName: "duration"))
    var keep = MomentsArgument.standard

    @Option(
        help: ArgumentHelp(
            "What is sampled: tree (the command and all its descendants) or process (it alone).",
            valueName: "scope"))
    var scope = CommandSampler.Scope.tree

    @Option(
        help: ArgumentHelp(
            "End the run after this time: SIGTERM to all its processes, SIGKILL after --grace.",
            valueName: "duration"))
    var maxDuration: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "How long the processes have between SIGTERM and SIGKILL.", valueName: "duration"))
    var grace = DurationArgument(.seconds(10), text: "10s")

    @Flag(help: "Keep the last 64 KiB of what the command writes to stderr, beside passing it on.")
    var captureStderr = false

    @Flag(help: "Keep live metrics in the registry only; write nothing to the catalog.")
    var noRecord = false

    @Flag(name: .shortAndLong, help: "Print nothing at all.")
    var quiet = false

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var registry: RegistryOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command and its arguments, after `--`.", valueName: "command"))
    var words: [String]

    /// The command's words, without the `--` before them.
    private var command: ArraySlice<String> {
        words.first == "--" ? words.dropFirst() : words[...]
    }

    private static let nameLimit = SlotName.maximumByteCount

    mutating func validate() throws {
        guard let first = command.first, !first.isEmpty else {
            throw ValidationError("name the command to run: varve run [options] -- COMMAND …")
        }
        guard interval.duration >= .milliseconds(10) else {
            throw ValidationError("--interval takes 10ms or more")
        }
        guard !(captureStderr && noRecord) else {
            throw ValidationError(
                "--capture-stderr keeps its end in the catalog, into which --no-record writes nothing"
            )
        }
        // The parser takes the first word that it does not know for the command: a misspelt option.
        if words.first != "--", first.hasPrefix("-") {
            throw ValidationError(
                "'\(first.escapedForDisplay)' is no option of varve run; a command that begins with "
                    + "- stands after --")
        }
        if let name {
            guard !name.isEmpty, name.utf8.count <= Self.nameLimit else {
                throw ValidationError(
                    "--name takes 1 to \(Self.nameLimit) bytes, not \(name.utf8.count)")
            }
        }
    }

    func run() throws {
        let (registryName, source, _) = try registry.resolved()
        let settings = SupervisedRun.Settings(
            arguments: RawArguments.last(command.count),
            sandbox: name ?? Self.defaultName(of: command[command.startIndex]),
            labels: labels.dictionary,
            scope: scope,
            interval: interval.duration,
            rowInterval: rowInterval.duration,
            keep: keep.duration,
            maxDuration: maxDuration?.duration,
            grace: grace.duration,
            catalogPath: noRecord ? nil : try catalog.resolvedPath(),
            registry: registryName,
            source: source,
            isQuiet: quiet,
            capturesErrors: captureStderr)
        throw ExitCode(SupervisedRun(settings).run())
    }

    /// The command's base name, as far as a slot has room for it.
    private static func defaultName(of command: String) -> String {
        let base = command.split(separator: "/").last.map(String.init) ?? command
        var name = ""
        for character in base {
            guard name.utf8.count + character.utf8.count <= nameLimit else { break }
            name.append(character)
        }
        return name
    }
}

extension CommandSampler.Scope: ExpressibleByArgument {}
