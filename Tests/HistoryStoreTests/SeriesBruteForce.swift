import HistoryModel

@testable import HistoryStore

/// What the steps of a series must say, worked out from polls.
///
/// It knows how polls are folded into rows, and nothing of blocks, batches and accumulators.
struct SeriesBruteForce {
    let polled: PolledRun
    let range: TimeRange
    let stepMilliseconds: Int64
    let offset: Int64

    /// What is known of one interval.
    struct Interval {
        var at: Timestamp
        var lastAt: Timestamp
        var pollCount: Int64
        var memory: [Int64]
        var average: Int64?
        /// How much the counter grew, and in how many milliseconds; `nil` if that cannot be told.
        var growth: (amount: Int64, elapsed: Int64)?
        var total: Int64?
        /// For how many milliseconds it speaks.
        var elapsed: Int64
    }

    /// All intervals in order of time.
    var intervals: [Interval] {
        let made = polled.intervals
        let order = made.indices.sorted { (made[$0].at, $0) < (made[$1].at, $1) }
        var totals: [Int: Int64] = [:]
        var (fallen, reached) = (Int64(0), Int64(0))
        for index in made.indices {
            let counters = made[index].polls.compactMap(\.counter)
            guard let first = counters.first, let last = counters.last else { continue }
            if first < reached { fallen += reached }
            reached = last
            totals[index] = fallen + last
        }
        return order.enumerated().map { place, index in
            let polls = made[index].polls
            let (first, last) = (polls[0].at, polls[polls.count - 1].at)
            let before = place > 0 ? order[place - 1] : nil
            var isNext = false
            var since = first
            if let before {
                let reached = made[before].polls[made[before].polls.count - 1].at
                let distance = first.milliseconds(since: reached)
                isNext =
                    before == index - 1 && distance >= 0 && distance <= PolledRun.tolerance
                if isNext { since = reached }
            } else {
                let wait = first.milliseconds(since: polled.start)
                isNext = wait >= 0 && wait <= PolledRun.intervalMilliseconds
                if isNext { since = polled.start }
            }
            var interval = Interval(
                at: made[index].at, lastAt: last, pollCount: Int64(polls.count),
                memory: polls.compactMap(\.memory), average: made[index].memoryAverage,
                total: totals[index], elapsed: last.milliseconds(since: since))
            let counters = polls.compactMap(\.counter)
            if let low = counters.first, let high = counters.last {
                let base = before.map { made[$0].polls.last { $0.counter != nil }?.counter } ?? 0
                // A row before without the counter shows nowhere that it stood.
                let joins = isNext && base != nil && base! <= low
                let begin = joins ? since : first
                if last > begin {
                    interval.growth = (
                        high - (joins ? base! : low), last.milliseconds(since: begin)
                    )
                }
            }
            return interval
        }
    }

    /// The intervals of each step that the window holds, by the step's beginning.
    var steps: [(at: Timestamp, intervals: [Interval])] {
        let found = intervals.filter { range.overlaps($0.at, $0.lastAt) }
        let groups = Dictionary(grouping: found) { interval in
            interval.at.advanced(byMilliseconds: offset).aligned(downTo: stepMilliseconds)
                .advanced(byMilliseconds: -offset)
        }
        return groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    static func value(of column: Series.Column, in intervals: [Interval]) -> Double? {
        column.metric == .memory
            ? level(column.statistic, intervals) : counted(column.statistic, intervals)
    }

    private static func level(_ statistic: Statistic, _ intervals: [Interval]) -> Double? {
        let known = intervals.filter { $0.average != nil }
        let averages = known.map { Double($0.average!) }
        let weights = known.map { Double($0.memory.count) }
        guard !known.isEmpty else { return nil }
        switch statistic {
        case .avg:
            // Exact: the sums are far below 2^53 only in Int128.
            let sum = known.reduce(Int128(0)) {
                $0 + Int128($1.average!) * Int128($1.memory.count)
            }
            return Double(sum) / weights.reduce(0, +)
        case .min: return averages.min()
        case .max: return known.flatMap(\.memory).max().map(Double.init)
        case .last: return averages.last
        case .sum, .total: return nil
        case .p50, .p95, .p99: return percentile(averages, weights, statistic.fraction!)
        }
    }

    private static func counted(_ statistic: Statistic, _ intervals: [Interval]) -> Double? {
        let growths = intervals.compactMap(\.growth)
        let rates = growths.map { Double($0.amount) * 1000 / Double($0.elapsed) }
        let weights = growths.map { Double($0.elapsed) }
        if statistic == .total { return intervals.compactMap(\.total).last.map(Double.init) }
        guard !growths.isEmpty else { return nil }
        switch statistic {
        case .avg:
            return Double(growths.reduce(0) { $0 + $1.amount }) * 1000 / weights.reduce(0, +)
        case .min: return rates.min()
        case .max: return rates.max()
        case .last: return rates.last
        case .sum: return Double(growths.reduce(0) { $0 + $1.amount })
        case .total: return nil
        case .p50, .p95, .p99: return percentile(rates, weights, statistic.fraction!)
        }
    }

    /// The lowest value of which, with all that are not higher, there is enough.
    private static func percentile(
        _ values: [Double], _ weights: [Double], _ fraction: Double
    ) -> Double? {
        let enough = fraction * weights.reduce(0, +)
        return values.filter { value in
            zip(values, weights).reduce(0) { $0 + ($1.0 <= value ? $1.1 : 0) } >= enough
        }.min()
    }
}
