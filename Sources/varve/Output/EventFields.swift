import HistoryModel

/// What is printed of an event of a run.
enum EventFields {
    static func all(of run: Run) -> [Field<LifecycleEvent>] {
        [
            Field("run_id") { _ in FieldValue(run.id.rawValue) },
            Field("sandbox") { _ in FieldValue(run.sandbox) },
            Field("at", heading: "TIME", isElastic: false) { .time($0.at) },
            .tableOnly("AFTER", alignment: .right) { event in
                Duration.milliseconds(event.at.milliseconds(since: run.startedAt)).compactText
            },
            Field("kind", heading: "EVENT", isElastic: false, style: style) {
                .text($0.kind.rawValue)
            },
            Field("detail", heading: "DETAIL") { FieldValue($0.detail) },
            Field("seen_by", heading: "SEEN BY", isElastic: false) { .text($0.seenBy.rawValue) },
        ]
    }

    @Sendable private static func style(_ event: LifecycleEvent) -> TextStyle {
        switch event.kind {
        case .killed, .startFailed, .supervisorLost, .timedOut: .bad
        case .gone, .slotReclaimed, .signalled: .warning
        default: .plain
        }
    }
}
