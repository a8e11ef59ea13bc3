public import HistoryModel

/// By what usage is put together.
public enum UsageGrouping: Hashable, Sendable {
    /// By the name of the sandbox.
    case sandbox
    /// By the value of this label; runs without it are a group of their own.
    case label(String)
    /// By the days or months of a time zone's clock.
    case calendar(CalendarUnit)
}

/// What the runs of a group have in common.
public enum UsageKey: Hashable, Sendable {
    /// The name of their sandbox, as it came.
    case sandbox(String)
    /// Their value of the label `key`; `nil` if they do not have it.
    case label(key: String, value: String?)
    /// The day or the month, as `2026-11-22` or `2026-11`.
    case calendar(CalendarUnit, name: String)

    /// The name, the value, the day or the month.
    public var text: String? {
        switch self {
        case .sandbox(let name): name
        case .label(_, let value): value
        case .calendar(_, let name): name
        }
    }
}

extension UsageKey {
    /// The order in which groups are given: by text, what has none last.
    static func precedes(_ one: [UsageKey], _ other: [UsageKey]) -> Bool {
        for (one, other) in zip(one, other) where one != other {
            guard let text = one.text else { return false }
            guard let otherText = other.text else { return true }
            return text < otherText
        }
        return one.count < other.count
    }
}
