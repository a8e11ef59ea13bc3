public import HistoryModel

/// A post-mortem on one screen.
///
/// ```swift
/// for line in PostMortemPage(postMortem, width: 80).lines { print(line.text) }
/// ```
public struct PostMortemPage: Sendable {
    private let postMortem: PostMortem
    private let width: Int
    private let zone: LocalZone

    private var file: CaseFile { postMortem.caseFile }
    private var run: Run { file.run }

    /// So many of the last samples are shown.
    private static let sampleCount = 5
    /// So many events have a letter.
    private static let markCount = 6

    /// A page of `width` columns, held between 60 and 200, with times as clocks of `zone` show them.
    public init(_ postMortem: PostMortem, width: Int = 80, zone: LocalZone = .current) {
        self.postMortem = postMortem
        self.width = min(200, max(60, width))
        self.zone = zone
    }

    /// The page. No line is wider than it.
    public var lines: [PageLine] {
        var lines = head + [PageLine()] + verdict
        lines += [PageLine()] + findings
        for part in [charts, samples, notes] where !part.isEmpty { lines += [PageLine()] + part }
        return lines
    }

    private func fact(_ name: String, _ text: String) -> PageLine {
        let label = name + String(repeating: " ", count: max(1, 9 - name.count))
        return PageLine([(label, .dim), (text.truncated(toWidth: width - label.count), .plain)])
    }

    private var head: [PageLine] {
        let title = "Run \(run.id) of '\(run.sandbox.escapedForDisplay)'"
        let labels = run.labelText.isEmpty ? "" : "  \(run.labelText)"
        let fitted = title.truncated(toWidth: width)
        var lines = [
            PageLine([
                (fitted, .strong),
                (labels.truncated(toWidth: width - fitted.displayWidth), .dim),
            ])
        ]
        if let command = run.command {
            lines.append(fact("command", CommandLineText.quoted(command)))
        }
        if let home = file.home { lines.append(fact("home", home.escapedForDisplay)) }
        lines.append(fact("started", run.startedAt.description(in: zone)))
        if let end = run.terminatedAt {
            let after = run.duration.map { ", after \($0.compactText)" } ?? ""
            lines.append(fact("ended", end.description(in: zone) + after))
        }
        lines.append(fact("how", run.howItEnded))
        return lines
    }

    private var verdict: [PageLine] {
        let tone: PageLine.Tone =
            switch postMortem.verdict.cause {
            case .completed, .running: .good
            case .stopped, .unknown: .warning
            default: .bad
            }
        return Wrapping.lines(postMortem.verdict.sentence, width: width)
            .map { PageLine($0, postMortem.verdict.cause == .completed ? .good : tone) }
    }

    private var findings: [PageLine] {
        postMortem.findings.flatMap { finding -> [PageLine] in
            let tone: PageLine.Tone =
                switch finding.weight {
                case .cause: .strong
                case .warning: .warning
                case .note: .plain
                }
            let rank = "[\(finding.rank)] "
            var lines: [PageLine]
            if isSaid(finding) {
                // The verdict above has its sentence; here is what that rests on.
                let texts = evidence(of: finding, after: "\(rank)\(finding.kind.words): ")
                lines = texts.map { PageLine($0, .dim) }
            } else {
                lines = Wrapping.lines(rank + finding.sentence, width: width, indent: 4)
                    .map { PageLine($0, tone) }
                lines += evidence(of: finding).map { PageLine($0, .dim) }
            }
            if let advice = finding.advice {
                lines += Wrapping.lines("  -> " + advice, width: width - 2, indent: 3)
                    .map { PageLine("  " + $0) }
            }
            return lines
        }
    }

    /// Whether the verdict says all that the finding's sentence does.
    private func isSaid(_ finding: Finding) -> Bool {
        let verdict = postMortem.verdict.sentence
        return verdict.hasPrefix(finding.sentence)
            || verdict.contains("; \(finding.sentence.withSmallInitial)")
    }

    /// What a finding rests on: lines that were written stand alone, all else together.
    ///
    /// - Parameter heading: What goes before it.
    private func evidence(of finding: Finding, after heading: String = "    ") -> [String] {
        let isHeaded = heading != "    "
        let quoted = finding.evidence.filter { $0.name.hasPrefix("line") }
        let quotes = quoted.map { "    | " + $0.value.text(in: zone) }
            .map { $0.truncated(toWidth: width) }
        let others = finding.evidence.filter { !$0.name.hasPrefix("line") }.map { evidence in
            let at = evidence.at.map { " at \($0.timeOfDay(in: zone))" } ?? ""
            // An event that is called as the finding has its name in the heading.
            let name =
                isHeaded && evidence.name == finding.kind.rawValue ? "" : evidence.name + " "
            return "\(name)\(evidence.value.text(in: zone))\(at) (\(evidence.source))"
        }.joined(separator: "; ")
        let lines = Wrapping.lines(
            (isHeaded ? heading : "") + others, width: isHeaded ? width : width - 4,
            indent: isHeaded ? 4 : 0)
        // A heading stands in for a sentence.
        let most = (finding.weight == .note ? 2 : 4) + (isHeaded ? 1 : 0)
        var shown = lines.prefix(most).map { isHeaded ? $0 : heading + $0 }
        if lines.count > most, let last = shown.popLast() {
            shown.append((last + " …").truncated(toWidth: width))
        }
        return shown + quotes
    }

