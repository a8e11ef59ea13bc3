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

    /// Up to `limit` bytes, most of them those of `alphabet`.
    mutating func bytes(of alphabet: String, atMost limit: Int) -> [UInt8] {
        let known = Array(alphabet.utf8)
        return (0..<Int.random(in: 0...limit, using: &self)).map { _ in
            Int.random(in: 0..<16, using: &self) == 0
                ? UInt8.random(in: .min ... .max, using: &self)
                : known[Int.random(in: 0..<known.count, using: &self)]
        }
    }

    /// `text` with some bytes changed, dropped or doubled.
    mutating func damaged(_ text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...4, using: &self) where !text.isEmpty {
            let index = Int.random(in: 0..<text.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: text[index] = UInt8.random(in: .min ... .max, using: &self)
            case 1: text.remove(at: index)
            case 2: text.insert(text[index], at: index)
            default: text.removeSubrange(index...)
            }
        }
        return text
    }
}
