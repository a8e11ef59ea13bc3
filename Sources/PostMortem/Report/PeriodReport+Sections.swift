internal import HistoryModel
internal import HistoryStore

extension PeriodReport {
    /// The period in one sentence with its full stop.
    public var sentence: String {
        let ended = Words.count(tally.ended, "run")
        guard let rate = tally.failureRate else {
            return "No run ended in this time; \(Words.count(runningCount, "run")) went on."
        }
        var text = "\(ended) ended, \(tally.failed) of them failed (\(Self.percent(rate)))"
        if let earlier = before.failureRate {
            let change =
                (rate - earlier).magnitude < 0.0005
                ? "the same" : rate > earlier ? "less" : "more"
            text +=
                "; in the same time before it was \(change): \(Self.percent(earlier)) of "
                + "\(before.ended)"
        } else {
            text += "; in the same time before none ended"
        }
        if let cause = causes.first, tally.failed > 1 {
            text += ". The most frequent cause is \(cause.kind.words) (\(cause.count))"
        }
        return text + "."
    }

    static func percent(_ share: Double) -> String { Words.number(share * 100, places: 1) + " %" }

    /// What a page says, for every format.
    func sections(in zone: LocalZone) -> [PageSection] {
        let names = SandboxNames(of: sandboxes.map(\.identity))
        return [
            trend, causeTable, exampleList(names), mostFailures(names), loops(names, in: zone),
            longest(names), hungriest(names), sizingTable(names), usageTable(names),
            unrecorded(in: zone),
        ].filter { !$0.isEmpty }
    }

    /// So many lines of a list are shown.
    private static let listLimit = 8
    /// So many steps of a trend stand on lines of their own.
    private static let trendLimit = 62

    private var trend: PageSection {
        let highest = units.map { $0.tally.failureRate ?? 0 }.max() ?? 0
        let rows = units.suffix(Self.trendLimit).map { unit -> [PageTable.Cell] in
            [
                .text(unit.name), .text("\(unit.tally.ended)"), .text("\(unit.tally.failed)"),
                .text(unit.tally.failureRate.map(Self.percent) ?? "-"),
                .bar(highest > 0 ? (unit.tally.failureRate ?? 0) / highest : 0),
            ]
        }
        let title = calendar == .day ? "Day by day" : "Month by month"
        return PageSection(
            title, [],
            PageTable(
                [
                    .text(calendar == .day ? "DAY" : "MONTH", .fixed), .number("ENDED"),
                    .number("FAILED"), .number("RATE"), .text("", .optional),
                ], Array(rows)))
    }

    private var causeTable: PageSection {
        let rows = causes.map { cause -> [PageTable.Cell] in
            let endings = cause.endings.prefix(3).map { "\($0.words) (\($0.count))" }
            let more = cause.endings.count > 3 ? ", …" : ""
            return [
                .text(cause.kind.words), .text("\(cause.count)"),
                .text(Self.percent(Double(cause.count) / Double(max(1, tally.failed)))),
                .text("\(cause.sandboxCount)"), .text("\(cause.latest.id)"),
                .text(endings.joined(separator: ", ") + more),
            ]
        }
        return PageSection(
            "Why they failed", [],
            PageTable(
                [
                    .text("CAUSE", .fixed), .number("RUNS"), .number("SHARE"),
                    .number("SANDBOXES"), .number("LATEST RUN"), .text("ENDED WITH"),
                ], rows))
    }

    private func exampleList(_ names: SandboxNames) -> PageSection {
        PageSection(
            "Some of them, looked into",
            examples.map { example in
                let many = example.count > 1 ? ", \(example.count) like it" : ""
                let advice = example.advice.map { " \($0)" } ?? ""
                return "Run \(example.run) of \(names[example.sandbox])\(many): "
                    + "\(example.verdict.sentence) (\(example.verdict.certainty.rawValue))\(advice)"
            })
    }

