/// Sizes in bytes, as people write and read them.
///
/// ```swift
/// try ByteText.parse("512M")    // 536_870_912
/// ByteText.format(50_003_968)   // "47.7 MiB"
/// ```
public enum ByteText {
    /// Reads `4096`, `512M`, `1.5GiB`, `1GB`: upper or lower case, a space before the unit allowed.
    ///
    /// `K`, `M`, `G`, `T`, `P`, `E` and their `KiB` forms go by 1024, `KB` and its like by 1000. A
    /// part of a byte is cut off.
    ///
    /// - Throws: ``ValueTextError`` if it has another form, is negative, or is above `Int64.max`.
    public static func parse(_ text: String) throws(ValueTextError) -> Int64 {
        let unknown = ValueTextError(text: text, wanted: .size, problem: .unknownForm)
        var scanner = TextScanner(text)
        guard let count = scanner.number() else { throw unknown }
        var billionths: Int64?
        if scanner.skip(".") {
            billionths = scanner.billionths()
            if billionths == nil { throw unknown }
        }
        let hasSpace = scanner.skip(" ")
        let word = scanner.word()
        guard scanner.isAtEnd, let unit = bytes(perUnit: word), !(hasSpace && word.isEmpty),
            unit > 1 || billionths == nil
        else { throw unknown }
        let bytes = count * Int128(unit) + Int128(billionths ?? 0) * Int128(unit) / 1_000_000_000
        guard let size = Int64(exactly: bytes) else {
            throw ValueTextError(text: text, wanted: .size, problem: .outOfRange)
        }
        return size
    }

    /// The size in the largest binary unit that leaves at least 1: `512 B`, `47.7 MiB`.
    public static func format(_ bytes: some BinaryInteger) -> String {
        let sign = bytes < 0 ? "-" : ""
        let magnitude = UInt64(clamping: bytes.magnitude)
        guard magnitude >= 1024 else { return "\(sign)\(magnitude) B" }
        var unit: UInt64 = 1024
        var index = 0
        while index + 1 < prefixes.count, tenths(magnitude, of: unit) >= 10_240 {
            unit <<= 10
            index += 1
        }
        let tenths = tenths(magnitude, of: unit)
        return "\(sign)\(tenths / 10).\(tenths % 10) \(prefixes[index])iB"
    }

    /// A size that was divided, such as bytes per second, to the whole byte; `?` if it is no number.
    public static func format(_ bytes: Double) -> String {
        guard bytes.isFinite else { return "?" }
        let rounded = bytes.rounded()
        let magnitude = UInt64(exactly: rounded.magnitude) ?? .max
        return (rounded < 0 ? "-" : "") + format(magnitude)
    }

    private static let prefixes = ["K", "M", "G", "T", "P", "E"]

    /// Tenths of `unit` in `bytes`, rounded to the nearest.
    private static func tenths(_ bytes: UInt64, of unit: UInt64) -> UInt64 {
        UInt64((UInt128(bytes) * 10 + UInt128(unit / 2)) / UInt128(unit))
    }

    private static func bytes(perUnit word: String) -> Int64? {
        // Not by ==, for which the kelvin sign is a K.
        guard word.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        var letters = word.uppercased()
        guard !letters.isEmpty, letters != "B" else { return 1 }
        guard let power = prefixes.firstIndex(of: String(letters.removeFirst())) else { return nil }
        let base: Int64
        switch letters {
        case "", "IB": base = 1024
        case "B": base = 1000
        default: return nil
        }
        return (0...power).reduce(1) { product, _ in product * base }
    }
}
