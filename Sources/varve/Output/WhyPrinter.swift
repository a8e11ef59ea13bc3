import HistoryModel
import PostMortem

/// Prints a post-mortem as one object for programs.
enum WhyPrinter {
    static func printObject(
        _ postMortem: PostMortem, to sink: some TextSink
    ) throws(OutputError) {
        let file = postMortem.caseFile
        var json = JSONWriter(to: sink)
        try json.beginObject()
        try json.key("why")
        try json.beginArray()
        try json.beginObject()
        for field in RunFields.all {
            guard let key = field.key else { continue }
            try json.key(key)
            try json.value(field.value(file.run))
        }
        try json.key("asked_at")
        try json.value(.time(file.askedAt))
        try json.key("verdict")
        try json.value(WhyFields.verdict(postMortem.verdict))
        try json.key("findings")
        try json.beginArray()
        for finding in postMortem.findings { try json.record(finding, WhyFields.finding) }
        try json.endArray()
        try json.key("events")
        try json.beginArray()
        for event in file.events {
            try json.record(event, WhyFields.event, onOneLine: true)
        }
        try json.endArray()
        try json.key("gaps")
        try json.beginArray()
        for gap in file.history.gaps { try json.record(gap, WhyFields.gap, onOneLine: true) }
        try json.endArray()
        try json.key("neighbours")
        try json.beginArray()
        for neighbour in file.neighbours {
            try json.record(neighbour, WhyFields.neighbour, onOneLine: true)
        }
        try json.endArray()
        try json.key("earlier_run_ids")
        try json.value(.list(file.earlier.map { FieldValue($0.id.rawValue) }))
        try json.key("problems")
        try json.value(.list(file.problems.map(FieldValue.text)))
        try json.endObject()
        try json.endArray()
        try json.endObject()
        try json.endDocument()
    }
}

/// What is printed of the parts of a post-mortem.
enum WhyFields {
    static func verdict(_ verdict: Verdict) -> FieldValue {
        .object([
            .init("cause", .text(verdict.cause.rawValue)),
            .init("certainty", .text(verdict.certainty.rawValue)),
            .init("sentence", .text(verdict.sentence)),
        ])
    }

    static let finding: [Field<Finding>] = [
        Field("kind") { .text($0.kind.rawValue) },
        Field("weight") { .text(word(of: $0.weight)) },
        Field("certainty") { .text($0.certainty.rawValue) },
        Field("sentence") { .text($0.sentence) },
        Field("from") { FieldValue($0.from) },
        Field("to") { FieldValue($0.to) },
        Field("evidence") { .list($0.evidence.map(evidence)) },
        Field("advice") { FieldValue($0.advice) },
    ]

    static let event: [Field<LifecycleEvent>] = [
        Field("at") { .time($0.at) },
        Field("kind") { .text($0.kind.rawValue) },
        Field("detail") { FieldValue($0.detail) },
        Field("seen_by") { .text($0.seenBy.rawValue) },
    ]

    static let gap: [Field<Series.Gap>] = [
        Field("from") { .time($0.from) },
        Field("to") { .time($0.to) },
        Field("reason") { .text($0.reason.rawValue) },
    ]

    static let neighbour: [Field<Neighbour>] = [
        Field("run_id") { FieldValue($0.run.id.rawValue) },
        Field("sandbox") { .text($0.run.sandbox) },
        Field("cpu_percent") { FieldValue($0.cpuCentipercent.map { $0 / 100 }) },
        Field("memory_max_bytes") { FieldValue($0.memoryBytes) },
        Field("disk_bytes_per_second") { FieldValue($0.diskBytesPerSecond) },
        Field("net_bytes_per_second") { FieldValue($0.netBytesPerSecond) },
    ]

    @Sendable private static func word(of weight: Finding.Weight) -> String {
        switch weight {
        case .cause: "cause"
        case .warning: "warning"
        case .note: "note"
        }
    }

    @Sendable private static func evidence(_ evidence: Evidence) -> FieldValue {
        let (value, unit): (FieldValue, String?) =
            switch evidence.value {
            case .bytes(let bytes): (.integer(bytes), "bytes")
            case .bytesPerSecond(let rate): (.number(rate), "bytes_per_second")
            case .cpuPercent(let percent): (.number(percent), "percent")
            case .share(let share): (.number(share), "share")
            case .milliseconds(let length): (.integer(length), "ms")
            case .count(let count): (.integer(count), "count")
            case .text(let text): (.text(text), nil)
            case .time(let instant): (.time(instant), nil)
            }
        return .object([
            .init("name", .text(evidence.name)), .init("value", value),
            .init("unit", FieldValue(unit)), .init("at", FieldValue(evidence.at)),
            .init("from", .text(evidence.source)),
        ])
    }
}

extension TextStyle {
    /// The style of a tone.
    init(_ tone: PageLine.Tone) {
        self =
            switch tone {
            case .plain: .plain
            case .strong: .heading
            case .dim: .dim
            case .good: .good
            case .warning: .warning
            case .bad: .bad
            }
    }
}
