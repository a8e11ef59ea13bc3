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
    /// A number of milliseconds in hours: `12.345`.
    case hoursOfMilliseconds
    /// A number of nanoseconds in hours: `12.345`.
    case hoursOfNanoseconds
    /// A number of byte hours in GiB hours: `12.345`.
    case gibibyteHours
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
        case .hoursOfMilliseconds:
            if let text = Self.thousandths(value, of: 3_600_000) { return text }
        case .hoursOfNanoseconds:
            if let text = Self.thousandths(value, of: 3_600_000_000_000) { return text }
        case .gibibyteHours: if let text = Self.thousandths(value, of: 1 << 30) { return text }
        case .percent:
            switch value {
            case .integer(let count): return "\(count) %"
            case .number(let number) where number.isFinite:
                return Self.rounded(number, places: 1) + " %"
            default: break
            }
        }
        return Self.plainText(of: value, in: zone)
    }

    /// The unit of ``rawText(of:)``, `nil` where the value has none.
    var rawUnit: String? {
        switch self {
        case .plain: nil
        case .bytes: "B"
        case .bytesPerSecond: "B/s"
        case .milliseconds, .hoursOfMilliseconds: "ms"
        case .nanoseconds, .hoursOfNanoseconds: "ns"
        case .gibibyteHours: "B h"
        case .percent: "%"
        }
    }

    /// The text of `value` for `--raw`: base units as the data formats carry them, without the unit;
    /// percent with two decimals, times in UTC.
    func rawText(of value: FieldValue) -> String {
        switch (self, value) {
        case (_, .time(let instant)): instant.rfc3339
        case (.percent, .number(let number)) where number.isFinite: Self.rounded(number, places: 2)
        case (.plain, .list), (.plain, .object): Self.plainText(of: value, in: .utc)
        case (_, .number(let number)): number.isFinite ? "\(number)" : Self.absent
        default: Self.plainText(of: value, in: .utc)
        }
    }

    private static func bytes(_ value: FieldValue) -> String? {
        switch value {
        case .integer(let bytes): ByteText.format(bytes)
        case .unsigned(let bytes): ByteText.format(bytes)
        case .number(let bytes) where bytes.isFinite: ByteText.format(bytes)
        default: nil
        }
    }

    /// How many of `unit` the value is, with three figures after the point, rounded; `<0.001` where they
    /// would all be 0 and the value is not.
    private static func thousandths(_ value: FieldValue, of unit: Int64) -> String? {
        guard case .integer(let count) = value, count >= 0 else { return nil }
        let thousandths = (UInt128(count) * 1_000 + UInt128(unit / 2)) / UInt128(unit)
        guard thousandths > 0 || count == 0 else { return "<0.001" }
        let fraction = String(thousandths % 1_000 + 1_000).dropFirst()
        return "\(thousandths / 1_000).\(fraction)"
    }

    private static func plainText(of value: FieldValue, in zone: LocalZone) -> String {
        switch value {
        case .null: absent
        case .flag(let flag): flag ? "yes" : "no"
        case .integer(let integer): String(integer)
        case .unsigned(let integer): String(integer)
        case .number(let number): number.isFinite ? rounded(number, places: 1) : absent
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

    /// Rounded to so many figures after the point; as Swift writes it where that says nothing any more.
    private static func rounded(_ number: Double, places: Int) -> String {
        let unit: UInt64 = places == 1 ? 10 : 100
        let scaled = (number * Double(unit)).rounded()
        guard let parts = Int64(exactly: scaled), scaled.magnitude < 1e15 else {
            return "\(number)"
        }
        let fraction = String(parts.magnitude % unit)
        let padding = String(repeating: "0", count: places - fraction.utf8.count)
        return "\(parts < 0 ? "-" : "")\(parts.magnitude / unit).\(padding)\(fraction)"
    }
}
