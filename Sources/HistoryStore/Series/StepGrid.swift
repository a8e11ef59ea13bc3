internal import HistoryModel

/// Where steps begin, by the wall clock.
struct StepGrid {
    /// The length of the steps; `nil` where each row is one.
    let milliseconds: Int64?
    /// How much later than UTC's the clock is.
    let offset: Int64

    /// The step that a row counts in.
    ///
    /// A row that is longer than the steps is one of its own.
    @inline(__always)
    func place(of row: Int, in rows: RowColumns) -> (at: Int64, milliseconds: Int64) {
        let interval = rows.intervals[row]
        guard let milliseconds,
            milliseconds > interval || (milliseconds == interval && !rows.isSummary[row])
        else { return (rows.at[row], interval) }
        return (start(of: rows.at[row], milliseconds), milliseconds)
    }

    /// The beginning of the step of `milliseconds` that an instant lies in.
    @inline(__always)
    func start(of instant: Int64, _ milliseconds: Int64) -> Int64 {
        let local = instant.clampingAdd(offset)
        let remainder = local % milliseconds
        let below = remainder < 0 ? remainder + milliseconds : remainder
        return local.clampingAdd(-below).clampingAdd(-offset)
    }
}
