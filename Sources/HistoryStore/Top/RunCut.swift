internal import HistoryModel

/// Which rows of a run belong to a window: those that begin in it, all that begin before the run's start
/// being counted at its start, and all after its end at its end.
struct RunCut: Hashable {
    /// The first millisecond at which its rows begin; `nil` if all before the end do.
    var from: Int64?
    /// The first millisecond after; `nil` if all from the start on do.
    var until: Int64?

    /// The last millisecond at which its rows begin; `nil` if all from the start on do.
    var last: Int64? { until.map { max($0, .min + 1) - 1 } }

    /// All rows of the run.
    static let whole = RunCut()

    private init() {}

    init(_ run: MeteredRun, _ range: TimeRange) {
        if let start = range.start, start > run.startedAt { from = start.unixMilliseconds }
        if let end = range.end, run.terminatedAt.map({ end <= $0 }) ?? true {
            until = end.unixMilliseconds
        }
    }

    /// Whether a row that begins at `instant` belongs to the window.
    func holds(_ instant: Timestamp) -> Bool {
        let milliseconds = instant.unixMilliseconds
        return milliseconds >= from ?? milliseconds && until.map { milliseconds < $0 } ?? true
    }

    /// Whether a row of `hour` can belong to the window.
    func mayHold(_ hour: Hour) -> Bool {
        hour.last.unixMilliseconds >= from ?? .min
            && until.map { hour.first.unixMilliseconds < $0 } ?? true
    }

    /// The hours that the window cuts: one at each end at most.
    var edgeHours: [Hour] {
        let hours = [from, until].compactMap(\.self).compactMap { edge -> Hour? in
            let hour = Hour(of: Timestamp(unixMilliseconds: edge))
            return hour.first.unixMilliseconds == edge ? nil : hour
        }
        return hours.count == 2 && hours[0] == hours[1] ? [hours[0]] : hours
    }
}
