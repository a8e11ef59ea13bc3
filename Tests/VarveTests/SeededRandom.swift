import HistoryModel

@testable import varve

/// SplitMix64: the same numbers for the same seed, so that a failing fuzz can be run again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Text that every format has to take care with.
    mutating func text() -> String {
        let hostile: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\r", ",", "'", "=", "+", "-", "@", "\t", " ", "<", "\u{0}",
            "\u{1b}", "\u{7f}", "\u{9b}", "\u{202e}", "\u{2028}", "\u{301}", "\u{e0041}", "日", "🙂",
            "\u{ff1d}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &self) {
            text.unicodeScalars.append(hostile.randomElement(using: &self) ?? "a")
        }
        return text
    }

    /// A value of any case; lists and objects up to `depth` deep.
    mutating func value(depth: Int) -> FieldValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &self) {
        case 0: return .null
        case 1: return .flag(Bool.random(using: &self))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &self))
        case 3: return .unsigned(UInt64.random(in: 0 ... .max, using: &self))
        case 4: return .number(Double.random(in: -1e6...1e6, using: &self))
        case 5: return .text(text())
        case 6:
            return .time(
                Timestamp(unixMilliseconds: Int64.random(in: 0...4_000_000_000_000, using: &self)))
        case 7:
            return .list(
                (0..<Int.random(in: 0...3, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                (0..<Int.random(in: 0...3, using: &self)).map { index in
                    FieldValue.Member("\(index)", value(depth: depth - 1))
                })
        }
    }
}
