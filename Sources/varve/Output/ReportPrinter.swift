import HistoryModel
import HistoryStore
import PostMortem

/// Prints a comparison or a report as one object for programs.
enum ReportPrinter {
    /// Prints `{name: {…}}`, each member on a line of its own, and each of a list.
    static func print(
        _ name: String, _ members: [FieldValue.Member], to sink: some TextSink
    ) throws(OutputError) {
        var json = JSONWriter(to: sink)
        try json.beginObject()
        try json.key(name)
        try json.beginObject()
        for member in members {
            try json.key(member.key)
            guard case .list(let values) = member.value else {
                try json.value(member.value)
                continue
            }
            try json.beginArray()
            for value in values { try json.value(value) }
            try json.endArray()
        }
        try json.endObject()
        try json.endObject()
        try json.endDocument()
    }
}

/// What is printed of a comparison and of a report, with its keys.
enum ReportFields {
    static func comparison(_ comparison: RunComparison) -> [FieldValue.Member] {
        [
            .init("sentence", .text(comparison.sentence)),
            .init("runs", .list([comparison.first, comparison.second].map(run))),
            .init("figures", .list(comparison.figures.map(figure))),
        ]
    }

    private static func run(_ postMortem: PostMortem) -> FieldValue {
        let run = postMortem.caseFile.run
        return .object([
            .init("run_id", FieldValue(run.id.rawValue)), .init("sandbox", .text(run.sandbox)),
            .init("started_at", .time(run.startedAt)),
            .init("terminated_at", FieldValue(run.terminatedAt)),
            .init("status", .text(run.status.rawValue)),
            .init("exit_code", FieldValue(run.exitCode)),
            .init("exit_signal", FieldValue(run.exitSignal.map(SignalName.name(of:)))),
            .init("cause", .text(postMortem.verdict.cause.rawValue)),
            .init("verdict", .text(postMortem.verdict.sentence)),
        ])
    }

    private static func figure(_ figure: ComparedFigure) -> FieldValue {
        func value(_ value: Int64?) -> FieldValue {
            guard figure.unit == .centipercent else { return FieldValue(value) }
            return FieldValue(value.map { Double($0) / 100 })
        }
        let unit = figure.unit == .centipercent ? "percent" : figure.unit.rawValue
        return .object([
            .init("key", .text(figure.key)), .init("unit", .text(unit)),
            .init("first", value(figure.first)), .init("second", value(figure.second)),
            .init("difference", value(figure.difference)),
            .init("ratio", FieldValue(figure.ratio)),
            .init("differs", .flag(figure.isDifferent)),
        ])
    }

    static func report(_ report: PeriodReport) -> [FieldValue.Member] {
        [
            .init("from", FieldValue(report.period.start)),
            .init("until", FieldValue(report.period.end)),
            .init("asked_at", .time(report.askedAt)),
            .init("filters", .list(report.filters.map(FieldValue.text))),
            .init("sentence", .text(report.sentence)),
            .init("run_count", FieldValue(report.runCount)),
            .init("started_count", FieldValue(report.startedCount)),
            .init("running_count", FieldValue(report.runningCount)),
        ] + tally(report.tally) + [
            .init("unknown_end_count", FieldValue(report.unknownEndCount)),
            .init("unsampled_count", FieldValue(report.unsampledCount)),
            .init("before", .object(tally(report.before))),
            .init(report.calendar == .day ? "days" : "months", .list(report.units.map(unit))),
            .init("causes", .list(report.causes.map(cause))),
            .init("examples", .list(report.examples.map(example))),
            .init(
                "sandboxes",
                .list(report.sandboxes.map { sandbox($0, report.usageOfSandboxes[$0.identity]) })),
            .init("memory_limits", .list(report.sizings.map(sizing))),
            .init("usage", .object(usage(report.usage))),
            .init("gaps", .list(report.gaps.map(gap))),
            .init("recorder_absences", .list(report.recorders.flatMap(absences))),
            .init("problems", .list(report.problems.map(FieldValue.text))),
        ]
    }

    private static func tally(_ tally: PeriodReport.Tally) -> [FieldValue.Member] {
        [
            .init("ended_count", FieldValue(tally.ended)),
            .init("failed_count", FieldValue(tally.failed)),
            .init("failure_rate", FieldValue(tally.failureRate)),
        ]
    }

    private static func unit(_ unit: PeriodReport.Unit) -> FieldValue {
        .object(
            [
                .init("name", .text(unit.name)), .init("from", .time(unit.from)),
                .init("until", .time(unit.until)),
            ] + tally(unit.tally))
    }

