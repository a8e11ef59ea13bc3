import HistoryModel

/// How a table shows a value that the data formats carry in base units.
enum FieldDisplay: Hashable, Sendable {
    /// As it is.
    case plain
    /// `47.7 MiB`.
    case bytes
    /// `1.2 MiB/s`.
    case bytesPerSecond
    /// A number of milliseconds as `4m 05s`.
    case milliseconds
    /// A number of nanoseconds as `4m 05s`.
    case nanoseconds
    /// `12.3 %`.
    case percent

    /// What a table shows for an absent value.
    static let absent = "-"

    /// The text of `value`, times as clocks of `zone` show them.
    func text(of value: FieldValue, in zone: LocalZone) -> String {
        switch self {
        case .plain: break
        case .bytes: if let bytes = Self.bytes(value) { return bytes }
        case .bytesPerSecond: if let bytes = Self.bytes(value) { return bytes + "/s" }
        case .milliseconds:
            if case .integer(let count) = value { return Duration.milliseconds(count).compactText }
        case .nanoseconds:
            if case .integer(let count) = value { return Duration.nanoseconds(count).compactText }
        case .percent:
            switch value {
            case .integer(let count): return "\(count) %"
            case .number(let number) where number.isFinite: return Self.tenths(number) + " %"
            default: break
            }
        }
        return Self.plainText(of: value, in: zone)
    }

    private static func bytes(_ value: FieldValue) -> String? {
        switch value {
        case .integer(let bytes): ByteText.format(bytes)
        case .unsigned(let bytes): ByteText.format(bytes)
        case .number(let bytes) where bytes.isFinite: ByteText.format(bytes)
        default: nil
        }
    }

    private static func plainText(of value: FieldValue, in zone: LocalZone) -> String {
        switch value {
        case .null: absent
        case .flag(let flag): flag ? "yes" : "no"
        case .integer(let integer): String(integer)
        case .unsigned(let integer): String(integer)
        case .number(let number): number.isFinite ? tenths(number) : absent
        case .text(let text): text
        case .time(let instant): instant.description(in: zone)
        case .list(let elements):
            elements.isEmpty
                ? absent : elements.map { plainText(of: $0, in: zone) }.joined(separator: ", ")
        case .object(let members):
            members.isEmpty
                ? absent
                : members.map { "\($0.key)=\(plainText(of: $0.value, in: zone))" }
                    .joined(separator: ", ")
        }
    }

    /// One figure after the point, rounded; as Swift writes it where that says nothing any more.
    private static func tenths(_ number: Double) -> String {
        let scaled = (number * 10).rounded()
        guard let tenths = Int64(exactly: scaled), scaled.magnitude < 1e15 else {
            return "\(number)"
        }
        return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }
}
