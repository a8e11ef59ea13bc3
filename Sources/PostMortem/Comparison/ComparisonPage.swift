public import HistoryModel

/// Two runs on one screen.
///
/// ```swift
/// for line in ComparisonPage(comparison, width: 80).lines { print(line.text) }
/// ```
public struct ComparisonPage: Sendable {
    private let comparison: RunComparison
    private let width: Int
    private let zone: LocalZone

    /// A page of `width` columns, held between 60 and 200, with times as clocks of `zone` show them.
    public init(_ comparison: RunComparison, width: Int = 80, zone: LocalZone = .current) {
        self.comparison = comparison
        self.width = min(200, max(60, width))
        self.zone = zone
    }

    /// The page. No line is wider than it.
    public var lines: [PageLine] {
        let ids = comparison.runs.map { "\($0.caseFile.run.id)" }
        var lines = [PageLine("Run \(ids[1]) compared with run \(ids[0])", .strong), PageLine()]
        lines += Wrapping.lines(comparison.sentence, width: width).map { PageLine($0, .strong) }
        var parts = comparison.sections(in: zone).filter { !$0.isEmpty }
            .map { $0.lines(width: width) }
        let charts = ComparisonCharts(runs: comparison.runs.map(\.caseFile)).lines(width: width)
        if !charts.isEmpty {
            parts.insert(
                [PageLine("Both from their start, on one scale", .strong)] + charts,
                at: min(2, parts.count))
        }
        for part in parts { lines += [PageLine()] + part }
        return lines
    }

    /// The comparison as a Markdown document; its times are UTC.
    ///
    /// Texts from outside are escaped: no name becomes a link, a heading, a table cell or HTML.
    public static func markdown(_ comparison: RunComparison) -> String {
        let ids = comparison.runs.map { "\($0.caseFile.run.id)" }
        let parts =
            [
                ["# Run \(ids[1]) compared with run \(ids[0])"],
                ["**\(Markdown.escaped(comparison.sentence))**"],
            ] + comparison.sections(in: .utc).filter { !$0.isEmpty }.map(\.markdown)
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }
}
