public import HistoryModel

/// A report on a period, on some screens.
///
/// ```swift
/// for line in ReportPage(report, width: 80).lines { print(line.text) }
/// ```
public struct ReportPage: Sendable {
    private let report: PeriodReport
    private let width: Int
    private let zone: LocalZone

    /// A page of `width` columns, held between 60 and 200, with times as clocks of `zone` show them.
    public init(_ report: PeriodReport, width: Int = 80, zone: LocalZone = .current) {
        self.report = report
        self.width = min(200, max(60, width))
        self.zone = zone
    }

    /// The page. No line is wider than it.
    public var lines: [PageLine] {
        var lines = Wrapping.lines(report.title(in: zone).escapedForDisplay, width: width)
            .map { PageLine($0, .strong) }
        lines.append(PageLine())
        lines += Wrapping.lines(report.sentence, width: width)
            .map { PageLine($0, report.tally.failed == 0 ? .good : .strong) }
        for section in report.sections(in: zone) {
            lines += [PageLine()] + section.lines(width: width)
        }
        return lines
    }

    /// The report as a Markdown document; its times are UTC.
    ///
    /// Texts from outside are escaped: no name becomes a link, a heading, a table cell or HTML.
    public static func markdown(_ report: PeriodReport) -> String {
        let parts =
            [
                ["# \(Markdown.escaped(report.title(in: .utc)))"],
                ["**\(Markdown.escaped(report.sentence))**"],
            ] + report.sections(in: .utc).map(\.markdown)
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }
}

extension PeriodReport {
    /// What it is about, not escaped.
    func title(in zone: LocalZone) -> String {
        let from = period.start?.description(in: zone) ?? "?"
        let until = period.end?.description(in: zone) ?? "?"
        let what = filters.isEmpty ? "" : " of \(filters.joined(separator: ", "))"
        return "Runs\(what) from \(from) to \(until)"
    }
}