    private var charts: [PageLine] {
        let events = file.notableEvents.suffix(Self.markCount)
        let marks = zip("abcdefgh", events).map { (letter: $0, at: $1.at) }
        let limit =
            run.memoryLimitKind == .addressSpace || run.memoryLimitKind == .dataSegment
            ? nil : run.memoryLimitBytes.map(Double.init)
        func chart(_ title: String, _ moments: [Moment], from: Timestamp) -> [PageLine] {
            let lines = LineCharts(
                from: from, to: max(from, file.end), moments: moments, marks: marks, limit: limit,
                zone: zone
            ).lines(width: width)
            return lines.isEmpty ? [] : [PageLine(title, .strong)] + lines
        }
        var lines = chart("The whole run", file.course, from: run.startedAt)
        let ending = file.ending
        // A short run has nothing in its history that its end has not.
        if let first = ending.first,
            first.from.milliseconds(since: run.startedAt) > 2_000
                || lines.isEmpty
        {
            let length = Words.length(max(0, file.end.milliseconds(since: first.from)))
            lines += chart("Its last \(length)", ending, from: first.from)
        } else if !file.moments.isEmpty {
            let samples = chart("The whole run, sample by sample", ending, from: run.startedAt)
            if !samples.isEmpty { lines = samples }
        }
        guard !lines.isEmpty || !events.isEmpty else { return [] }
        let legend = zip(marks, events).map { mark, event in
            let detail = event.detail.map { ": \($0)" } ?? ""
            return
                ("\(mark.letter) \(event.at.timeOfDay(in: zone)) "
                + "\(event.kind.rawValue)\(detail)".escapedForDisplay)
                .truncated(toWidth: width - 2)
        }
        lines += Self.joined(legend, width: width - 2).map { PageLine("  " + $0) }
        return lines
    }

    /// As many of `texts` on a line as it has room for, each whole.
    private static func joined(_ texts: [String], width: Int) -> [String] {
        texts.reduce(into: [String]()) { lines, text in
            if let last = lines.last, last.displayWidth + 3 + text.displayWidth <= width {
                lines[lines.count - 1] = last + "   " + text
            } else {
                lines.append(text)
            }
        }
    }

    private var samples: [PageLine] {
        let last = file.ending.suffix(Self.sampleCount)
        guard !last.isEmpty else { return [] }
        let widths = [9, 9, 11, 13, 13]
        func row(_ cells: [String]) -> String {
            zip(cells, widths).map { cell, width in
                String(repeating: " ", count: max(1, width - cell.displayWidth)) + cell
            }.joined()
        }
        let title = file.moments.isEmpty ? "Its last intervals" : "Its last samples"
        let head = row(["before end", "CPU", "memory", "disk", "network"])
        return [PageLine(title, .strong), PageLine(head, .dim)]
            + last.map { moment in
                PageLine(
                    row([
                        // A last sample is taken of what is left when all is over.
                        Words.length(min(0, moment.at.milliseconds(since: file.end))),
                        moment.cpu.map { Words.number($0 / 100, places: 1) + " %" } ?? "-",
                        moment.memory.map(Words.bytes) ?? "-", moment.disk.map(Words.rate) ?? "-",
                        moment.net.map(Words.rate) ?? "-",
                    ]).truncated(toWidth: width))
            }
    }

    private var notes: [PageLine] {
        var notes: [String] = []
        let gaps = file.history.gaps
        if let last = gaps.last {
            let length = Words.length(max(0, last.to.milliseconds(since: last.from)))
            notes.append(
                "\(Words.count(gaps.count, "gap")) without data, the last one of \(length) at "
                    + "\(last.from.timeOfDay(in: zone)): \(last.reason.rawValue)")
        }
        notes += file.problems.prefix(3).map { $0.escapedForDisplay }
        if file.problems.count > 3 { notes.append("\(file.problems.count - 3) more such problems") }
        guard !notes.isEmpty else { return [] }
        return [PageLine("Notes", .strong)]
            + notes.flatMap { Wrapping.lines("- " + $0, width: width - 2, indent: 2) }
            .map { PageLine("  " + $0) }
    }
}
