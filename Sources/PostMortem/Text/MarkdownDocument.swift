internal import HistoryModel

/// A post-mortem as a Markdown document (CommonMark, with GitHub's tables), to be kept or sent around.
///
/// Texts from outside are escaped: no name or line of output becomes a link, a heading, a table cell or
/// HTML.
public struct MarkdownDocument: Sendable {
    private let postMortem: PostMortem
    private var file: CaseFile { postMortem.caseFile }
    private var run: Run { file.run }

    /// So many of the last samples are listed.
    private static let sampleCount = 10

    /// The document of `postMortem`; its times are UTC.
    public init(_ postMortem: PostMortem) {
        self.postMortem = postMortem
    }

    /// The document, its last line ended.
    public var text: String {
        let parts = [
            ["# Run \(run.id) of \(Markdown.escaped(run.sandbox))"],
            [
                "**\(Markdown.escaped(postMortem.verdict.sentence))** "
                    + "(\(Markdown.escaped(postMortem.verdict.cause.rawValue)), "
                    + "\(postMortem.verdict.certainty.rawValue))"
            ],
            facts, findings, events, samples, logs, notes,
        ]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    private var facts: [String] {
        var rows: [(String, String)] = []
        if !run.labels.isEmpty { rows.append(("Labels", run.labelText)) }
        if let command = run.command { rows.append(("Command", CommandLineText.quoted(command))) }
        if let home = file.home { rows.append(("Home", home)) }
        rows.append(("Host", run.source.host.name))
        rows.append(("Started", run.startedAt.rfc3339))
        if let end = run.terminatedAt { rows.append(("Ended", end.rfc3339)) }
        if let duration = run.duration { rows.append(("Duration", duration.compactText)) }
        rows.append(("How", run.howItEnded))
        if let peak = run.usage.memoryPeakBytes {
            let limit = run.memoryLimitBytes.map { " of \(ByteText.format($0))" } ?? ""
            rows.append(("Peak memory", ByteText.format(peak) + limit))
        }
        if let time = run.usage.cpuTimeNanoseconds {
            rows.append(("CPU time", Duration.nanoseconds(time).compactText))
        }
        return Markdown.table(["What", "Value"], rows.map { [$0.0, $0.1] })
    }

    private var findings: [String] {
        var lines = ["## Findings"]
        for finding in postMortem.findings {
            lines += ["", "### \(Markdown.escaped(finding.sentence))", ""]
            var facts = "\(finding.kind.rawValue): \(finding.rank)"
            if let from = finding.from { facts += "; \(from.rfc3339)" }
            if let to = finding.to { facts += " to \(to.rfc3339)" }
            lines.append(Markdown.escaped(facts))
            if !finding.evidence.isEmpty {
                lines.append("")
                lines += Markdown.table(
                    ["Evidence", "Value", "Time", "From"],
                    finding.evidence.map {
                        [$0.name, $0.value.text(in: .utc), $0.at?.rfc3339 ?? "", $0.source]
                    })
            }
            if let advice = finding.advice {
                lines += ["", "What to do: \(Markdown.escaped(advice))"]
            }
        }
        return lines
    }

    private var events: [String] {
        guard !file.events.isEmpty else { return [] }
        return ["## What happened", ""]
            + Markdown.table(
                ["Time", "Event", "Detail", "Seen by"],
                file.events.map {
                    [$0.at.rfc3339, $0.kind.rawValue, $0.detail ?? "", $0.seenBy.rawValue]
                })
    }

    private var samples: [String] {
        let last = file.ending.suffix(Self.sampleCount)
        guard !last.isEmpty else { return [] }
        return [file.moments.isEmpty ? "## Its last intervals" : "## Its last samples", ""]
            + Markdown.table(
                ["Time", "CPU", "Memory", "Disk", "Network"],
                last.map { moment in
                    [
                        moment.at.rfc3339,
                        moment.cpu.map { Words.number($0 / 100, places: 1) + " %" } ?? "",
                        moment.memory.map(Words.bytes) ?? "", moment.disk.map(Words.rate) ?? "",
                        moment.net.map(Words.rate) ?? "",
                    ]
                })
    }

    private var logs: [String] {
        var lines: [String] = []
        for text in file.texts where !text.lines.isEmpty {
            lines += lines.isEmpty ? [] : [""]
            lines += ["## The end of \(Markdown.escaped(text.name))", ""]
            lines += text.lines.suffix(20).map {
                "- " + Markdown.escaped($0.truncated(toWidth: Threshold.quotedWidth))
            }
        }
        return lines
    }

    private var notes: [String] {
        let gaps = file.history.gaps.suffix(20).map {
            "No data from \($0.from.rfc3339) to \($0.to.rfc3339): \($0.reason.rawValue)"
        }
        let notes = gaps + file.problems
        return notes.isEmpty ? [] : ["## Notes", ""] + notes.map { "- " + Markdown.escaped($0) }
    }
}

/// Text in Markdown.
package enum Markdown {
    /// `text` on one line, with nothing in it that Markdown or HTML would understand.
    package static func escaped(_ text: String) -> String {
        let scalars = Array(text.escapedForDisplay.unicodeScalars)
        var escaped = ""
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            // GitHub makes links of what looks like an address or a mail box, and of names.
            case ":" where next == "/" || isMailScheme(escaped): escaped += "&#58;"
            case "@": escaped += "&#64;"
            case "." where escaped.suffix(3).lowercased() == "www": escaped += "&#46;"
            case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "#", "+", "!", "|", "~", "$",
                "=":
                escaped += "\\\(scalar)"
            // What would begin a list, or a rule.
            case "-" where escaped.isEmpty: escaped += "\\-"
            case "." where (next == nil || next == " ") && escaped.utf8.allSatisfy(isDigit):
                escaped += "\\."
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func isMailScheme(_ text: String) -> Bool {
        let end = text.suffix(6).lowercased()
        return end == "mailto" || end.hasSuffix("xmpp")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// A table of cells that are not escaped yet.
    static func table(_ head: [String], _ rows: [[String]]) -> [String] {
        func line(_ cells: [String]) -> String {
            "| " + cells.map(escaped).joined(separator: " | ") + " |"
        }
        return [line(head), "|" + String(repeating: " --- |", count: head.count)] + rows.map(line)
    }
}
