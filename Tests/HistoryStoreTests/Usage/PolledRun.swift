import HistoryModel

@testable import HistoryStore

/// A run as its polls tell it, folded into rows as a recorder does, and what it used by brute force.
struct PolledRun {
    struct Poll {
        var at: Timestamp
        var memory: Int64?
        var counter: Int64?
    }

    /// The polls of one row, in order, and where the row begins.
    struct Interval {
        var at: Timestamp
        var polls: [Poll]
    }

    static let intervalMilliseconds: Int64 = 60_000
    static let tolerance: Int64 = 120_000

    var start: Timestamp
    /// In the order in which they were made.
    var intervals: [Interval] = []
    var end: Timestamp?
    var limit: Int64?
    /// CPU time that the kernel told at the end, if it did.
    var exactTotal: Int64?
    var duration: Int64?
    var isClosed = false
    var resetCount = 0
    var stepCount = 0
    var gapCount = 0

    /// Polls each six seconds on average, for up to `pollCount` of them.
    init(using random: inout SeededRandom, pollCount: Int, steps: Bool) {
        start = .noon(plus: .random(in: 0...7_200_000, using: &random))
        limit = Bool.random(using: &random) ? .random(in: 1...(1 << 34), using: &random) : nil
        var at = start
        var value: Int64 = 0
        let neverCounts = Int.random(in: 0..<8, using: &random) == 0
        var isNew = true
        // Two rows that begin together with the same sample are one row to a catalog.
        var taken: Set<Timestamp> = []
        for _ in 0..<pollCount {
            switch Int.random(in: 0..<200, using: &random) {
            case 0:
                at = at.advanced(byMilliseconds: .random(in: 1...600_000, using: &random))
                gapCount += 1
            case 1 where steps:
                // More than the tolerance: what is less cannot be told from a poll that is late.
                let step = Int64.random(in: 200_000...5_400_000, using: &random)
                at = at.advanced(byMilliseconds: Bool.random(using: &random) ? step : -step)
                stepCount += 1
                isNew = true
            case 2...3:
                if value > 0 { resetCount += 1 }
                value /= 2
            default: break
            }
            at = at.advanced(byMilliseconds: .random(in: 2_000...10_000, using: &random))
            while !taken.insert(at).inserted { at = at.advanced(byMilliseconds: 1) }
            value += .random(in: 0...1_000_000, using: &random)
            let poll = Poll(
                at: at,
                memory: Int.random(in: 0..<20, using: &random) == 0
                    ? nil : .random(in: 0...(1 << 33), using: &random),
                counter: neverCounts || Int.random(in: 0..<20, using: &random) == 0 ? nil : value)
            add(poll, isNew: isNew)
            isNew = false
        }
        finish(at, using: &random)
    }

    private mutating func add(_ poll: Poll, isNew: Bool) {
        let aligned = poll.at.aligned(downTo: Self.intervalMilliseconds)
        let lastCounter = intervals.last?.polls.last { $0.counter != nil }?.counter
        let fell = poll.counter.map { $0 < lastCounter ?? 0 } ?? false
        let isSame =
            intervals.last?.polls.last?.at.aligned(downTo: Self.intervalMilliseconds) == aligned
        if isSame, !fell, !isNew {
            intervals[intervals.count - 1].polls.append(poll)
        } else {
            intervals.append(Interval(at: isNew || isSame ? poll.at : aligned, polls: [poll]))
        }
    }

    private mutating func finish(_ reached: Timestamp, using random: inout SeededRandom) {
        guard Int.random(in: 0..<5, using: &random) > 0 else { return }
        let latest = max(start, reached)
        end = latest.advanced(byMilliseconds: .random(in: 0...200_000, using: &random))
        isClosed = Int.random(in: 0..<4, using: &random) > 0
        if Bool.random(using: &random) {
            exactTotal = max(0, counted + .random(in: -500_000...500_000, using: &random))
        }
        if Bool.random(using: &random) {
            duration = max(0, end!.milliseconds(since: start) + .random(in: -5...5, using: &random))
        }
    }

    /// What was counted, poll by poll: after a fall the counter has begun anew from 0.
    private var counted: Int64 { growth { _ in true } ?? 0 }

    /// What the counter grew in those polls that `isMeant` says, whose intervals begin in some window.
    private func growth(_ isMeant: (Timestamp) -> Bool) -> Int64? {
        var last: Int64 = 0
        var grown: Int64?
        for interval in intervals {
            for poll in interval.polls {
                guard let value = poll.counter else { continue }
                if isMeant(begin(interval)) {
                    grown = (grown ?? 0) + (value >= last ? value - last : value)
                }
                last = value
            }
        }
        return grown
    }

    /// When what an interval tells counts: while the run lives.
    private func begin(_ interval: Interval) -> Timestamp {
        min(max(interval.at, start), end ?? max(interval.at, start))
    }

