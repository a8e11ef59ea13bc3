public import HistoryModel
internal import HistoryStore

/// A report on a period as a page for a browser: one file that loads nothing and can be mailed.
public struct ReportBrowserPage: Sendable {
    private let report: PeriodReport
    private let zone: LocalZone

    /// A page of `report`, its times as clocks of `zone` show them.
    public init(of report: PeriodReport, in zone: LocalZone) {
        self.report = report
        self.zone = zone
    }

    /// The page.
    public var html: HTMLText {
        let sections = report.sections(in: zone).enumerated().map { index, section in
            section.html(id: "part-\(index)")
        }
        let title = report.title(in: zone)
        let main: HTMLText = """
            <main>
            <header class="card answer \(tone)">
            <p class="eyebrow">Report on runs</p>
            <h1>\(heading)</h1>
            <p class="verdict">\(report.sentence)</p>
            <p class="when">\(instant(report.period.start)) to \(instant(report.period.end))</p>
            </header>
            \(tiles)\(sections.joined())</main>

            """
        let footer: HTMLText = """
            <footer><p>Made by <b>varve</b> from its catalog, as it was at \
            \(instant(report.askedAt)). <code>varve why RUN</code> tells all of a run.</p></footer>

            """
        return HTMLPage(title: title.escapedForDisplay.truncated(toWidth: 90), body: main + footer)
            .html
    }

    private var heading: HTMLText {
        guard !report.filters.isEmpty else { return "All runs" }
        let names = report.filters.joined(separator: ", ").escapedForDisplay
        return "<bdi>\(names.truncated(toWidth: 120))</bdi>"
    }

    private var tone: HTMLText {
        guard let rate = report.tally.failureRate, report.tally.failed > 0 else { return "good" }
        return rate >= 0.1 ? "grave" : "warning"
    }

    private func instant(_ instant: Timestamp?) -> HTMLText {
        guard let instant else { return "" }
        return "<time datetime=\"\(instant.rfc3339)\">\(instant.description(in: zone))</time>"
    }

    private var tiles: HTMLText {
        let before = report.before.failureRate.map { "before \(PeriodReport.percent($0))" }
        let usage = report.usage
        let tiles: [(String, String, String?)] = [
            ("Ended", "\(report.tally.ended)", "before \(report.before.ended)"),
            ("Failed", "\(report.tally.failed)", "before \(report.before.failed)"),
            (
                "Failure rate",
                report.tally.failureRate.map(PeriodReport.percent) ?? ChartUnit.absent, before
            ),
            ("Still running", "\(report.runningCount)", "\(report.startedCount) started"),
            (
                "CPU time",
                usage.cpuTimeNanoseconds.map { Duration.nanoseconds($0).compactText }
                    ?? ChartUnit.absent, "ran for \(Words.length(usage.durationMilliseconds))"
            ),
        ]
        let html = tiles.map { name, value, note -> HTMLText in
            let note: HTMLText = note.map { "<small>\($0)</small>" } ?? ""
            return """
                <div class="tile"><dt>\(name)</dt><dd><b>\(value)</b>\(note)</dd></div>

                """
        }
        return """
            <section aria-label="The period in figures"><dl class="tiles">
            \(html.joined())</dl></section>

            """
    }
}
