/// A sandbox that idles and works by turns, sampled at a fixed step for as long as one likes.
///
/// Idle, its CPU is often exactly 0 and its memory rarely moves; busy, CPU is noise about a level,
/// memory walks, and its counters grow in bursts of a heavy tail. Sampled each second instead of each
/// ten, it is the same sandbox: it idles and works as long, and its memory and counters move as far.
///
/// ```swift
/// for sample in SyntheticSandbox(index: 4).prefix(8640) { … }  // its day
/// ```
public struct SyntheticSandbox: Sequence, IteratorProtocol, Sendable {
    /// 2026-11-22T00:00:00Z.
    public static let start: Int64 = 1_795_305_600

    private static let pageBytes = 4096.0
    /// How likely a burst of each counter is in ten busy seconds, and how large it is.
    private static let bursts: [(chance: Double, scale: Double)] = [
        (0.08, 60e3), (0.25, 40e3), (0.5, 20e3), (0.5, 8e3),
    ]

    private let step: Int
    /// The step in units of ten seconds, in which all chances are given.
    private let tens: Double
    private var random: SeededRandom
    private var isBusy: Bool
    private var samplesLeft = 0
    private let idleMean: Double
    private let busyMean: Double
    private let idleLevel: Double
    private let busyLevel: Double
    private var at = start
    private var pages: Int64
    private var totals: [Int64] = [0, 0, 0, 0]

    /// The sandbox `index` of those that `seed` makes, sampled each `step` seconds.
    ///
    /// - Precondition: `step` is positive.
    public init(index: Int, step: Int = 10, seed: UInt64 = 20_261_122) {
        precondition(step > 0, "time goes on")
        self.step = step
        tens = Double(step) / 10
        random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(index))
        isBusy = Bool.random(using: &random)
        idleMean = [60, 200, 900].randomElement(using: &random)!
        busyMean = [12, 40, 150].randomElement(using: &random)!
        idleLevel = .random(in: 0..<0.6, using: &random)
        busyLevel = .random(in: 5..<180, using: &random)
        pages = .random(in: 12_000..<60_000, using: &random)
        samplesLeft = stretch()
    }

    /// The next sample; never `nil`.
    public mutating func next() -> SyntheticSample? {
        if samplesLeft == 0 {
            isBusy.toggle()
            samplesLeft = stretch()
        }
        samplesLeft -= 1
        let cpu = cpuPercent()
        moveMemory()
        growTotals()
        defer { at += Int64(step) }
        return SyntheticSample(
            at: at,
            cpuCentipercent: Int64((100 * Swift.min(Swift.max(cpu, 0), 400)).rounded()),
            memoryBytes: 4096 * Swift.min(Swift.max(pages, 3000), 1 << 20),
            diskReadBytes: totals[0], diskWriteBytes: totals[1],
            netRxBytes: totals[2], netTxBytes: totals[3])
    }

    /// How many samples the sandbox stays as it is.
    private mutating func stretch() -> Int {
        random.geometric(mean: Swift.max(1, (isBusy ? busyMean : idleMean) / tens))
    }

    private mutating func cpuPercent() -> Double {
        if isBusy {
            return busyLevel * .random(in: 0.7..<1.3, using: &random) + random.normal(4)
        }
        return random.happens(0.5) ? 0 : idleLevel + abs(random.normal(0.15))
    }

    private mutating func moveMemory() {
        if isBusy {
            // As wide that the steps of ten seconds together spread as far as one of ten seconds.
            let (drift, reach) = (9.5 * tens, 309.5 * tens.squareRoot())
            let step = Double.random(in: -reach - 0.5..<reach + 0.5, using: &random)
            pages += Int64((drift + step).rounded())
        } else if random.happens(0.03 * tens) {
            pages += .random(in: -8...8, using: &random)
        }
    }

    private mutating func growTotals() {
        for (index, burst) in Self.bursts.enumerated() {
            let isDisk = index < 2
            if isBusy {
                guard random.happens(burst.chance, tries: tens) else { continue }
                let bytes = Swift.min((random.lomax(1.3) + 0.1) * burst.scale, 4e9)
                totals[index] += Int64(
                    isDisk
                        ? (bytes / Self.pageBytes).rounded(.down) * Self.pageBytes : bytes)
            } else if !isDisk, random.happens(0.02 * tens) {
                totals[index] += .random(in: 54..<400, using: &random)  // keepalives
            }
        }
    }
}
