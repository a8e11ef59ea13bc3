import HistoryModel

/// A straight line through values over time that some outliers do not bend: the median of the slopes of
/// all pairs (Theil 1950, Sen 1968).
struct TrendLine: Hashable {
    /// Per millisecond.
    let slope: Double
    /// Of all pairs of different times, the share in which the later value is higher: 1 if it only ever
    /// grows, 0.5 if it goes up and down.
    let concordance: Double
    /// Its value at the first time.
    let start: Double
    /// From the first to the last time, in milliseconds.
    let length: Double

    /// How much it grows from the first to the last time.
    var growth: Double { slope * length }

    /// More points than these would make too many pairs; they are thinned out evenly.
    private static let pointLimit = 120

    /// - Returns: `nil` of fewer than three points, or of none that are apart.
    init?(_ all: [(at: Timestamp, value: Double)]) {
        let finite = all.filter { $0.value.isFinite }.sorted { $0.at < $1.at }
        let stride = (finite.count + Self.pointLimit - 1) / Self.pointLimit
        guard finite.count >= 3, let first = finite.first, stride > 0 else { return nil }
        let points = finite.indices.filter { $0 % stride == 0 }.map { index in
            (
                x: Double(finite[index].at.milliseconds(since: first.at)),
                y: finite[index].value
            )
        }
        var slopes: [Double] = []
        var higher = 0
        for index in points.indices {
            for later in points[(index + 1)...] where later.x > points[index].x {
                let slope = (later.y - points[index].y) / (later.x - points[index].x)
                guard slope.isFinite else { continue }
                slopes.append(slope)
                if slope > 0 { higher += 1 }
            }
        }
        guard let slope = slopes.median, let last = points.last else { return nil }
        self.slope = slope
        concordance = Double(higher) / Double(slopes.count)
        length = last.x
        start = points.map { $0.y - slope * $0.x }.median ?? first.value
    }
}
