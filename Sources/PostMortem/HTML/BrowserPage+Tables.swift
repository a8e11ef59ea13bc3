internal import HistoryModel

extension BrowserPage {
    /// A section with a heading.
    private func section(_ id: String, _ heading: String, _ content: HTMLText) -> HTMLText {
        """
        <section class="card" aria-labelledby="\(id)"><h2 id="\(id)">\(heading)</h2>
        \(content)</section>

        """
    }

    /// The events that the page tells: where there are too many, the first ones and the last ones.
    var shownEvents: [LifecycleEvent] {
        let events = caseFile.events
        guard events.count > 200 else { return events }
        return Array(events.prefix(50)) + events.suffix(150)
    }

    /// What happened.
    var events: HTMLText {
        let shown = shownEvents
        guard !shown.isEmpty else { return "" }
        var table = HTMLTable(
            "Events",
            columns: [
                .init("When"), .init("Before the end", isNumber: true), .init("What"),
                .init("More"), .init("Seen by"), .init("UTC"),
            ])
        for (index, event) in shown.enumerated() {
            table.addRow(
                [
                    shortTime(event.at), beforeEnd(event.at),
                    "<code>\(event.kind.rawValue)</code>", "\(event.detail ?? "")",
                    "\(event.seenBy.rawValue)", "<time>\(event.at.rfc3339)</time>",
                ], id: "event-\(index)")
        }
        let left = caseFile.events.count - shown.count
        let note: HTMLText =
            left > 0
            ? """
            <p class="none">\(left) events between the first 50 and the last 150 are left out: \
            <code>varve query lifecycle \(run.id.description)</code> tells them all.</p>

            """ : ""
        return section("events", "What happened", shortTimeNote + table.html + note)
    }

    /// Where data is missing, the longest stretches first.
    var gaps: HTMLText {
        let gaps = caseFile.history.gaps
        guard !gaps.isEmpty else { return "" }
        var table = HTMLTable(
            "Gaps",
            columns: [.init("From"), .init("To"), .init("Length", isNumber: true), .init("Reason")])
        let shown = gaps.sorted {
            ($1.length, $0.from) < ($0.length, $1.from)
        }.prefix(20)
        for gap in shown {
            table.addRow([
                time(gap.from), time(gap.to), "\(Duration.milliseconds(gap.length).compactText)",
                "<code>\(gap.reason.rawValue)</code>: \(gap.reason.sentence)",
            ])
        }
        let left = gaps.count - shown.count
        let note: HTMLText =
            left > 0 ? "<p class=\"none\">And \(left) shorter ones.</p>\n" : ""
        return section("gaps", "Where data is missing", table.html + note)
    }

    /// The last samples in figures.
    var lastSamples: HTMLText {
        let samples = caseFile.moments
        guard !samples.isEmpty else { return "" }
        let columns: [(String, ChartUnit, [Double?])] = [
            ("CPU", .cpuCentipercent, samples.map { $0.cpuCentipercent.map(Double.init) }),
            ("Memory", .bytes, samples.map { $0.memoryBytes.map(Double.init) }),
            ("Read", .bytesPerSecond, rates(of: .diskRead)),
            ("Written", .bytesPerSecond, rates(of: .diskWrite)),
            ("Received", .bytesPerSecond, rates(of: .netRx)),
            ("Sent", .bytesPerSecond, rates(of: .netTx)),
        ].filter { $0.2.contains { $0 != nil } }
        var table = HTMLTable(
            "Last samples",
            columns: [.init("When"), .init("Before the end", isNumber: true)]
                + columns.map { .init($0.0, isNumber: true) })
        for index in samples.indices.suffix(15) {
            let values = columns.map { column -> HTMLText in
                "\(column.2[index].map { column.1.text(of: $0) } ?? ChartUnit.absent)"
            }
            table.addRow(
                [shortTime(samples[index].at), beforeEnd(samples[index].at)]
                    + values)
        }
        return section("samples", "Its last samples", shortTimeNote + table.html)
    }