    private func mostFailures(_ names: SandboxNames) -> PageSection {
        let worst = sandboxes.filter { $0.tally.failed > 0 }.sorted {
            ($1.tally.failed, $0.identity) < ($0.tally.failed, $1.identity)
        }
        let rows = worst.prefix(Self.listLimit).map { sandbox -> [PageTable.Cell] in
            [
                .text(names[sandbox.identity]), .text("\(sandbox.tally.failed)"),
                .text("\(sandbox.tally.ended)"),
                .text(sandbox.tally.failureRate.map(Self.percent) ?? "-"),
                .text(sandbox.latestFailure.map { "\($0.id)" } ?? "-"),
                .text(sandbox.mainCause?.words ?? "-"),
            ]
        }
        return PageSection(
            "Sandboxes with most failures", [],
            PageTable(
                [
                    .text("SANDBOX"), .number("FAILED"), .number("ENDED"), .number("RATE"),
                    .number("LATEST RUN"), .text("MOSTLY", .optional),
                ], Array(rows)))
    }

    private func loops(_ names: SandboxNames, in zone: LocalZone) -> PageSection {
        let loops = sandboxes.compactMap { sandbox in sandbox.loop.map { (sandbox.identity, $0) } }
            .sorted { ($1.1.count, $0.0) < ($0.1.count, $1.0) }
        let rows = loops.prefix(Self.listLimit).map { identity, loop -> [PageTable.Cell] in
            let from = loop.first.startedAt
            let end = loop.last.terminatedAt ?? loop.last.startedAt
            return [
                .text(names[identity]), .text("\(loop.count)"), .text(loop.endWords),
                .text(Words.length(max(0, end.milliseconds(since: from)))),
                .text("\(loop.first.id)"), .text(from.description(in: zone)),
            ]
        }
        return PageSection(
            "Restart loops", [],
            PageTable(
                [
                    .text("SANDBOX"), .number("IN A ROW"), .text("EACH WITH"),
                    .number("FOR"), .number("FIRST RUN"), .text("FROM", .optional),
                ], Array(rows)))
    }

    private func longest(_ names: SandboxNames) -> PageSection {
        let longest = sandboxes.compactMap { sandbox in
            sandbox.longest.map { (sandbox.identity, $0.run, $0.milliseconds) }
        }.sorted { ($1.2, $0.0) < ($0.2, $1.0) }
        let rows = longest.prefix(Self.listLimit).map { identity, run, length -> [PageTable.Cell] in
            [
                .text(names[identity]), .text(Words.length(length)), .text("\(run.id)"),
                .text(run.endWords),
            ]
        }
        return PageSection(
            "Longest runs", [],
            PageTable(
                [
                    .text("SANDBOX"), .number("TOOK"), .number("RUN"),
                    .text("ENDED WITH", .optional),
                ],
                Array(rows)))
    }

    private func hungriest(_ names: SandboxNames) -> PageSection {
        let runs = sandboxes.compactMap(\.hungriest).sorted {
            ($1.highestMemoryBytes ?? 0, $0.id) < ($0.highestMemoryBytes ?? 0, $1.id)
        }
        let rows = runs.prefix(Self.listLimit).map { run -> [PageTable.Cell] in
            let time = usageOfSandboxes[run.sandbox]?.cpuTimeNanoseconds
            return [
                .text(names[run.sandbox]),
                .text(run.highestMemoryBytes.map(ByteText.format) ?? "-"),
                .text(run.residentLimit.map(ByteText.format) ?? "-"),
                .text(run.shareOfLimit.map(Words.percent) ?? "-"), .text("\(run.id)"),
                .text(time.map { Duration.nanoseconds($0).compactText } ?? "-"),
            ]
        }
        return PageSection(
            "Hungriest sandboxes", [],
            PageTable(
                [
                    .text("SANDBOX"), .number("MEM PEAK"), .number("LIMIT"), .number("% LIMIT"),
                    .number("RUN"), .number("CPU TIME", .optional),
                ], Array(rows)))
    }

