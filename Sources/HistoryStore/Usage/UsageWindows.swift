internal import HistoryModel

/// The window of a report, cut where its days or months begin.
///
/// Windows are numbered from 1; 0 is all of time before the first, and the number after the last is all
/// of time after it.
struct UsageWindows {
    /// The first instant of each window, in milliseconds; the first may be that of all time.
    private let starts: [Int64]
    /// The first instant after the last window; `nil` if it has no end.
    private let end: Int64?

    /// How many there are.
    var count: Int { starts.count }

    /// One window: `range`.
    init(_ range: TimeRange) {
        starts = [range.start?.unixMilliseconds ?? .min]
        end = range.end?.unixMilliseconds
    }

    /// The units of `zone`'s calendar in `range`, cut for what lies in `life`: what should lie before or
    /// after that belongs to the first and the last.
    init(_ range: TimeRange, by unit: CalendarUnit, of zone: LocalZone, holding life: TimeRange) {
        let start = [range.start, life.start].compactMap(\.self).max() ?? .earliestPlausible
        let from = min(max(start, .earliestPlausible), .latestPlausible)
        let until = min([range.end, life.end].compactMap(\.self).min() ?? from, .latestPlausible)
        var starts = [range.start?.unixMilliseconds ?? .min]
        var reached = from
        while starts.count < Self.maximumCount,
            let next = zone.start(of: unit, after: reached), next < until
        {
            starts.append(next.unixMilliseconds)
            reached = next
        }
        self.starts = starts
        end = range.end?.unixMilliseconds
        first = from
    }

    /// An instant in the first window that a calendar can name.
    private var first = Timestamp.earliestPlausible
    /// A hundred years of days: more than any clock that was ever right.
    private static let maximumCount = 36_600

    /// The number of the window that `milliseconds` lies in.
    func index(of milliseconds: Int64) -> Int {
        if let end, milliseconds >= end { return starts.count + 1 }
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= milliseconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first instant of the window, or of all time; that of the one after the last is its end.
    func start(of index: Int) -> Int64 {
        index < 1 ? .min : index <= starts.count ? starts[index - 1] : end ?? .max
    }

    /// The stretch of the window `index`, from 1.
    func range(of index: Int) -> TimeRange {
        let start = starts[index - 1]
        let next = index < starts.count ? starts[index] : end
        return TimeRange(
            from: start == .min ? nil : Timestamp(unixMilliseconds: start),
            until: next.map(Timestamp.init(unixMilliseconds:)))
    }

    /// An instant of the window by which the calendar names it.
    func name(of unit: CalendarUnit, at index: Int, in zone: LocalZone) -> String {
        let instant = index == 1 ? first : Timestamp(unixMilliseconds: starts[index - 1])
        return zone.name(of: unit, containing: instant) ?? "?"
    }
}
