internal import HistoryModel

extension BrowserPage {
    /// The last samples; `nil` if none were kept.
    var momentsGroup: ChartGroup? {
        guard let first = caseFile.moments.first, let last = caseFile.moments.last else {
            return nil
        }
        let axis = TimeAxis(from: first.at, to: max(last.at, caseFile.end), clock: .local(zone))
        let known = ChartTrack(of: caseFile.history).gaps
        let track = ChartTrack(of: caseFile.moments, gaps: known)
        var group = ChartGroup(
            "moments", title: run.status == .running ? "The last moments" : "The final moments",
            axis: axis, tracks: [track])
        let length = Duration.milliseconds(axis.to.milliseconds(since: axis.from)).compactText
        group.note = """
            Each of \(caseFile.moments.count) samples, as it was taken in the last \(length), to \
            \(time(axis.to, withMilliseconds: true)).
            """
        let gauge = { (metric: Metric) -> [Double?] in
            caseFile.moments.map { $0[metric].map(Double.init) }
        }
        group.panels = [
            ChartPanel(
                "Memory", in: .bytes, lines: [.init("in use", gauge(.memory), .first)],
                limit: memoryLimit),
            ChartPanel(
                "CPU", in: .cpuCentipercent, lines: [.init("in use", gauge(.cpu), .first)],
                limit: cpuLimit),
            ChartPanel(
                "Disk", in: .bytesPerSecond,
                lines: [
                    .init("read", rates(of: .diskRead), .first),
                    .init("written", rates(of: .diskWrite), .second),
                ], isLow: true),
            ChartPanel(
                "Network", in: .bytesPerSecond,
                lines: [
                    .init("received", rates(of: .netRx), .first),
                    .init("sent", rates(of: .netTx), .second),
                ], isLow: true),
        ]
        group.marks = marks
        group.spans = spans
        return group
    }

    /// The whole run.
    var historyGroup: ChartGroup? {
        let last = caseFile.history.points.last?.lastAt
        let axis = TimeAxis(
            from: run.startedAt, to: max(caseFile.end, last ?? caseFile.end), clock: .local(zone))
        return group("run", "The whole run", of: caseFile.history, on: axis, length: length)
    }

    /// The last minutes in steps, where no samples were kept; `nil` if the whole run shows them as well.
    var recentGroup: ChartGroup? {
        guard let series = caseFile.recent, let first = series.points.first,
            let step = series.stepMilliseconds, step < caseFile.history.stepMilliseconds ?? 0
        else { return nil }
        let axis = TimeAxis(from: first.at, to: caseFile.end, clock: .local(zone))
        let length = Duration.milliseconds(axis.milliseconds).compactText
        return group("recent", "The last minutes", of: series, on: axis, length: length)
    }

    private func group(
        _ id: String, _ title: String, of series: Series, on axis: TimeAxis, length: String?
    ) -> ChartGroup {
        var group = ChartGroup(id, title: title, axis: axis, tracks: [ChartTrack(of: series)])
        let length = length ?? "A time"
        group.note =
            series.stepMilliseconds.map { step -> HTMLText in
                let step = Duration.milliseconds(step).compactText
                return """
                    \(length) in \(series.points.count) steps of \(step): the average of each, and in the \
                    band above it the highest sample.
                    """
            } ?? "\(length), of which no interval was recorded."
        group.panels = [
            ChartPanel(
                "Memory", in: .bytes, lines: levels(.memory, of: series), limit: memoryLimit),
            ChartPanel(
                "CPU", in: .cpuCentipercent, lines: levels(.cpu, of: series), limit: cpuLimit),
            ChartPanel(
                "Disk", in: .bytesPerSecond,
                lines: [
                    .init("read", series.values(.diskRead, .avg), .first),
                    .init("written", series.values(.diskWrite, .avg), .second),
                ], isLow: true),
            ChartPanel(
                "Network", in: .bytesPerSecond,
                lines: [
                    .init("received", series.values(.netRx, .avg), .first),
                    .init("sent", series.values(.netTx, .avg), .second),
                ], isLow: true),
        ]
        group.marks = marks
        group.spans = spans
        return group
    }

    private var memoryLimit: ChartPanel.Limit? {
        // A limit of address space says nothing of memory in use.
        guard let bytes = run.memoryLimitBytes, bytes > 0,
            run.memoryLimitKind != .addressSpace, run.memoryLimitKind != .dataSegment
        else { return nil }
        return .init("limit", Double(bytes))
    }

    private var cpuLimit: ChartPanel.Limit? {
        guard let limit = run.cpuLimitCentipercent, limit > 0 else { return nil }
        return .init("limit", Double(limit))
    }

    private func levels(_ metric: Metric, of series: Series) -> [ChartPanel.Line] {
        [
            .init("average", series.values(metric, .avg), .first),
            .init("highest", series.values(metric, .max), .peak),
        ]
    }

    /// How fast a counter grew up to each sample, per second; `nil` of the first one, and where it
    /// fell, for then it had started anew.
    func rates(of metric: Metric) -> [Double?] {
        var rates: [Double?] = []
        for (index, sample) in caseFile.moments.enumerated() {
            guard index > 0, let now = sample[metric],
                let before = caseFile.moments[index - 1][metric], now >= before
            else {
                rates.append(nil)
                continue
            }
            let elapsed = sample.at.milliseconds(since: caseFile.moments[index - 1].at)
            rates.append(
                elapsed > 0 ? (Double(now) - Double(before)) * 1000 / Double(elapsed) : nil)
        }
        return rates
    }

    private var marks: [ChartGroup.Mark] {
        shownEvents.enumerated().map { index, event in
            ChartGroup.Mark(
                event.kind.rawValue, at: event.at, tone(of: event), link: "event-\(index)")
        }
    }

    private func tone(of event: LifecycleEvent) -> ChartGroup.Mark.Tone {
        switch event.kind {
        case .oomKill, .killed, .startFailed, .timedOut: .grave
        case .exited: run.exitCode == 0 ? .plain : .grave
        case .gone, .stalled, .processLimit, .diskFull, .clockStepped, .hostSlept,
            .supervisorLost, .signalled, .slotReclaimed:
            .warning
        default: .plain
        }
    }

    private var spans: [ChartGroup.Span] {
        postMortem.findings.enumerated().compactMap { index, finding in
            span(of: finding, at: index)
        }
    }

    /// The stretch that a finding is about; `nil` if it has no time.
    func span(of finding: Finding, at index: Int) -> ChartGroup.Span? {
        finding.from.map { .init("f\(index + 1)", from: $0, to: finding.to ?? $0) }
    }
}

extension Series {
    /// A value for each step; `nil` where there is none.
    fileprivate func values(_ metric: Metric, _ statistic: Statistic) -> [Double?] {
        guard let index = columns.firstIndex(of: .init(metric, statistic)) else {
            return Array(repeating: nil, count: points.count)
        }
        return points.column(at: index).map { $0.isNaN ? nil : $0 }
    }
}
