/// From where on something counts: every number of the rules.
enum Threshold {
    // Memory

    /// The share of a limit that is *at* it. The kernel reclaims before it kills, samples are up to a
    /// second old, and page tables and sockets count in a cgroup but in no process: 100 % is never seen.
    static let atLimit = 0.95
    /// The same for a limit on address space or data, of which resident memory, all that is sampled, is
    /// a part only: stacks, libraries and what was never touched are not in it.
    static let atVirtualLimit = 0.6
    /// The share of a limit at which nobody is killed for it within a sample's time, mostly.
    static let farFromLimit = 0.5
    /// Peak to limit from which on the next little growth ends it.
    static let limitTooSmall = 0.9
    /// The limit is so many times the advised size, and that memory could be somebody else's.
    static let limitTooLarge = 4.0
    /// What a limit should have beyond the highest use: caches, a larger input, the next version.
    static let headroom = 1.2
    /// A shorter run, in milliseconds, tells too little of what its program needs.
    static let sizedFrom: Int64 = 60_000
    /// A shorter run, in milliseconds, has no leak: a program that starts grows.
    static let leakFrom: Int64 = 120_000
    /// With fewer steps every line fits.
    static let leakPoints = 12
    /// The first part of a run fills caches and heaps; it is not looked at.
    static let warmUp = 0.2
    /// Of all pairs of steps so many of the later ones must be higher: a sawtooth has about half.
    static let leakConcordance = 0.85
    /// The last half must grow at this share of the whole's pace: what levels off is no leak.
    static let leakLastHalf = 0.4
    /// It must grow by this share of what it had, …
    static let leakShare = 0.15
    /// … and by so many bytes, less than which nobody misses.
    static let leakBytes = 8.0 * 1_048_576

    // CPU, in hundredths of a percent of one core

    /// The least CPU of a program that computes without a pause; the clock ticks of `/proc` alone cost
    /// some percent of exactness.
    static let pinnedShare = 0.95
    /// More than a whole number of cores by this share is on its way to the next one.
    static let pinnedExcess = 1.05
    /// How long before the end it must have been so, in milliseconds.
    static let pinnedFor: Int64 = 3_000
    /// Samples less than which tell nothing.
    static let fewestSamples = 4
    /// A program that waits is below this: timers and heartbeats, no work.
    static let idleCPU = 200.0
    /// A program that spins may have to share its core with another one.
    static let spinningCPU = 5_000.0
    /// Held back for this share of its time, a program is slower than its users may know.
    static let throttledShare = 0.05

    // Before the end, in milliseconds and bytes per second

    /// A pause shorter than this is none.
    static let stuckFor: Int64 = 5_000
    /// Spinning shorter than this may be a computation.
    static let spinningFor: Int64 = 5_000
    /// Reading or writing less than a page a second is nothing.
    static let noTraffic = 4_096.0
    /// What counts as the time before the end.
    static let burstWindow: Int64 = 10_000
    /// A burst is so many times the usual rate …
    static let burstFactor = 10.0
    /// … and so many bytes per second, which a disk of today feels.
    static let burstBytes = 32.0 * 1_048_576
    /// A run that reads or writes at least so much a second, over most of its time, has traffic.
    static let steadyTraffic = 262_144.0
    /// How long that must have been silent.
    static let silentFor: Int64 = 20_000

    // Recording

    /// A gap that ends so many milliseconds before the run's end, or later, hides the end.
    static let gapAtEnd: Int64 = 5_000
    /// Gaps that sum up to this share of a run hide too much of it.
    static let gapShare = 0.1
    /// Room of a writable layer below which nothing more fits.
    static let noRoom: Int64 = 1_048_576

    // Around

    /// So many runs in a row that end the same way are a loop, and no bad luck.
    static let loopRuns = 3
    /// A loop's next run begins within this time, in milliseconds; later somebody has started it.
    static let loopPause: Int64 = 3_600_000
    /// With fewer earlier runs nothing is usual.
    static let usualRuns = 4
    /// So many of the usual deviations (median absolute, scaled to those of a normal distribution) from
    /// the median are unusual; with 3, one of 370 would be by chance.
    static let unusualDeviations = 4.0
    /// A difference of less than this share is not worth a word, however regular earlier runs were.
    static let unusualShare = 0.5
    /// Durations of less than this, in milliseconds, differ by nothing.
    static let unusualMilliseconds = 1_000.0
    /// A neighbour with so much CPU, a core and a half, takes it from others …
    static let neighbourCPU = 15_000.0
    /// … or so much memory …
    static let neighbourMemory = 2_147_483_648.0
    /// … or so much of the disk.
    static let neighbourDisk = 104_857_600.0

    // Words

    /// So many of the last lines are quoted.
    static let quotedLines = 3
    /// And so much of each, in columns.
    static let quotedWidth = 160
    /// So much of a text's end is looked through for known complaints, in bytes.
    static let searchedBytes = 65_536
}
