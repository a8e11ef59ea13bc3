/// A place in the bytes of a block, before which everything was read.
struct ByteCursor {
    private(set) var offset = 0
    /// Where the bytes that may be read end.
    let end: Int

    init(end: Int) {
        self.end = end
    }

    mutating func byte(of bytes: RawSpan) throws(BlockError) -> UInt8 {
        guard offset < end else { throw .truncated }
        defer { offset += 1 }
        return bytes.byte(at: offset)
    }

    /// A number of seven bits a byte, the lowest first; each byte but the last has its top bit set.
    mutating func number(of bytes: RawSpan) throws(BlockError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte(of: bytes)
            guard shift < 63 || byte <= 1 else { throw .damaged("a number exceeds 64 bits") }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    /// A number with a sign: see ``ZigZag``.
    mutating func signedNumber(of bytes: RawSpan) throws(BlockError) -> Int64 {
        ZigZag.decoded(try number(of: bytes))
    }
}

/// Numbers with a sign as numbers without: 0, -1, 1, -2, … are 0, 1, 2, 3, …
enum ZigZag {
    @inline(__always)
    static func encoded(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: value &<< 1 ^ value &>> 63)
    }

    @inline(__always)
    static func decoded(_ code: UInt64) -> Int64 {
        Int64(bitPattern: code &>> 1) ^ -Int64(bitPattern: code & 1)
    }
}

extension [UInt8] {
    /// Appends what ``ByteCursor/number(of:)`` reads.
    mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends what ``ByteCursor/signedNumber(of:)`` reads.
    mutating func append(signedNumber: Int64) {
        append(number: ZigZag.encoded(signedNumber))
    }
}