    // MARK: Rows

    func rows(of run: RunID) -> [SampleRow] {
        intervals.enumerated().map { index, interval in
            let polls = interval.polls
            var row = SampleRow(
                run: run, at: interval.at, intervalMilliseconds: Self.intervalMilliseconds,
                firstAt: polls[0].at, lastAt: polls[polls.count - 1].at,
                sampleCount: Int64(polls.count), implausibleCount: 0)
            row.sequence = Int64(index) + 1
            if let average = interval.memoryAverage {
                row[gauge: .memory] = .init(
                    count: Int64(polls.compactMap(\.memory).count), average: average,
                    maximum: polls.compactMap(\.memory).max()!)
            }
            let counters = polls.compactMap(\.counter)
            if let first = counters.first, let last = counters.last {
                // The same for both, so that one has the exact figure of the end, and one has not.
                row[counter: .cpuTime] = .init(first: first, last: last)
                row[counter: .netRx] = .init(first: first, last: last)
            }
            return row
        }
    }

    // MARK: Brute force

    /// What the run used in a window, from its polls; `nil` if it was not alive in it.
    func usage(in window: TimeRange, now: Timestamp) -> Usage? {
        let from = window.start ?? Timestamp(unixMilliseconds: .min)
        let until = window.end ?? Timestamp(unixMilliseconds: .max)
        let end = end ?? Timestamp(unixMilliseconds: .max)
        guard start < until, end >= from else { return nil }
        let holdsEnd = self.end != nil && end < until
        var usage = Usage()
        usage.runCount = 1
        usage.failureCount = holdsEnd ? 1 : 0
        let sampled = growth { $0 < until } ?? 0
        let sampledBefore = growth { $0 < from } ?? 0
        let isKnown = growth { $0 >= from && $0 < until } != nil
        func used(_ final: Int64?) -> Int64? {
            guard isKnown || (holdsEnd && final != nil) else { return nil }
            // In the end it is what the summary says, and before never more than that.
            let reached = holdsEnd ? final ?? sampled : min(sampled, final ?? .max)
            return reached - min(sampledBefore, final ?? .max)
        }
        let closedTotal = isClosed ? growth { _ in true } : nil
        usage.netRxBytes = used(closedTotal)
        // More may have been seen than the kernel told.
        usage.cpuTimeNanoseconds = used([exactTotal, closedTotal].compactMap(\.self).max())
        usage.memoryByteHours = memory(from, until, holdsEnd)
        addTime(to: &usage, from, until, now)
        // A run that goes on is not known to be alive later than now, unless a row says so.
        let isReached = self.end != nil || max(start, from) <= max(start, now)
        return isReached || usage.netRxBytes != nil || usage.memoryByteHours != nil ? usage : nil
    }

    private func memory(_ from: Timestamp, _ until: Timestamp, _ holdsEnd: Bool) -> Int64? {
        var sum: Int64?
        var before: Timestamp = start
        func add(_ bytes: Int64, _ milliseconds: Int64) {
            let exact = Int128(bytes) * Int128(milliseconds)
            sum = (sum ?? 0) + Int64((exact * 2 + 3_600_000) / 7_200_000)
        }
        for interval in intervals {
            let first = interval.polls[0].at
            let last = interval.polls[interval.polls.count - 1].at
            let isNear = first >= before && first.milliseconds(since: before) <= Self.tolerance
            if let average = interval.memoryAverage, begin(interval) >= from,
                begin(interval) < until
            {
                add(average, last.milliseconds(since: isNear ? before : first))
            }
            before = last
        }
        if holdsEnd, let end, let average = intervals.last?.memoryAverage, end > before,
            end.milliseconds(since: before) <= Self.tolerance
        {
            add(average, end.milliseconds(since: before))
        }
        return sum
    }

    private func addTime(
        to usage: inout Usage, _ from: Timestamp, _ until: Timestamp, _ now: Timestamp
    ) {
        func age(_ instant: Timestamp) -> Int64 {
            if let end, instant > end { return duration ?? end.milliseconds(since: start) }
            let reached = min(instant, end ?? max(now, start))
            let age = max(0, reached.milliseconds(since: start))
            return min(age, duration ?? age)
        }
        usage.durationMilliseconds = age(until) - age(from)
        guard let limit else {
            usage.unlimitedRunCount = 1
            return
        }
        func allocated(_ milliseconds: Int64) -> Int64 {
            Int64((Int128(limit) * Int128(milliseconds) * 2 + 3_600_000) / 7_200_000)
        }
        usage.memoryLimitByteHours = allocated(age(until)) - allocated(age(from))
    }
}

extension PolledRun.Interval {
    var memoryAverage: Int64? {
        let values = polls.compactMap(\.memory)
        guard !values.isEmpty else { return nil }
        return (values.reduce(0, +) * 2 + Int64(values.count)) / (2 * Int64(values.count))
    }
}