    private func sizingTable(_ names: SandboxNames) -> PageSection {
        func rows(isTooSmall: Bool) -> [[PageTable.Cell]] {
            sizings.filter { $0.isTooSmall == isTooSmall }.prefix(Self.listLimit).map { sizing in
                [
                    .text(names[sizing.sandbox]), .text(isTooSmall ? "too small" : "too large"),
                    .text(ByteText.format(sizing.peakBytes)),
                    .text(ByteText.format(sizing.limitBytes)),
                    .text(ByteText.format(sizing.advisedBytes)), .text("\(sizing.run)"),
                ]
            }
        }
        return PageSection(
            "Memory limits that do not fit", [],
            PageTable(
                [
                    .text("SANDBOX"), .text("LIMIT IS", .fixed), .number("PEAK"),
                    .number("LIMIT"), .number("ADVISED"), .number("RUN"),
                ], rows(isTooSmall: true) + rows(isTooSmall: false)))
    }

    private func usageTable(_ names: SandboxNames) -> PageSection {
        func cells(_ name: String, _ usage: Usage) -> [PageTable.Cell] {
            func bytes(_ one: Int64?, _ other: Int64?) -> String {
                guard one != nil || other != nil else { return "-" }
                let (sum, overflow) = (one ?? 0).addingReportingOverflow(other ?? 0)
                return ByteText.format(overflow ? .max : sum)
            }
            return [
                .text(name), .text("\(usage.runCount)"),
                .text(Words.length(usage.durationMilliseconds)),
                .text(usage.cpuTimeNanoseconds.map { Duration.nanoseconds($0).compactText } ?? "-"),
                .text(bytes(usage.diskReadBytes, usage.diskWriteBytes)),
                .text(bytes(usage.netRxBytes, usage.netTxBytes)),
            ]
        }
        let largest = usageOfSandboxes.sorted {
            ($1.value.cpuTimeNanoseconds ?? -1, $0.key) < (
                $0.value.cpuTimeNanoseconds ?? -1, $1.key
            )
        }
        var rows = largest.prefix(Self.listLimit).map { cells(names[$0.key], $0.value) }
        if largest.count > Self.listLimit {
            rows.append(cells("all \(largest.count) sandboxes", usage))
        }
        return PageSection(
            "Used most", [],
            PageTable(
                [
                    .text("SANDBOX"), .number("RUNS"), .number("RAN FOR"), .number("CPU TIME"),
                    .number("DISK"), .number("NET", .optional),
                ], rows))
    }

    private func unrecorded(in zone: LocalZone) -> PageSection {
        var sentences: [String] = []
        for recorder in recorders where !recorder.absences.isEmpty {
            let total = recorder.absences.reduce(Int64(0)) { sum, absence in
                let (sum, overflow) = sum.addingReportingOverflow(absence.milliseconds)
                return overflow ? .max : sum
            }
            guard let longest = recorder.absences.max(by: { $0.milliseconds < $1.milliseconds })
            else { continue }
            sentences.append(
                "No recorder of \(recorder.registry) on \(recorder.host) was at work for "
                    + "\(Words.length(total)), in \(Words.count(recorder.absences.count, "stretch", "stretches")); "
                    + "the longest, \(Words.length(longest.milliseconds)), from "
                    + "\(longest.from.description(in: zone)).")
        }
        if recorders.isEmpty {
            sentences.append(
                "No standing recorder (`varve record`) has worked on this catalog: each `varve run` "
                    + "recorded itself.")
        }
        if unsampledCount > 0 {
            sentences.append("\(Words.count(unsampledCount, "run")) ended without a single sample.")
        }
        if unknownEndCount > 0 {
            sentences.append("Of \(Words.count(unknownEndCount, "run")) nobody knows the end.")
        }
        sentences += problems.prefix(5)
        if problems.count > 5 { sentences.append("\(problems.count - 5) more such problems.") }
        let rows = gaps.map { gap -> [PageTable.Cell] in
            [
                .text(gap.reason), .text("\(gap.count)"), .text("\(gap.runCount)"),
                .text(Words.length(gap.milliseconds)),
            ]
        }
        return PageSection(
            "What was not recorded", sentences,
            PageTable(
                [.text("GAP"), .number("COUNT"), .number("RUNS"), .number("TOGETHER")], rows))
    }
}

extension Words {
    /// `1 stretch`, `2 stretches`.
    static func count(_ count: Int, _ noun: String, _ nouns: String) -> String {
        "\(count) \(count == 1 ? noun : nouns)"
    }
}
