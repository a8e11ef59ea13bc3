import HistoryModel

/// Numbers as sentences have them.
enum Words {
    static func percent(_ share: Double) -> String { number(share * 100, places: 0) + " %" }

    /// CPU in hundredths of a percent of a core.
    static func cpu(_ centipercent: Double) -> String {
        number(centipercent / 100, places: 0) + " %"
    }

    static func bytes(_ bytes: Double) -> String { ByteText.format(bytes) }

    static func rate(_ bytesPerSecond: Double) -> String {
        ByteText.format(bytesPerSecond) + "/s"
    }

    static func length(_ milliseconds: Int64) -> String {
        Duration.milliseconds(milliseconds).compactText
    }

    /// `3.2×`.
    static func factor(_ factor: Double) -> String {
        number(factor, places: factor < 10 ? 1 : 0) + "×"
    }

    /// `value` with so many figures after the point, `?` if it is no number.
    static func number(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return "?" }
        let unit: Double = places == 0 ? 1 : 10
        let scaled = (value * unit).rounded()
        guard scaled.magnitude < 1e15 else { return "\(value)" }
        let parts = Int64(scaled)
        guard places > 0 else { return "\(parts)" }
        return "\(parts < 0 ? "-" : "")\(parts.magnitude / 10).\(parts.magnitude % 10)"
    }

    /// `3 runs`, `1 run`.
    static func count(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    }
}
