/// What is wanted of something: the highest ratio to its floor, or the longest time.
struct Target {
    let ratio: Double?
    let nanoseconds: Double?

    private init(ratio: Double? = nil, nanoseconds: Double? = nil) {
        self.ratio = ratio
        self.nanoseconds = nanoseconds
    }

    /// What is wanted of a comparison; `nil` if it only explains another.
    static func of(_ what: String) -> Target? { all[what] }

    private static let all: [String: Target] = [
        "write a sample": Target(ratio: 1.1),
        "snapshot of 1024 slots": Target(ratio: 1.3, nanoseconds: 25_000),
        "one process": Target(ratio: 1.1),
        "tree of 50": Target(ratio: 1.3),
        "flush of 1024 rows": Target(ratio: 1.25),
        "decode a day of one run": Target(ratio: 1.5),
        "all points of a run's 24 h, cpu": Target(ratio: 2),
        "all points of a run's 24 h, memory": Target(ratio: 2),
        "averages and maxima of 5 min of it, cpu": Target(ratio: 2, nanoseconds: 300_000),
        "averages and maxima of 5 min of it, memory": Target(ratio: 2, nanoseconds: 300_000),
        "ten sandboxes of highest peak memory": Target(ratio: 2, nanoseconds: 1_000_000),
        "maximum CPU of all, each 5 min": Target(ratio: 2, nanoseconds: 6_000_000),
        "varve query runs, start to end": Target(ratio: 1.5, nanoseconds: 30_000_000),
    ]

    var text: String {
        [ratio.map { "≤ " + Text.fixed($0, 2) + " ×" }, nanoseconds.map { "≤ " + Text.time($0) }]
            .compactMap(\.self).joined(separator: ", ")
    }

    /// Whether a comparison keeps it.
    func isMet(by comparison: Comparison) -> Bool {
        if let ratio { guard let found = comparison.ratio, found <= ratio else { return false } }
        if let nanoseconds {
            guard let each = comparison.oursEach, each <= nanoseconds else { return false }
        }
        return true
    }
}
