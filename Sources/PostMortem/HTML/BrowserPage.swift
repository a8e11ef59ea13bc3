public import HistoryModel

/// A post-mortem as a page for a browser: one file that loads nothing and can be mailed.
///
/// ```swift
/// let page = BrowserPage(of: postMortem, in: .current)
/// try page.html.markup.write(toFile: "report.html", atomically: true, encoding: .utf8)
/// ```
///
/// The same value makes the same page, byte for byte.
public struct BrowserPage: Sendable {
    let postMortem: PostMortem
    let zone: LocalZone

    /// A page about `postMortem`, its times as clocks of `zone` show them.
    public init(of postMortem: PostMortem, in zone: LocalZone) {
        self.postMortem = postMortem
        self.zone = zone
    }

    var caseFile: CaseFile { postMortem.caseFile }
    var run: Run { caseFile.run }

    /// The page.
    public var html: HTMLText {
        let groups = [momentsGroup ?? recentGroup, historyGroup].compactMap { $0 }
        let main: HTMLText = """
            <main>
            \(answer)\(problems)\(figures)\(findings(in: groups))\
            \(groups.map(\.html).joined())\(gaps)\(events)\(lastSamples)\(logs)\(neighbours)\
            \(earlierRuns)\(details)</main>

            """
        let footer: HTMLText = """
            <footer><p>Made by <b>varve</b> from its catalog, as it was at \(time(caseFile.askedAt)).
            <code>varve why \(run.id.description)</code> says the same in a terminal.</p></footer>

            """
        return HTMLPage(
            title: "\(run.sandbox.escapedForDisplay.truncated(toWidth: 60)), run \(run.id): "
                + ending.words,
            body: main + footer
        ).html
    }

    /// The answer to why it ended, and of what run.
    private var answer: HTMLText {
        """
        <header class="card answer \(ending.tone)">
        <p class="eyebrow">Post-mortem of run \(run.id.description)</p>
        <h1><bdi>\(run.sandbox.escapedForDisplay.truncated(toWidth: 120))</bdi></h1>
        <p class="verdict">\(postMortem.verdict.sentence)</p>
        <p class="chips"><span class="chip \(ending.tone)">\(ending.words)</span>\
        <span class="chip">\(words(of: postMortem.verdict.cause))</span>\
        <span class="chip">\(postMortem.verdict.certainty.rawValue)</span></p>
        <p class="when">\(time(run.startedAt)) to \
        \(run.terminatedAt.map { time($0) } ?? "now (\(time(caseFile.askedAt)))")<br>\
        <time>\(run.startedAt.rfc3339)</time> to <time>\(caseFile.end.rfc3339)</time></p>
        </header>

        """
    }

    private var problems: HTMLText {
        let sentences =
            caseFile.problems
            + caseFile.history.problems.filter { !caseFile.problems.contains($0) }
        guard !sentences.isEmpty else { return "" }
        return """
            <section class="card answer warning"><h2>Not all could be read</h2>
            <ul>\(sentences.prefix(20).map { "<li>\($0)</li>" as HTMLText }.joined())</ul></section>

            """
    }

    /// How it ended: in words, and good or bad.
    var ending: (words: String, tone: HTMLText) {
        if run.status == .running { return ("still running", "running") }
        if let signal = run.exitSignal {
            let core = run.coreDumped == true ? ", core dumped" : ""
            return ("killed by \(SignalName.name(of: signal))\(core)", "grave")
        }
        if let code = run.exitCode { return ("exit code \(code)", code == 0 ? "good" : "grave") }
        return ("ended, nobody knows how", "warning")
    }

    /// An instant for people, and for programs in the attribute.
    func time(_ instant: Timestamp, withMilliseconds: Bool = false) -> HTMLText {
        let text =
            withMilliseconds
            ? instant.preciseDescription(in: zone) : instant.description(in: zone)
        return "<time datetime=\"\(instant.rfc3339)\">\(text)</time>"
    }

    /// The time of day, to the millisecond; with its date where that is not the date of the end.
    func shortTime(_ instant: Timestamp) -> HTMLText {
        let text = instant.preciseDescription(in: zone).split(separator: " ")
        let end = caseFile.end.dateAndTime(in: zone)
        guard text.count == 3, let end else { return time(instant, withMilliseconds: true) }
        let shown = end.date == text[0] ? "\(text[1])" : "\(text[0]) \(text[1])"
        return "<time datetime=\"\(instant.rfc3339)\">\(shown)</time>"
    }

    /// What ``shortTime(_:)`` leaves out.
    var shortTimeNote: HTMLText {
        let text = caseFile.end.description(in: zone).split(separator: " ")
        guard text.count == 3 else { return "" }
        return """
            <p class="sub">Local times, \(text[2]) from UTC; those without a date are of \(text[0]).</p>

            """
    }

    /// `memory reached limit` of `memory_reached_limit`.
    func words(of kind: Finding.Kind) -> String {
        kind.rawValue.split(separator: "_").joined(separator: " ")
    }

    /// How long before the end `instant` was: `12.3s before`; `at the end` of the end itself.
    func beforeEnd(_ instant: Timestamp) -> HTMLText {
        let distance = caseFile.end.milliseconds(since: instant)
        if distance == 0 { return run.status == .running ? "now" : "the end" }
        let text = Duration.milliseconds(abs(max(distance, -.max))).compactText
        return distance > 0 ? "−\(text)" : "+\(text)"
    }
}
