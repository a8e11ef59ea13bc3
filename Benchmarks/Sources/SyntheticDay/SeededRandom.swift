#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// SplitMix64, and the distributions that a sandbox needs: the same for the same seed.
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

    /// Over 0, up to 1.
    private mutating func uniform() -> Double {
        1 - Double.random(in: 0..<1, using: &self)
    }

    /// Whether something happens that has so much of a chance.
    mutating func happens(_ chance: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < chance
    }

    /// Whether something happens in `tries`, which may be a fraction, that has a chance in each.
    mutating func happens(_ chance: Double, tries: Double) -> Bool {
        happens(1 - pow(1 - chance, tries))
    }

    /// Normal about 0.
    mutating func normal(_ deviation: Double) -> Double {
        deviation * (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
    }

    /// Pareto's distribution, shifted to begin at 0.
    mutating func lomax(_ shape: Double) -> Double {
        pow(uniform(), -1 / shape) - 1
    }

    /// How many tries it takes until something happens, 1 or more.
    mutating func geometric(mean: Double) -> Int {
        guard mean > 1 else { return 1 }
        return Swift.max(1, Int((log(uniform()) / log(1 - 1 / mean)).rounded(.up)))
    }
}
