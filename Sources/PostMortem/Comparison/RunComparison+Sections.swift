internal import HistoryModel

extension RunComparison {
    /// What a page says in words and tables, for every format.
    func sections(in zone: LocalZone) -> [PageSection] {
        [identities(in: zone), figureTable, verdicts, events]
    }

    /// What tells the two from each other.
    private func identities(in zone: LocalZone) -> PageSection {
        let cells = runs.map { postMortem -> [String] in
            let run = postMortem.caseFile.run
            return [
                "\(run.id)", run.sandbox, run.startedAt.description(in: zone), run.howItEnded,
                run.labelText, run.command.map(CommandLineText.quoted) ?? "-",
            ]
        }
        let names = ["run", "sandbox", "started", "ended", "labels", "command"]
        let rows = names.indices.compactMap { index -> [PageTable.Cell]? in
            let pair = [cells[0][index], cells[1][index]]
            return pair == ["", ""] ? nil : [.text(names[index])] + pair.map { .text($0) }
        }
        return PageSection(
            "The two runs", [],
            PageTable([.text("", .fixed), .text("FIRST"), .text("SECOND")], rows))
    }

    private var figureTable: PageSection {
        let rows = figures.map { figure -> [PageTable.Cell] in
            let difference = figure.difference.map { difference in
                difference == 0
                    ? "same" : (difference > 0 ? "+" : "") + figure.text(of: difference)
            }
            let ratio = figure.ratio.map(Words.factor)
            return [
                .text(figure.name), .text(figure.first.map(figure.text) ?? "-"),
                .text(figure.second.map(figure.text) ?? "-"), .text(difference ?? "-"),
                .text(ratio ?? "-"), .text(figure.isDifferent ? "*" : ""),
            ]
        }
        return PageSection(
            "Figures", ["* differs by more than runs of the same program do."],
            PageTable(
                [
                    .text("", .fixed), .number("FIRST"), .number("SECOND"),
                    .number("DIFFERENCE"), .number("RATIO"), .text("", .fixed),
                ], rows))
    }

    private var verdicts: PageSection {
        PageSection(
            "Why they ended",
            zip(["First", "Second"], runs).map { name, postMortem in
                "\(name): \(postMortem.verdict.sentence) "
                    + "(\(postMortem.verdict.certainty.rawValue))"
            })
    }

    /// What happened to each, from its own start.
    private var events: PageSection {
        var kinds: [LifecycleEvent.Kind] = []
        var known: Set<LifecycleEvent.Kind> = []
        for event in runs.flatMap(\.caseFile.notableEvents)
        where known.insert(event.kind).inserted {
            kinds.append(event.kind)
        }
        let eventsByKind = runs.map { Dictionary(grouping: $0.caseFile.events, by: \.kind) }
        let rows = kinds.map { kind -> [PageTable.Cell] in
            [.text(kind.rawValue)]
                + zip(runs, eventsByKind).map { postMortem, byKind in
                    let events = byKind[kind] ?? []
                    guard let first = events.first else { return "-" }
                    let start = postMortem.caseFile.run.startedAt
                    let after = Words.length(first.at.milliseconds(since: start))
                    return .text(
                        "after \(after)" + (events.count > 1 ? ", \(events.count) times" : ""))
                }
        }
        return PageSection(
            "What happened", [],
            PageTable([.text("EVENT", .fixed), .text("FIRST"), .text("SECOND")], rows))
    }
}

extension ComparedFigure {
    /// The value as people read it.
    func text(of value: Int64) -> String {
        switch unit {
        case .milliseconds: Words.length(value)
        case .nanoseconds: Duration.nanoseconds(value).compactText
        case .centipercent: Words.number(Double(value) / 100, places: 1) + " %"
        case .bytes: ByteText.format(value)
        case .count: "\(value)"
        }
    }
}