    /// Who else used the machine.
    var neighbours: HTMLText {
        guard !caseFile.neighbours.isEmpty else { return "" }
        var table = HTMLTable(
            "Neighbours",
            columns: [
                .init("Sandbox"), .init("Run", isNumber: true), .init("CPU", isNumber: true),
                .init("Memory", isNumber: true), .init("Disk", isNumber: true), .init("Command"),
            ])
        for neighbour in caseFile.neighbours.prefix(50) {
            table.addRow([
                "<bdi>\(neighbour.run.sandbox)</bdi>", "\(neighbour.run.id.description)",
                figure(neighbour.cpuCentipercent, .cpuCentipercent),
                figure(neighbour.memoryBytes, .bytes),
                figure(neighbour.diskBytesPerSecond, .bytesPerSecond),
                neighbour.run.command.map { command($0, upTo: 200) } ?? "",
            ])
        }
        return section(
            "neighbours", "What else ran then",
            "<p class=\"sub\">What they used in the last minutes before.</p>\n" + table.html)
    }

    private func figure(_ value: Double?, _ unit: ChartUnit) -> HTMLText {
        "\(value.map { unit.text(of: $0) } ?? ChartUnit.absent)"
    }

    /// How the sandbox fared before.
    var earlierRuns: HTMLText {
        guard !caseFile.earlier.isEmpty else { return "" }
        var table = HTMLTable(
            "Earlier runs",
            columns: [
                .init("Run", isNumber: true), .init("Started"), .init("Took", isNumber: true),
                .init("Memory peak", isNumber: true), .init("CPU time", isNumber: true),
                .init("How it ended"),
            ])
        for run in caseFile.earlier.prefix(50) {
            let page = BrowserPage(
                of: PostMortem(
                    of: CaseFile(
                        of: run, askedAt: caseFile.askedAt,
                        history: Series(
                            run: run, columns: [], stepMilliseconds: nil,
                            points: .init(columnCount: 0), gaps: [])),
                    verdict: postMortem.verdict, findings: []), in: zone)
            let peak = run.usage.memoryMaxBytes ?? run.usage.memoryPeakBytes
            let cpuTime = run.usage.cpuTimeNanoseconds.map { Duration.nanoseconds($0).compactText }
            table.addRow([
                "\(run.id.description)", time(run.startedAt),
                "\(page.length ?? ChartUnit.absent)",
                "\(peak.map(ByteText.format) ?? ChartUnit.absent)",
                "\(cpuTime ?? ChartUnit.absent)",
                "<span class=\"end \(page.ending.tone)\">\(page.ending.words)</span>",
            ])
        }
        return section("earlier", "Earlier runs of this sandbox", table.html)
    }

    /// What was written last.
    var logs: HTMLText {
        let logs = caseFile.logs.prefix(6)
        guard !logs.isEmpty else { return "" }
        return section("logs", "What was written last", logs.map(LogTail.init).map(html).joined())
    }

    private func html(of log: LogTail) -> HTMLText {
        let lines = log.lines.map { "\($0)\n" as HTMLText }.joined()
        let left: HTMLText =
            log.leftOutBytes.map { " The \(ByteText.format($0)) before it are not here." } ?? ""
        let body: HTMLText =
            log.lines.isEmpty
            ? "<p class=\"none\">Nothing.</p>\n"
            : """
            <pre class="log" role="region" aria-label="\(log.log.name)" tabindex="0">\(lines)</pre>

            """
        return """
            <h3><code>\(log.log.name)</code></h3>
            <p class="sub">As it was at \(time(log.log.takenAt)).\(left)</p>
            \(body)
            """
    }
}

extension Series.Gap {
    fileprivate var length: Int64 { to.milliseconds(since: from) }
}

extension Series.Gap.Reason {
    /// What it means.
    fileprivate var sentence: String {
        switch self {
        case .recorderDown: "no recorder was at work"
        case .notSampled: "its slot held no new sample"
        case .stalled: "its sampler stopped writing while its process lived"
        case .torn: "its slot could not be read whole"
        case .implausible: "its slot held samples of an impossible time"
        case .clockStepped: "the wall clock was set forward: the stretch never was"
        case .hostDown: "the machine was down, or asleep"
        case .dropped: "the catalog could not be written for too long"
        }
    }
}
