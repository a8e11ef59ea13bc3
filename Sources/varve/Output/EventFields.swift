import HistoryModel
import HistoryStore

/// What is printed of an event of a run.
enum EventFields {
    /// The fields of events of one run, or of many: then a table has columns of the run, too.
    static func all(ofOneRun isOfOneRun: Bool) -> [Field<RunEvent>] {
        [
            Field(
                "run_id", heading: isOfOneRun ? nil : "RUN", alignment: .right
            ) { FieldValue($0.run.rawValue) },
            Field("sandbox", heading: isOfOneRun ? nil : "SANDBOX", priority: 97) {
                FieldValue($0.sandbox)
            },
            Field("at", heading: "TIME", isElastic: false, priority: 99) { .time($0.event.at) },
            .tableOnly("AFTER", as: .milliseconds, priority: 95) { event in
                FieldValue(event.event.at.milliseconds(since: event.runStartedAt))
            },
            Field("kind", heading: "EVENT", isElastic: false, priority: 98, style: style) {
                .text($0.event.kind.rawValue)
            },
            Field("detail", heading: "DETAIL", priority: 96) { FieldValue($0.event.detail) },
            Field("seen_by", heading: "SEEN BY", isElastic: false, priority: 94) {
                .text($0.event.seenBy.rawValue)
            },
        ]
    }

    /// An event as wide as most: so much room its columns have before the first comes.
    static let typical = RunEvent(
        run: RunID(rawValue: 10_000), sandbox: "a-sandbox-of-16-",
        runStartedAt: Timestamp(unixMilliseconds: 0),
        event: LifecycleEvent(
            .supervisorLost, at: Timestamp(unixMilliseconds: 754_000),
            detail: "SIGTERM from 12345", seenBy: .supervisor))

    @Sendable static func style(_ event: RunEvent) -> TextStyle {
        switch event.event.kind {
        case .killed, .startFailed, .supervisorLost, .timedOut, .oomKill: .bad
        case .gone, .slotReclaimed, .signalled, .stalled: .warning
        default: .plain
        }
    }
}
