import HistoryModel

extension Evidence.Value {
    /// The value as a person reads it.
    func text(in zone: LocalZone) -> String {
        switch self {
        case .bytes(let bytes): ByteText.format(bytes)
        case .bytesPerSecond(let rate): Words.rate(rate)
        case .cpuPercent(let percent): Words.number(percent, places: 1) + " %"
        case .share(let share): Words.number(share * 100, places: 1) + " %"
        case .milliseconds(let length): Words.length(length)
        case .count(let count): String(count)
        case .text(let text): text
        case .time(let instant): instant.description(in: zone)
        }
    }
}

extension Finding {
    /// How much it matters and how sure it is, in words.
    var rank: String {
        let weight =
            switch weight {
            case .cause: "cause"
            case .warning: "warning"
            case .note: "note"
            }
        return "\(weight), \(certainty.rawValue)"
    }
}

extension Run {
    /// How it ended, in some words, and who knows it.
    var howItEnded: String {
        guard status == .terminated else { return "still running" }
        let what =
            exitSignal.map { SignalName.name(of: $0) + (coreDumped == true ? ", core dumped" : "") }
            ?? exitCode.map { "exit code \($0)" } ?? "not known"
        let knownBy =
            switch exitKnownBy {
            case .waited: "its supervisor waited for it"
            case .pidfd: "the kernel told a recorder"
            case .catalog:
                source.kind == .microsandbox
                    ? "microsandbox's catalog says so" : "another program's catalog says so"
            case .inferred: "inferred; nobody saw it"
            case .unknown: "a recorder saw it gone"
            case nil: "nobody says how that is known"
            }
        return "\(what) (\(knownBy))"
    }

    /// Its labels on a line, escaped; empty without any.
    var labelText: String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)".escapedForDisplay }
            .joined(separator: ", ")
    }
}

extension Timestamp {
    /// The time of day that clocks of `zone` show; all of it where no calendar has it.
    func timeOfDay(in zone: LocalZone) -> String {
        let parts = description(in: zone).split(separator: " ")
        return parts.count == 3 ? String(parts[1]) : description(in: zone)
    }
}

extension CaseFile {
    /// The events that are worth a mark in a chart: not those that every run has.
    var notableEvents: [LifecycleEvent] {
        events.filter { ![.reserved, .started, .firstSample].contains($0.kind) }
    }
}
