/// A half-open stretch of time: `start` belongs to it, `end` does not.
public struct TimeRange: Hashable, Sendable {
    /// Its first instant; `nil` reaches back for ever.
    public var start: Timestamp?
    /// The first instant after it; `nil` reaches on for ever.
    public var end: Timestamp?

    /// The stretch from `start` up to `end`.
    public init(from start: Timestamp? = nil, until end: Timestamp? = nil) {
        self.start = start
        self.end = end
    }

    /// All of time.
    public static let unbounded = TimeRange()

    /// Whether `instant` lies in the range.
    public func contains(_ instant: Timestamp) -> Bool {
        instant >= start ?? instant && end.map { instant < $0 } ?? true
    }

    /// Whether any of the stretch from `first` to `last`, both included, lies in the range.
    public func overlaps(_ first: Timestamp, _ last: Timestamp) -> Bool {
        last >= start ?? last && end.map { first < $0 } ?? true
    }
}
