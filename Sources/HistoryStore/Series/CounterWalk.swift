internal import HistoryModel

/// Follows a counter from row to row.
///
/// Its growth in a row reaches from the last sample of the row before to its own last sample, so that
/// the growth of all rows adds up to what was counted. Where the row before is far, was not made right
/// before, or the counter fell since, it is the growth inside the row alone; a counter never has a
/// negative rate.
struct CounterWalk {
    /// What a counter did in each of some rows.
    struct Growth {
        /// How much it grew.
        var amounts: [UInt64] = []
        /// In how many milliseconds; 0 where nothing can be said.
        var elapsed: [Int64] = []
        /// What it had reached in all, what was before each fall on top; -1 where it is absent.
        var totals: [Int64] = []
    }

    private let startedAt: Int64
    private var previous: (last: Int64, lastAt: Int64, sequence: Int64)?
    private var isFirstRow = true
    private let falls: CounterFalls

    /// - Parameter falls: Where the counter fell, for its totals.
    init(startedAt: Timestamp, falls: CounterFalls = CounterFalls()) {
        self.startedAt = startedAt.unixMilliseconds
        self.falls = falls
    }

    /// - Parameter counter: The index of the counter in `rows`.
    mutating func growth(of counter: Int, in rows: RowColumns) -> Growth {
        var growth = Growth()
        growth.amounts.reserveCapacity(rows.count)
        growth.elapsed.reserveCapacity(rows.count)
        growth.totals.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            defer { isFirstRow = false }
            guard rows.counters[counter].isPresent[row] else {
                previous = nil
                growth.amounts.append(0)
                growth.elapsed.append(0)
                growth.totals.append(-1)
                continue
            }
            let first = rows.counters[counter].firsts[row]
            let last = rows.counters[counter].lasts[row]
            let onTop = falls.onTop(of: rows.lastSequences[row])
            growth.totals.append(max(0, last.clampingAdd(onTop)))
            let (value, since) = base(of: first, in: row, of: rows)
            let (elapsed, overflow) = rows.lastAt[row].subtractingReportingOverflow(since)
            if !overflow, elapsed > 0, last >= value, last >= first {
                // Exact for any two values, as the difference is not negative.
                growth.amounts.append(UInt64(bitPattern: last &- value))
                growth.elapsed.append(elapsed)
            } else {
                growth.amounts.append(0)
                growth.elapsed.append(0)
            }
            previous = (last, rows.lastAt[row], rows.lastSequences[row])
        }
        return growth
    }

    /// Where the counter stood, and when, before the row.
    private func base(of first: Int64, in row: Int, of rows: RowColumns) -> (Int64, Int64) {
        let inside = (first, rows.firstAt[row])
        guard let previous else {
            // Counters count since the run started.
            guard isFirstRow else { return inside }
            let (wait, overflow) = rows.firstAt[row].subtractingReportingOverflow(startedAt)
            let isClose = !overflow && wait >= 0 && wait <= rows.intervals[row]
            return isClose && first >= 0 ? (0, startedAt) : inside
        }
        let (distance, overflow) = rows.firstAt[row].subtractingReportingOverflow(previous.lastAt)
        guard !overflow, distance >= 0, distance <= GapFinder.tolerance(rows.intervals[row]),
            (0...1).contains(rows.sequences[row] &- previous.sequence), previous.last <= first
        else { return inside }
        return (previous.last, previous.lastAt)
    }
}
