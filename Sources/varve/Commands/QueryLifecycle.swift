internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query lifecycle`.
struct QueryLifecycle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lifecycle",
        abstract: "What happened to a run, or to all, in order.",
        usage: "varve query lifecycle [<run>] [<options>]",
        discussion: """
            --follow prints what there is and then each event as it is written, until Ctrl-C (exit \
            code 130) or, of one run, until that has ended. Late news of something earlier comes when \
            it is written, with the time at which it happened.

            Examples:
              varve query lifecycle web
              varve query lifecycle --since 2h --kind killed --kind oom_kill
              varve query lifecycle --follow --format ndjson
            """)

    @Argument(
        help: ArgumentHelp(
            "A run's id, a sandbox's name (its latest run), or NAME~N. Default: all runs.",
            valueName: "run"),
        completion: NameCompletion.sandboxes)
    var named: String?

    @Flag(name: .shortAndLong, help: "Go on, and print each event as it is written.")
    var follow = false

    @Option(
        name: .customLong("kind"),
        help: ArgumentHelp(
            "Only events of this kind (started, exited, killed, ...); may be repeated.",
            valueName: "kind"),
        completion: .list(LifecycleEvent.Kind.known.map(\.rawValue)),
        transform: Self.kind)
    var kinds: [LifecycleEvent.Kind] = []

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var window: WindowOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    @Sendable private static func kind(_ text: String) throws -> LifecycleEvent.Kind {
        let kind = LifecycleEvent.Kind(rawValue: text.lowercased())
        if LifecycleEvent.Kind.known.contains(kind) { return kind }
        throw UnknownWord(text, among: LifecycleEvent.Kind.known.map(\.rawValue))
    }

    mutating func validate() throws {
        guard named == nil || (filter.sandbox == nil && filter.labels.isEmpty) else {
            throw ValidationError("name one run, or choose runs with --sandbox and --label")
        }
        guard follow else { return }
        guard printing.format != .json else {
            throw ValidationError(
                "--follow has no end, which a JSON object needs: ask for --format ndjson")
        }
        guard window.until == nil else {
            throw ValidationError("--follow looks ahead: it goes without --until")
        }
    }

    func run() throws {
        var query = EventQuery(
            sandbox: filter.sandbox, labels: filter.labels.dictionary, range: try window.range(),
            kinds: Set(kinds))
        try catalog.reading { reader in
            if let named { query.run = try reader.run(RunReference(named)).id }
            if follow {
                try LifecycleFollower(query: query, catalog: catalog, printing: printing)
                    .follow(reader)
            } else {
                try printAll(query, from: reader)
            }
        }
    }

    private func printAll(_ query: EventQuery, from reader: borrowing CatalogReader) throws {
        let events = try reader.events(matching: query).events
        let note =
            try events.isEmpty && query.run == nil ? reader.hint(for: query.runs) : nil
        let isAll = query == EventQuery(run: query.run)
        let whose = query.run.map { " of run \($0)" } ?? ""
        try printing.print(
            events, EventFields.all(ofOneRun: query.run != nil), listName: "events",
            emptyNote: note
                ?? (isAll
                    ? "no event is recorded\(whose.isEmpty ? " yet" : whose)"
                    : "no event\(whose) fits what was asked for"))
    }
}
