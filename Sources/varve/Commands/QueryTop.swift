internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query top`.
struct QueryTop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "The largest users of memory, CPU, disk or network.",
        discussion: """
            --peak compares the highest sample of memory or CPU, or the highest rate of an interval; \
            --total compares GiB hours, CPU time or bytes. Memory goes by its peak unless told \
            otherwise, all else by its total.

            Examples:
              varve query top --by memory --since yesterday
              varve query top --by cpu --per run --label team=web --limit 20
              varve query top --by net --peak --since 2h
            """)

    @Option(
        name: .customLong("by"),
        help: ArgumentHelp(
            "memory, cpu, disk (read and written) or net (received and sent).",
            valueName: "resource"),
        completion: .list(TopQuery.Resource.allCases.map(\.rawValue)),
        transform: { try QueryTop.word($0) })
    var resource: TopQuery.Resource = .memory

    @Flag(help: "By the highest sample or rate, or by all that was used.")
    var measure: MeasureFlag?

    @Option(
        help: ArgumentHelp(
            "What is compared: each sandbox with all its runs, or each run.",
            valueName: "sandbox|run"),
        completion: .list(TopQuery.Unit.allCases.map(\.rawValue)),
        transform: { try QueryTop.word($0) })
    var per: TopQuery.Unit = .sandbox

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 10

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var window: WindowOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    /// `--peak` or `--total`.
    enum MeasureFlag: String, EnumerableFlag {
        case peak
        case total
    }

    private static func word<Word: RawRepresentable & CaseIterable>(_ text: String) throws -> Word
    where Word.RawValue == String {
        if let word = Word(rawValue: text.lowercased()) { return word }
        throw UnknownWord(text, among: Word.allCases.map(\.rawValue))
    }

    mutating func validate() throws {
        if limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
    }

    func run() throws {
        let now = Timestamp.now()
        let usual = resource == .memory ? TopQuery.Measure.peak : .total
        let top = TopQuery(
            by: resource, measure.flatMap { TopQuery.Measure(rawValue: $0.rawValue) } ?? usual,
            per: per, limit: limit, precision: .interval)
        let query = filter.query(range: try window.range(now: now))
        let progress = ProgressLine()
        let (list, emptyNote) = try catalog.reading { reader in
            let list = try reader.top(top, matching: query, now: now) { reached in
                progress.say(
                    "looked at \(reached.runCount) runs, \(reached.hourCount) hours of rows")
            }
            return (list, list.entries.isEmpty ? try note(onNothingIn: reader, query) : "")
        }
        progress.end()
        let records = list.entries.enumerated().map { index, entry in
            TopRecord(rank: index + 1, entry: entry, share: list.share(of: entry))
        }
        try printing.print(
            records, TopFields.all(of: top, records, on: Terminal.of()), listName: "top",
            emptyNote: emptyNote)
        for problem in list.problems { Console.say("warning: \(problem)".escapedForDisplay) }
    }

    private func note(
        onNothingIn reader: borrowing CatalogReader, _ query: RunQuery
    ) throws -> String {
        var one = query
        one.limit = 1
        guard try !reader.runs(matching: one).isEmpty else {
            return try reader.note(onNothingFitting: query)
        }
        let what =
            switch resource {
            case .memory: "its memory"
            case .cpu:
                "its CPU \(measure == .peak ? "rate" : "time; --peak goes by the sampled rate")"
            case .disk: "what it read and wrote"
            case .net: "what it received and sent"
            }
        return "no run that fits has a record of \(what)"
    }
}
