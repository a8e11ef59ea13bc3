/// Makes new bytes of old ones, the same for the same seed: what the short runs of the tests feed.
public struct SeededMutator: Sendable {
    private var random: SplitMix64
    private let models: [[UInt8]]

    /// A mutator of `models`, which are some.
    public init(of models: [[UInt8]], seed: UInt64) {
        self.models = models.isEmpty ? [[]] : models
        random = SplitMix64(state: seed)
    }

    /// The next bytes: one of the models with up to eight changes.
    public mutating func next() -> [UInt8] {
        var bytes = models.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...8, using: &random) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        let kind = Int.random(in: 0..<9, using: &random)
        guard at < bytes.count else {
            return bytes.append(.random(in: 0...255, using: &random))
        }
        switch kind {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[at] = .random(in: 0...255, using: &random)
        case 2: bytes.remove(at: at)
        case 3: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: at)
        case 4:
            // An integer at its extremes, as it lies in memory.
            for (index, byte) in extreme().enumerated() where at + index < bytes.count {
                bytes[at + index] = byte
            }
        case 5: bytes.removeSubrange(at..<min(bytes.count, at + stretch()))
        case 6: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + stretch())], at: at)
        case 7: splice(&bytes, at: at)
        default: bytes.removeLast(bytes.count - at)
        }
    }

    private mutating func stretch() -> Int { 1 << Int.random(in: 0..<8, using: &random) }

    private mutating func extreme() -> [UInt8] {
        let values: [UInt64] = [
            0, 1, .max, .max - 1, 1 << 63, (1 << 63) - 1, 1 << 31, (1 << 31) - 1, 1 << 32,
        ]
        let value = values.randomElement(using: &random) ?? 0
        let width = [1, 2, 4, 8].randomElement(using: &random) ?? 8
        return (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// The end of another model in place of this one's.
    private mutating func splice(_ bytes: inout [UInt8], at: Int) {
        let other = models.randomElement(using: &random) ?? []
        bytes.replaceSubrange(
            at..., with: other.dropFirst(Int.random(in: 0...other.count, using: &random)))
    }

    private static let pieces: [[UInt8]] =
        [
            "18446744073709551616", "-9223372036854775808", "9223372036854775807", "1e999", "NaN",
            ") (", "\n", "\0", "\"", ",", "\u{1b}[2J", "\u{202e}", "<script>", "=1+1", "~1", ":",
            "/..",
        ].map { Array($0.utf8) } + [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]
}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
