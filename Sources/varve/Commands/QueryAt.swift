internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query at`.
struct QueryAt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "at",
        abstract: "Every sandbox as it was at one moment, and what happened around it.",
        discussion: """
            Tells of each run that was alive then: since when, and what it used over the finest \
            interval that is kept of that moment (WIDTH, resolution_ms). Where nothing was measured it \
            says why. A sandbox without a run is shown as it ended, if that was not long before.

            Gauges come as their average and maximum over that interval, counters as growth per \
            second. CSV and NDJSON hold the sandboxes only; JSON holds the events, too.

            Examples:
              varve query at 03:12
              varve query at yesterday 03:12 --sandbox 'web-*'
              varve query at 2026-11-23T03:12:00Z --around 1h --format json
            """)

    @Argument(
        help: ArgumentHelp(
            "When: 2h (ago), 03:12, yesterday 03:12, 2026-11-23T03:12:00Z, @1795435200.",
            valueName: "time"))
    var time: [String]

    @Option(
        help: ArgumentHelp(
            "How far before and after it to look for events, and for sandboxes that had ended.",
            valueName: "duration"))
    var around = DurationArgument(.seconds(300), text: "5m")

    @Flag(name: .shortAndLong, help: "Show sandboxes that had ended long before, too.")
    var all = false

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let now = Timestamp.now()
        let instant = try instant(now: now)
        let query = filter.query(range: .unbounded)
        var moment = try catalog.reading { reader in
            try reader.moment(
                at: instant, around: around.duration, includingLongEnded: all, matching: query,
                now: now)
        }
        if instant > now {
            // What runs now may have ended by then.
            moment.sandboxes = []
            moment.events = []
        }
        let printer = MomentPrinter(moment: moment, around: around.duration)
        try printing.printing { output, terminal throws(OutputError) in
            try printer.print(as: printing.format, to: output, on: terminal)
        }
        for problem in moment.problems { Console.say("warning: \(problem)".escapedForDisplay) }
        let nothing = MomentSentence(
            moment: moment, now: now, around: around.duration, isForAll: all,
            isFiltered: query != RunQuery())
        if let sentence = nothing.text(in: .current) {
            Console.say(sentence)
            guard moment.sandboxes.isEmpty, !moment.events.isEmpty else {
                throw ExitCode.nothingInWindow
            }
        }
    }

    private func instant(now: Timestamp) throws -> Timestamp {
        do {
            return try TimeExpression(time.joined(separator: " ")).instant(now: now)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// Why there is nothing to tell of a moment.
struct MomentSentence {
    let moment: CatalogMoment
    let now: Timestamp
    let around: Duration
    let isForAll: Bool
    let isFiltered: Bool

    /// The sentence; `nil` if there is something.
    func text(in zone: LocalZone) -> String? {
        guard moment.sandboxes.isEmpty || moment.at > now else { return nil }
        let at = moment.at.description(in: zone)
        guard moment.at <= now else {
            return "\(at) lies in the future: nothing can be recorded of it yet"
        }
        guard let first = moment.recordedSince else { return "no runs are recorded yet" }
        guard first <= moment.at else {
            return "nothing was recorded yet at \(at): the first run began at "
                + first.description(in: zone)
        }
        let what = isFiltered ? "no sandbox that fits what was asked for" : "no sandbox"
        guard !isForAll else { return "\(what) had a run by \(at)" }
        return "\(what) ran at \(at), or ended within \(around.compactText) before; "
            + "--all tells of those that had ended earlier"
    }
}
