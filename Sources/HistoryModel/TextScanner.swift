/// Reads the fixed shapes of times, durations and sizes, byte by byte.
///
/// Every step answers `nil` or `false` and moves nothing when the text has another shape, so that
/// no input can run past the end or overflow.
struct TextScanner {
    private let bytes: [UInt8]
    private var position = 0

    /// A scanner at the start of `text`.
    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    /// Whether all has been read.
    var isAtEnd: Bool { position == bytes.count }

    /// The next byte, `nil` at the end.
    var next: UInt8? { isAtEnd ? nil : bytes[position] }

    /// Reads `character` if it comes next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Reads one of `characters` if one comes next.
    mutating func skipOne(of characters: String) -> Unicode.Scalar? {
        characters.unicodeScalars.first { skip($0) }
    }

    /// Reads exactly `count` digits; `count` is at most 9.
    mutating func fixedNumber(digits count: Int) -> Int? {
        guard bytes.count - position >= count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard let digit = Self.digit(byte) else { return nil }
            value = value * 10 + digit
        }
        position += count
        return value
    }

    /// Reads one or more digits; `nil` if there are none.
    ///
    /// What does not fit an `Int64` is some value above it, small enough to be multiplied by one.
    mutating func number() -> Int128? {
        let start = position
        var value: Int128 = 0
        while let digit = next.flatMap(Self.digit) {
            value = min(value * 10 + Int128(digit), Int128(UInt64.max))
            position += 1
        }
        return position == start ? nil : value
    }

    /// Reads one or more digits that follow a decimal point, as billionths, the rest cut off.
    mutating func billionths() -> Int64? {
        let start = position
        var value: Int64 = 0
        var scale: Int64 = 100_000_000
        while let digit = next.flatMap(Self.digit) {
            value += Int64(digit) * scale
            scale /= 10
            position += 1
        }
        return position == start ? nil : value
    }

    /// Reads letters, those beyond ASCII with them.
    mutating func word() -> String {
        let start = position
        while let byte = next, Self.isLetter(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - 48) : nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        // Bytes from 0x80 are parts of other characters: a unit that the caller does not know.
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80 || byte >= 0x80
    }
}
