import HistoryModel
import HistoryStore

/// What is printed of a sandbox at a moment.
struct MomentFields {
    let at: Timestamp
    /// Whether a table has room for more than the most important.
    let isWide: Bool
    let hasLabels: Bool

    var all: [Field<SandboxMoment>] { identity + usage + ending }

    private func wide(_ heading: String) -> String? { isWide ? heading : nil }

    private var identity: [Field<SandboxMoment>] {
        let at = at
        return [
            Field("run_id", heading: "RUN", alignment: .right) { FieldValue($0.run.id.rawValue) },
            Field("sandbox", heading: "SANDBOX") { FieldValue($0.run.sandbox) },
            Field("labels", heading: hasLabels ? wide("LABELS") : nil) {
                FieldValue(labels: $0.run.labels)
            },
            Field("source") { RunFields.source(of: $0.run) },
            Field("pid") { FieldValue($0.run.pid) },
            Field(
                "state", heading: "STATE", isElastic: false,
                style: { $0.isRunning ? .good : .dim }
            ) { .text($0.isRunning ? "running" : "ended") },
            Field("started_at", heading: wide("SINCE"), isElastic: false) {
                .time($0.run.startedAt)
            },
            Field("uptime_ms", heading: wide("UPTIME"), as: .milliseconds) { sandbox in
                sandbox.isRunning
                    ? FieldValue(at.milliseconds(since: sandbox.run.startedAt)) : .null
            },
        ]
    }

    private var usage: [Field<SandboxMoment>] {
        [
            value(.cpu, "CPU"),
            Field("cpu_percent_max", heading: wide("CPU MAX"), as: .percent) {
                FieldValue($0.interval?.maxima[.cpu].map { Double($0) / 100 })
            },
            value(.memory, "MEMORY"),
            Field("memory_max_bytes", heading: wide("MEM MAX"), as: .bytes) {
                FieldValue($0.interval?.maxima[.memory])
            },
            Field("memory_limit_bytes") { FieldValue($0.run.memoryLimitBytes) },
            value(.diskRead, wide("DISK R")), value(.diskWrite, wide("DISK W")),
            value(.netRx, wide("NET RX")), value(.netTx, wide("NET TX")),
            Field("resolution_ms", heading: wide("WIDTH"), as: .milliseconds) {
                FieldValue($0.interval?.resolutionMilliseconds)
            },
            Field("from") { FieldValue($0.interval?.from) },
            Field("to") { FieldValue($0.interval?.to) },
            Field("measured_as") { FieldValue($0.interval?.origin.rawValue) },
            Field("sample_count") { FieldValue($0.interval?.sampleCount) },
        ]
    }

    private func value(_ metric: Metric, _ heading: String?) -> Field<SandboxMoment> {
        let column = Series.Column(metric, .avg)
        return Field(column.key, heading: heading, as: column.display, alignment: .right) {
            FieldValue($0.interval?.values[metric].map { $0 / column.scale })
        }
    }

    private var ending: [Field<SandboxMoment>] {
        let (at, isWide) = (at, isWide)
        return [
            Field("gap") { sandbox in
                sandbox.gap.map { gap in
                    .object([
                        .init("from", .time(gap.from)), .init("to", .time(gap.to)),
                        .init("reason", .text(gap.reason.rawValue)),
                    ])
                } ?? .null
            },
            Field("terminated_at") { FieldValue($0.run.terminatedAt) },
            Field("exit_code") { FieldValue($0.run.exitCode) },
            Field("exit_signal") { FieldValue($0.run.exitSignal.map(SignalName.name(of:))) },
            Field("termination_reason") { FieldValue($0.run.terminationReason?.rawValue) },
            .tableOnly("NOTE", style: { $0.isRunning ? .warning : .plain }) {
                Self.note($0, at: at, isWide: isWide)
            },
        ]
    }

    private static func note(
        _ sandbox: SandboxMoment, at: Timestamp, isWide: Bool
    ) -> String {
        let run = sandbox.run
        guard sandbox.isRunning else {
            let before = (run.terminatedAt ?? at).milliseconds(since: at)
            let isKnown = run.exitCode != nil || run.exitSignal != nil
            return (isKnown ? run.endText : "ended")
                + " \(Duration.milliseconds(-before).compactText) before"
        }
        if let gap = sandbox.gap {
            let length = Duration.milliseconds(gap.to.milliseconds(since: gap.from)).compactText
            return isWide
                ? "no data for \(length): \(gap.reason.rawValue)"
                : "\(gap.reason.rawValue) for \(length)"
        }
        return sandbox.interval == nil ? "no sample near" : ""
    }
}

/// What is printed of what happened around a moment.
enum MomentEventFields {
    static func all(at instant: Timestamp, isWide: Bool) -> [Field<RunEvent>] {
        [
            .tableOnly("AT", alignment: .right, style: { _ in .plain }) {
                relative($0.event.at, to: instant)
            },
            Field("run_id", heading: "RUN", alignment: .right) { FieldValue($0.run.rawValue) },
            Field("sandbox", heading: "SANDBOX") { FieldValue($0.sandbox) },
            Field("at", heading: isWide ? "TIME" : nil, isElastic: false) { .time($0.event.at) },
            Field("after_ms") { FieldValue($0.event.at.milliseconds(since: instant)) },
            Field(
                "kind", heading: "EVENT", isElastic: false, style: EventFields.style
            ) { .text($0.event.kind.rawValue) },
            Field("detail", heading: "DETAIL") { FieldValue($0.event.detail) },
            Field("seen_by", heading: isWide ? "SEEN BY" : nil, isElastic: false) {
                .text($0.event.seenBy.rawValue)
            },
        ]
    }

    private static func relative(_ at: Timestamp, to instant: Timestamp) -> String {
        let distance = at.milliseconds(since: instant)
        return (distance > 0 ? "+" : "") + Duration.milliseconds(distance).compactText
    }
}
