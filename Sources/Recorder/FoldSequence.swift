internal import HistoryModel
internal import HistoryStore

/// The samples of one run on their way into rows: the row that grows, and those that are finished and
/// wait for the catalog.
struct FoldSequence {
    private let intervalMilliseconds: Int64
    private var finished: [IntervalFold] = []
    private var current: IntervalFold?
    private var isCurrentWritten = true
    /// The latest sample so far, by its own time: a clock that is set back does not move it.
    private var latestAt: Timestamp?
    /// The latest keys of rows that begin inside an interval: a clock that is set back could meet
    /// one of them again, and the catalog would take the one row for the other.
    private var recentKeys: [Timestamp] = []

    private static let recentKeyLimit = 256

    init(intervalMilliseconds: Int64) {
        self.intervalMilliseconds = intervalMilliseconds
    }

    /// How many rows are finished and not written.
    var finishedCount: Int { finished.count }

    mutating func add(_ sample: Sample, implausible: Int) {
        // Not bound to a name: a copy of the fold would make the addition copy its sums.
        if current?.isContinued(by: sample) == true {
            current?.add(sample, implausible: implausible)
        } else {
            if let current, !isCurrentWritten { finished.append(current) }
            current = IntervalFold(
                key: key(beginningWith: sample), sample, implausible: implausible,
                intervalMilliseconds: intervalMilliseconds)
        }
        isCurrentWritten = false
        latestAt = max(latestAt ?? sample.at, sample.at)
    }

    /// The key of the row that begins with `sample`: the interval's start, unless there is or could be
    /// a row of that interval already. Then it is the sample's time, or the next that is free.
    private mutating func key(beginningWith sample: Sample) -> Timestamp {
        let start = sample.at.aligned(downTo: intervalMilliseconds)
        guard let latestAt, start <= latestAt.aligned(downTo: intervalMilliseconds) else {
            return start
        }
        var key = sample.at == start ? start.advanced(byMilliseconds: 1) : sample.at
        while recentKeys.contains(key) { key = key.advanced(byMilliseconds: 1) }
        if recentKeys.count == Self.recentKeyLimit { recentKeys.removeFirst() }
        recentKeys.append(key)
        return key
    }

    /// Gives up the oldest finished rows.
    ///
    /// - Returns: How many, and the stretch that they covered.
    mutating func keepFinished(atMost limit: Int) -> (count: Int, gap: Series.Gap?) {
        let excess = finished.prefix(max(0, finished.count - limit))
        let from = excess.map(\.firstAt).min()
        let to = excess.map(\.lastAt).max()
        finished.removeFirst(excess.count)
        guard let from, let to else { return (0, nil) }
        return (
            excess.count,
            Series.Gap(from: from, to: to.advanced(byMilliseconds: 1), reason: .dropped)
        )
    }

    func unwrittenRows(of run: RunID) -> [SampleRow] {
        var rows = finished.map { $0.row(of: run) }
        if let current, !isCurrentWritten { rows.append(current.row(of: run)) }
        return rows
    }

    /// Notes that everything up to now is in the catalog.
    mutating func noteWritten() {
        finished = []
        isCurrentWritten = true
    }

    /// Notes that another recorder has written samples up to `instant`.
    mutating func noteWritten(upTo instant: Timestamp) {
        latestAt = max(latestAt ?? instant, instant)
    }
}
