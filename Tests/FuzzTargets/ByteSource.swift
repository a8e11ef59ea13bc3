/// Makes values of a fuzzer's bytes: the same values of the same bytes, and zeros where they end.
struct ByteSource {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number from 0 up to and not with `count`, which is at most 256.
    mutating func choice(of count: Int) -> Int { Int(byte()) % max(1, count) }

    /// One of `values`, which are some.
    mutating func element<Value>(of values: [Value]) -> Value { values[choice(of: values.count)] }

    /// Mostly a number where something may go wrong, else any.
    mutating func integer() -> Int64 {
        let kind = choice(of: 16)
        guard kind >= Self.extremes.count else { return Self.extremes[kind] }
        return (0..<1 + choice(of: 8)).reduce(0) { sum, _ in sum << 8 | Int64(byte()) }
    }

    private static let extremes: [Int64] = [
        .min, .min + 1, -1, 0, 1, 1 << 31, 1 << 32, .max - 1, .max, 1_795_435_200_000,
    ]

    /// So many bytes, or what is left.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + max(0, count))
        defer { position = end }
        return Array(bytes[position..<end])
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }

    /// Text of up to 255 bytes, invalid UTF-8 repaired.
    mutating func text() -> String {
        let count = Int(byte())
        return String(decoding: take(count), as: UTF8.self)
    }
}
