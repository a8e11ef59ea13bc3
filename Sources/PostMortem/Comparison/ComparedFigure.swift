/// One value of two runs, side by side.
///
/// Values are exact integers in the unit's base: nothing is lost on the way to JSON. `nil` is *not
/// known*, and what is not known differs from nothing.
public struct ComparedFigure: Hashable, Sendable {
    /// What the integers count.
    public enum Unit: String, Hashable, Sendable {
        /// Milliseconds.
        case milliseconds = "ms"
        /// Nanoseconds.
        case nanoseconds = "ns"
        /// Hundredths of a percent.
        case centipercent
        /// Bytes.
        case bytes
        /// How many.
        case count
    }

    /// The word for data, as `memory_peak_bytes`.
    public var key: String
    /// The word for people, as `memory peak`.
    public var name: String
    /// What the values count.
    public var unit: Unit
    /// The first run's.
    public var first: Int64?
    /// The second run's.
    public var second: Int64?
    /// From where on a difference is more than noise: so much in the unit, …
    var least: Int64
    /// … and such a part of the smaller one.
    var leastShare: Double

    init(
        _ key: String, _ name: String, in unit: Unit, _ first: Int64?, _ second: Int64?,
        least: Int64, share: Double = Threshold.differentShare
    ) {
        self.key = key
        self.name = name
        self.unit = unit
        self.first = first
        self.second = second
        self.least = least
        self.leastShare = share
    }

    /// The second less the first, held at the ends of the range.
    public var difference: Int64? {
        guard let first, let second else { return nil }
        let (difference, overflow) = second.subtractingReportingOverflow(first)
        return overflow ? (second > first ? .max : .min) : difference
    }

    /// The second over the first; `nil` if that is 0, or one of them negative.
    public var ratio: Double? {
        guard let first, let second, first > 0, second >= 0 else { return nil }
        return Double(second) / Double(first)
    }

    /// Whether the two differ by more than two runs of the same program would.
    public var isDifferent: Bool {
        guard let first, let second, let difference else { return false }
        let size = difference.magnitude
        return size >= least.magnitude
            && Double(size) >= leastShare * Double(min(first.magnitude, second.magnitude))
    }
}