    private static func cause(_ cause: PeriodReport.Cause) -> FieldValue {
        .object([
            .init("cause", .text(cause.kind.rawValue)), .init("count", FieldValue(cause.count)),
            .init("sandbox_count", FieldValue(cause.sandboxCount)),
            .init("latest_run_id", FieldValue(cause.latest.id.rawValue)),
            .init(
                "endings",
                .list(
                    cause.endings.map {
                        .object([
                            .init("ended", .text($0.words)), .init("count", FieldValue($0.count)),
                        ])
                    })),
        ])
    }

    private static func example(_ example: PeriodReport.Example) -> FieldValue {
        .object(
            [
                .init("run_id", FieldValue(example.run.rawValue))
            ] + identity(example.sandbox) + [
                .init("terminated_at", FieldValue(example.endedAt)),
                .init("like_it_count", FieldValue(example.count)),
                .init("verdict", WhyFields.verdict(example.verdict)),
                .init("advice", FieldValue(example.advice)),
            ])
    }

    private static func sandbox(_ sandbox: PeriodReport.Sandbox, _ used: Usage?) -> FieldValue {
        let loop = sandbox.loop.map { loop -> FieldValue in
            .object([
                .init("count", FieldValue(loop.count)), .init("ended", .text(loop.endWords)),
                .init("first_run_id", FieldValue(loop.first.id.rawValue)),
                .init("last_run_id", FieldValue(loop.last.id.rawValue)),
            ])
        }
        return .object(
            identity(sandbox.identity) + [
                .init("run_count", FieldValue(sandbox.runCount))
            ] + tally(sandbox.tally) + [
                .init("main_cause", FieldValue(sandbox.mainCause?.rawValue)),
                .init("latest_failed_run_id", FieldValue(sandbox.latestFailure?.id.rawValue)),
                .init("longest_ms", FieldValue(sandbox.longest?.milliseconds)),
                .init("longest_run_id", FieldValue(sandbox.longest?.run.id.rawValue)),
                .init("memory_peak_bytes", FieldValue(sandbox.hungriest?.highestMemoryBytes)),
                .init("memory_peak_run_id", FieldValue(sandbox.hungriest?.id.rawValue)),
                .init("restart_loop", loop ?? .null),
                .init("usage", used.map { .object(usage($0)) } ?? .null),
            ])
    }

    private static func identity(_ sandbox: SandboxIdentity) -> [FieldValue.Member] {
        [
            .init("sandbox", .text(sandbox.name)), .init("kind", .text(sandbox.kind.rawValue)),
            .init("registry", .text(sandbox.registry)), .init("host", .text(sandbox.host)),
        ]
    }

    private static func sizing(_ sizing: PeriodReport.Sizing) -> FieldValue {
        .object(
            identity(sizing.sandbox) + [
                .init("limit_is", .text(sizing.isTooSmall ? "too_small" : "too_large")),
                .init("memory_peak_bytes", FieldValue(sizing.peakBytes)),
                .init("memory_limit_bytes", FieldValue(sizing.limitBytes)),
                .init("advised_bytes", FieldValue(sizing.advisedBytes)),
                .init("run_id", FieldValue(sizing.run.rawValue)),
            ])
    }

    private static func usage(_ usage: Usage) -> [FieldValue.Member] {
        [
            .init("run_count", FieldValue(usage.runCount)),
            .init("duration_ms", FieldValue(usage.durationMilliseconds)),
            .init("cpu_time_ns", FieldValue(usage.cpuTimeNanoseconds)),
            .init("disk_read_bytes", FieldValue(usage.diskReadBytes)),
            .init("disk_write_bytes", FieldValue(usage.diskWriteBytes)),
            .init("net_rx_bytes", FieldValue(usage.netRxBytes)),
            .init("net_tx_bytes", FieldValue(usage.netTxBytes)),
        ]
    }

    private static func gap(_ gap: GapSum) -> FieldValue {
        .object([
            .init("reason", .text(gap.reason)), .init("count", FieldValue(gap.count)),
            .init("run_count", FieldValue(gap.runCount)),
            .init("duration_ms", FieldValue(gap.milliseconds)),
        ])
    }

    private static func absences(_ recorder: RecorderPresence) -> [FieldValue] {
        recorder.absences.map { absence in
            .object([
                .init("registry", .text(recorder.registry)), .init("host", .text(recorder.host)),
                .init("from", .time(absence.from)), .init("to", .time(absence.to)),
            ])
        }
    }
}
