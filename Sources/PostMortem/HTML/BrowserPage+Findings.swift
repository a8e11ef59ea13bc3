internal import HistoryModel

extension BrowserPage {
    /// What was found: each with its evidence, what to do, and the way to its moment in the charts.
    func findings(in groups: [ChartGroup]) -> HTMLText {
        var html: HTMLText = """
            <section class="card findings" aria-labelledby="findings">
            <h2 id="findings">What was found</h2>

            """
        if postMortem.findings.isEmpty {
            html += "<p class=\"none\">Nothing that would explain more.</p>\n"
        }
        for (index, finding) in postMortem.findings.enumerated() {
            html += card(of: finding, at: index, in: groups)
        }
        return html + "</section>\n"
    }

    private func card(of finding: Finding, at index: Int, in groups: [ChartGroup]) -> HTMLText {
        let (word, tone) = weight(of: finding)
        var html: HTMLText = """
            <article class="finding \(tone)" data-finding="f\(index + 1)">
            <p class="chips"><span class="chip \(tone)">\(word)</span>\
            <span class="chip">\(words(of: finding.kind))</span>\
            <span class="chip">\(finding.certainty.rawValue)</span></p>
            <h3>\(finding.sentence).</h3>

            """
        if let advice = finding.advice {
            html += "<p class=\"advice\"><b>To do</b> \(advice)</p>\n"
        }
        // The closest look that shows all of it; the charts of the whole run show what reaches further.
        if let span = span(of: finding, at: index),
            let group = groups.first(where: { $0.shows(span) }) ?? groups.last
        {
            let end = span.to > span.from ? " to \(clock(span.to, since: span.from))" : ""
            html += """
                <p class="place"><a href="#\(group.id)-\(span.name)">Show it in the charts</a> \
                <span>\(time(span.from))\(end)</span></p>

                """
        }
        return html + evidence(of: finding) + "</article>\n"
    }

    /// The time alone, where the day is the same.
    private func clock(_ instant: Timestamp, since other: Timestamp) -> String {
        guard let here = instant.dateAndTime(in: zone), let there = other.dateAndTime(in: zone),
            here.date == there.date
        else { return instant.description(in: zone) }
        return here.time
    }

    private func evidence(of finding: Finding) -> HTMLText {
        guard !finding.evidence.isEmpty else { return "" }
        let hasTimes = finding.evidence.contains { $0.at != nil }
        var table = HTMLTable(
            "Evidence",
            columns: [.init("Evidence"), .init("Value", isNumber: true)]
                + (hasTimes ? [.init("When")] : []) + [.init("From")])
        for evidence in finding.evidence.prefix(40) {
            let when = evidence.at.map { time($0) } ?? ""
            table.addRow(
                ["\(evidence.name)", value(of: evidence)] + (hasTimes ? [when] : [])
                    + ["<code>\(evidence.source)</code>"])
        }
        return table.html
    }

    private func value(of evidence: Evidence) -> HTMLText {
        if case .time(let instant) = evidence.value { return time(instant) }
        return "\(evidence.value.text(in: zone))"
    }

    private func weight(of finding: Finding) -> (word: String, tone: HTMLText) {
        switch finding.weight {
        case .cause: ("Cause", run.exitCode == 0 ? "plain" : "grave")
        case .warning: ("Warning", "warning")
        case .note: ("Note", "plain")
        }
    }
}
