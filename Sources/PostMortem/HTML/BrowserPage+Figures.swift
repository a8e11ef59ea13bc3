internal import HistoryModel

extension BrowserPage {
    /// What the run used, in large figures.
    var figures: HTMLText {
        let usage = run.usage
        let tiles = [
            tile(run.status == .running ? "Runs for" : "Took", length, nil),
            tile(
                "Memory peak", (usage.memoryMaxBytes ?? usage.memoryPeakBytes).map(ByteText.format),
                memoryShare),
            tile(
                "CPU time",
                usage.cpuTimeNanoseconds.map { Duration.nanoseconds($0).compactText },
                usage.cpuMaxCentipercent.map {
                    "peak \(ChartUnit.cpuCentipercent.text(of: Double($0)))"
                }),
            tile(
                "Written", usage.diskWriteBytes.map(ByteText.format),
                usage.diskReadBytes.map { "read \(ByteText.format($0))" }),
            tile(
                "Received", usage.netRxBytes.map(ByteText.format),
                usage.netTxBytes.map { "sent \(ByteText.format($0))" }),
        ]
        return """
            <section aria-label="What it used"><dl class="tiles">
            \(tiles.joined())</dl></section>

            """
    }

    private func tile(_ name: String, _ value: String?, _ note: HTMLText?) -> HTMLText {
        """
        <div class="tile"><dt>\(name)</dt><dd><b>\(value ?? ChartUnit.absent)</b>\
        \(note.map { "<small>\($0)</small>" })</dd></div>

        """
    }

    var length: String? {
        if let duration = run.duration { return duration.compactText }
        let length = caseFile.end.milliseconds(since: run.startedAt)
        return length >= 0 ? Duration.milliseconds(length).compactText : nil
    }

    /// How much of the limit it was, with a bar.
    private var memoryShare: HTMLText? {
        let usage = run.usage
        guard let limit = run.memoryLimitBytes, limit > 0 else { return nil }
        guard let peak = usage.memoryMaxBytes ?? usage.memoryPeakBytes else {
            return "of \(ByteText.format(limit))"
        }
        let share = Double(peak) / Double(limit)
        let tone: HTMLText = share >= 0.95 ? "grave" : share >= 0.8 ? "warning" : "plain"
        return """
            \(ChartUnit.cpuCentipercent.text(of: share * 10_000)) of \(ByteText.format(limit))\
            <svg class="bar \(tone)" aria-hidden="true"><rect width="100%" height="100%" rx="2"/>\
            <rect class="full" width="\(percent(min(share, 1)))" height="100%" rx="2"/></svg>
            """
    }

    /// All else that is known of the run.
    var details: HTMLText {
        var rows: [(String, HTMLText?)] = [
            ("Sandbox", "<bdi>\(run.sandbox)</bdi>"),
            ("Run", "\(run.id.description)"),
            ("Labels", labels),
            ("Command", run.command.map { command($0) }),
            ("Ended", "\(ending.words)"),
            ("Known by", run.exitKnownBy.map { "\($0.rawValue)" }),
            ("Reason", reason),
            ("Started", both(run.startedAt)),
            ("Terminated", run.terminatedAt.map { both($0) }),
            ("Took", length.map { "\($0)" }),
            ("Process", run.pid.map { "\($0)" }),
        ]
        rows += [
            (
                "Memory limit",
                run.memoryLimitBytes.map { bytes in
                    "\(ByteText.format(bytes))\(run.memoryLimitKind.map { " (\($0.rawValue))" } ?? "")"
                }
            ),
            (
                "CPU limit",
                run.cpuLimitCentipercent.map {
                    "\(ChartUnit.cpuCentipercent.text(of: Double($0))) of one core"
                }
            ),
            (
                "Held back by it",
                run.cpuThrottledNanoseconds.map {
                    "\(Duration.nanoseconds($0).compactText), summed over cores"
                }
            ),
            (
                "Memory peak of one process",
                run.usage.memoryPeakBytes.map { "\(ByteText.format($0))" }
            ),
            ("Memory highest sample", run.usage.memoryMaxBytes.map { "\(ByteText.format($0))" }),
            ("Samples", run.usage.sampleCount.map { "\($0)" }),
            ("Source", "\(run.source.kind.rawValue) <code>\(run.source.name)</code>"),
            ("Host", "\(run.source.host.name)"),
        ]
        let lines = rows.map { name, value -> HTMLText in
            guard let value else { return "" }
            return "<div><dt>\(name)</dt><dd>\(value)</dd></div>\n"
        }
        return """
            <section class="card" aria-labelledby="details"><h2 id="details">The run</h2>
            <dl class="facts">
            \(lines.joined())</dl></section>

            """
    }

    /// The time there and in UTC.
    private func both(_ instant: Timestamp) -> HTMLText {
        "\(time(instant, withMilliseconds: true)) <small>\(instant.rfc3339)</small>"
    }

    private var labels: HTMLText? {
        guard !run.labels.isEmpty else { return nil }
        return run.labels.sorted { $0.key < $1.key }.map { label -> HTMLText in
            "<span class=\"chip\"><bdi>\(label.key)</bdi>=<bdi>\(label.value)</bdi></span> "
        }.joined()
    }

    private var reason: HTMLText? {
        guard let reason = run.terminationReason else { return nil }
        return "\(reason.rawValue)\(run.terminationDetail.map { ": \($0)" } ?? "")"
    }

    /// A command as it would be typed, cut where nobody reads on.
    func command(_ arguments: [String], upTo most: Int = 4_000) -> HTMLText {
        let text = CommandLineText.quoted(arguments)
        let shown = text.prefix(most)
        let rest = text.count - shown.count
        return "<code>\(shown)</code>\(rest > 0 ? " … and \(rest) characters more" : "")"
    }
}
