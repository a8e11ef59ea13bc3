internal import HistoryModel

/// What the values of a chart are, how they are written, and where lines across it look right.
public enum ChartUnit: Hashable, Sendable {
    /// CPU in hundredths of a percent of one core.
    case cpuCentipercent
    /// Bytes.
    case bytes
    /// Bytes per second.
    case bytesPerSecond

    /// `12.3 %`, `47.7 MiB` or `1.2 MiB/s`; `–` of what is no number.
    public func text(of value: Double) -> String {
        guard value.isFinite else { return Self.absent }
        return switch self {
        case .cpuCentipercent: DecimalPlaces.text(value / 100, places: 1) + " %"
        case .bytes: ByteText.format(value)
        case .bytesPerSecond: ByteText.format(value) + "/s"
        }
    }

    /// What is written where nobody measured.
    public static let absent = "–"

    /// The value of a line across the chart, without a fraction that is none: `512 MiB`, `50 %`.
    func tickText(of value: Double) -> String {
        switch self {
        case .cpuCentipercent: DecimalPlaces.text(value / 100, places: 1, isPadded: false) + " %"
        case .bytes: Self.withoutZero(ByteText.format(value))
        case .bytesPerSecond: Self.withoutZero(ByteText.format(value)) + "/s"
        }
    }

    private static func withoutZero(_ text: String) -> String {
        guard let point = text.firstIndex(of: "."), text[point...].hasPrefix(".0 ") else {
            return text
        }
        return String(text[..<point] + text[text.index(point, offsetBy: 2)...])
    }

    /// The distance of two to four lines up to `highest`, 1 unit at least.
    func tickDistance(upTo highest: Double) -> Double {
        let smallest = self == .cpuCentipercent ? 100.0 : 1.0
        let highest = min(max(highest, smallest), 1e18)
        // Bytes go by powers of two, percents by 1, 2 and 5.
        let factors: [Double] = self == .cpuCentipercent ? [2, 2.5, 2] : [2]
        var distance = smallest
        var index = 0
        while highest / distance > 4 {
            distance *= factors[index % factors.count]
            index += 1
        }
        return distance
    }
}

/// Numbers with a fixed count of places, without a library that knows locales.
enum DecimalPlaces {
    /// `value` rounded to `places` after the point, without zeros at the end unless it `isPadded`.
    static func text(_ value: Double, places: Int, isPadded: Bool = true) -> String {
        let unit = (0..<places).reduce(Int64(1)) { product, _ in product * 10 }
        let scaled = (value * Double(unit)).rounded()
        // Beyond it no place after the point means anything.
        guard let parts = Int64(exactly: scaled), scaled.magnitude < 1e15 else { return "\(value)" }
        let whole = "\(parts < 0 ? "-" : "")\(parts.magnitude / unit.magnitude)"
        guard places > 0 else { return whole }
        var fraction = String(parts.magnitude % unit.magnitude)
        fraction = String(repeating: "0", count: places - fraction.utf8.count) + fraction
        if !isPadded { while fraction.hasSuffix("0") { fraction.removeLast() } }
        return fraction.isEmpty ? whole : whole + "." + fraction
    }
}
