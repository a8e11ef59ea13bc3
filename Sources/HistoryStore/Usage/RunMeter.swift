internal import HistoryModel

/// Adds up what one run used, window by window, from its rows and hours in the order of their making.
///
/// * What a counter grew from the row before to a row belongs to that row; before the first it was 0.
///   Where it falls its source began anew, and all of its new value is growth.
/// * A row's memory is its average for the time from the last sample of the row before to its own, or,
///   where the row before is far, from its own first sample; after the last row it holds on to the run's
///   end if that is near.
/// * A row belongs to the window in which it begins, or to that of the run's start if it begins before.
///   From its end on, a run has used what its summary says.
struct RunMeter {
    private let run: MeteredRun
    private let windows: UsageWindows
    /// The windows in which the run lives, from that of its start to that of its end.
    let lifetime: ClosedRange<Int>
    private var amounts: [Amounts]
    private var before: Before?
    private var lastTotals = [Int64?](repeating: nil, count: Metric.counters.count)

    /// What rows of one window tell.
    fileprivate struct Amounts {
        var growth = [Int64?](repeating: nil, count: Metric.counters.count)
        var memoryByteHours: Int64?
        var isApproximate = false
    }

    /// What has to be known of the row before.
    private struct Before {
        var lastAt: Timestamp
        var intervalMilliseconds: Int64
        var memory: Int64?
    }

    init(_ run: MeteredRun, in windows: UsageWindows) {
        self.run = run
        self.windows = windows
        let first = windows.index(of: run.startedAt.unixMilliseconds)
        let last = run.terminatedAt.map { windows.index(of: $0.unixMilliseconds) }
        lifetime = first...max(first, last ?? windows.count + 1)
        amounts = Array(repeating: Amounts(), count: lifetime.count)
    }

    /// The window that what begins at `instant` belongs to.
    func window(of instant: Timestamp) -> Int {
        min(
            max(windows.index(of: instant.unixMilliseconds), lifetime.lowerBound),
            lifetime.upperBound)
    }

    /// Whether the window `index` is one of the report's.
    func isAsked(_ index: Int) -> Bool { index >= 1 && index <= windows.count }

    mutating func add(_ row: SampleRow) {
        let place = window(of: row.at) - lifetime.lowerBound
        for metric in Metric.counters {
            guard let counter = row[counter: metric] else { continue }
            let growth = growth(of: metric, to: counter.last, by: counter.first, fallen: 0)
            amounts[place].add(growth, of: metric)
        }
        let memory = row[gauge: .memory]?.average
        if let memory {
            let covered = covered(row.firstAt, row.lastAt, row.intervalMilliseconds)
            amounts[place].addMemory(Self.byteHours(memory, for: covered))
        }
        before = Before(
            lastAt: row.lastAt, intervalMilliseconds: row.intervalMilliseconds, memory: memory)
    }

    /// Adds the counters of an hour that lies in one window; its rows' memory is not asked for, or was
    /// added already.
    mutating func addCounters(of hour: HourOutline) {
        let place = window(of: hour.hour.first) - lifetime.lowerBound
        for metric in Metric.counters {
            guard let counter = hour.counters[metric.index] else { continue }
            let growth = growth(
                of: metric, to: counter.last, by: counter.first, fallen: counter.fallen)
            amounts[place].add(growth, of: metric)
        }
        before = Before(
            lastAt: hour.lastAt, intervalMilliseconds: hour.intervalMilliseconds, memory: nil)
    }

    /// Adds an hour of which nothing but the summary can be read, cut in proportion of time.
    mutating func addApproximately(_ hour: HourOutline) {
        let span = Span(
            from: min(max(hour.firstAt, hour.hour.first), hour.hour.last),
            to: min(max(hour.lastAt, hour.hour.first), hour.hour.last))
        let covered = covered(hour.firstAt, hour.lastAt, hour.intervalMilliseconds)
        let memory = hour.memoryAverage.map { Self.byteHours($0, for: covered) }
        let growth = Metric.counters.map { metric in
            hour.counters[metric.index].map {
                self.growth(of: metric, to: $0.last, by: $0.first, fallen: $0.fallen)
            }
        }
        for index in window(of: span.from)...max(window(of: span.from), window(of: span.to)) {
            let from = index == lifetime.lowerBound ? .min : windows.start(of: index)
            let until = index == lifetime.upperBound ? .max : windows.start(of: index + 1)
            func part(_ amount: Int64) -> Int64 {
                span.part(of: amount, before: until) - span.part(of: amount, before: from)
            }
            let place = index - lifetime.lowerBound
            for metric in Metric.counters {
                guard let growth = growth[metric.index] else { continue }
                amounts[place].add(part(growth), of: metric)
            }
            if let memory { amounts[place].addMemory(part(memory)) }
            amounts[place].isApproximate = true
        }
        before = Before(
            lastAt: hour.lastAt, intervalMilliseconds: hour.intervalMilliseconds,
            memory: hour.memoryAverage)
    }

    /// How much `metric` grew since the row before; never negative, whatever a damaged row says.
    private mutating func growth(
        of metric: Metric, to last: Int64, by first: Int64, fallen: Int64
    ) -> Int64 {
        let reached = lastTotals[metric.index] ?? 0
        lastTotals[metric.index] = last
        let start = first < reached ? 0 : reached
        return Int64(clamping: max(0, Int128(last) - Int128(start) + Int128(fallen)))
    }

    /// For how many milliseconds samples from `first` to `last` speak.
    private func covered(_ first: Timestamp, _ last: Timestamp, _ interval: Int64) -> Int64 {
        let reached = before?.lastAt ?? run.startedAt
        let distance = first.milliseconds(since: reached)
        let isNear = distance >= 0 && distance <= GapFinder.tolerance(interval)
        return max(0, last.milliseconds(since: isNear ? reached : first))
    }

    /// Byte hours, rounded to the nearest.
    private static func byteHours(_ bytes: Int64, for milliseconds: Int64) -> Int64 {
        let (product, overflow) = max(0, bytes).multipliedReportingOverflow(by: milliseconds)
        guard overflow || product > .max - 1_800_000 else {
            return (product + 1_800_000) / 3_600_000
        }
        return Int64(
            clamping: (Int128(max(0, bytes)) * Int128(milliseconds) + 1_800_000) / 3_600_000)
    }

    // MARK: What it comes to

    /// What the run used, window by window, `now` being the time up to which one that goes on ran.
    ///
    /// Windows of the report in which it did not live are not among them.
    mutating func usages(now: Timestamp) -> [(window: Int, usage: Usage)] {
        addTail()
        let finals = finalTotals
        var result: [(window: Int, usage: Usage)] = []
        var reached = [Int64](repeating: 0, count: Metric.counters.count)
        for index in lifetime {
            let isEnd = run.terminatedAt != nil && index == lifetime.upperBound
            let amounts = amounts[index - lifetime.lowerBound]
            var usage = Usage()
            usage.runCount = 1
            usage.isApproximate = amounts.isApproximate
            for metric in Metric.counters {
                let before = reached[metric.index]
                let limit = finals[metric.index]
                let growth = amounts.growth[metric.index]
                let total = min(before.clampingAdd(growth ?? 0), limit ?? .max)
                reached[metric.index] = isEnd ? limit ?? total : total
                let isKnown = growth != nil || (isEnd && limit != nil)
                usage[counter: metric] = isKnown ? reached[metric.index] - before : nil
            }
            usage.memoryByteHours = amounts.memoryByteHours
            addTime(to: &usage, in: index, isEnd, now)
            guard isAsked(index), isReached(index, now) || amounts.isKnown else { continue }
            if isEnd, run.hasFailed { usage.failureCount = 1 }
            result.append((index, usage))
        }
        return result
    }

    /// Whether the run lived in the window `index` before `now`.
    private func isReached(_ index: Int, _ now: Timestamp) -> Bool {
        run.terminatedAt != nil || index == lifetime.lowerBound
            || windows.start(of: index) <= now.unixMilliseconds
    }

    /// From the last row to the run's end.
    private mutating func addTail() {
        guard let end = run.terminatedAt, let before, let memory = before.memory else { return }
        let distance = end.milliseconds(since: before.lastAt)
        guard distance > 0, distance <= GapFinder.tolerance(before.intervalMilliseconds) else {
            return
        }
        amounts[amounts.count - 1].addMemory(Self.byteHours(memory, for: distance))
    }

    /// What each counter came to in the end; `nil` while it may go on, or if nobody knows.
    private var finalTotals: [Int64?] {
        guard run.terminatedAt != nil else { return run.totals.map { _ in nil } }
        return run.totals.map { $0.map { max(0, $0) } }
    }

    private func addTime(to usage: inout Usage, in index: Int, _ isEnd: Bool, _ now: Timestamp) {
        let limit = run.duration ?? run.age(at: now.unixMilliseconds)
        let from = min(limit, run.age(at: windows.start(of: index)))
        let until = isEnd ? limit : min(limit, run.age(at: windows.start(of: index + 1)))
        usage.durationMilliseconds = until - from
        guard let bytes = run.memoryLimitBytes, bytes > 0 else {
            usage.unlimitedRunCount = 1
            return
        }
        usage.memoryLimitByteHours =
            Self.byteHours(bytes, for: until) - Self.byteHours(bytes, for: from)
    }
}

extension RunMeter.Amounts {
    /// Whether any row told something.
    fileprivate var isKnown: Bool {
        memoryByteHours != nil || growth.contains { $0 != nil }
    }

    fileprivate mutating func add(_ amount: Int64, of metric: Metric) {
        growth[metric.index] = (growth[metric.index] ?? 0).clampingAdd(amount)
    }

    fileprivate mutating func addMemory(_ amount: Int64) {
        memoryByteHours = (memoryByteHours ?? 0).clampingAdd(amount)
    }
}

/// A stretch over which something was used evenly.
private struct Span {
    var from: Timestamp
    /// Its last millisecond.
    var to: Timestamp

    /// What of `amount` was used before `instant`.
    func part(of amount: Int64, before instant: Int64) -> Int64 {
        guard instant > from.unixMilliseconds else { return 0 }
        guard instant <= to.unixMilliseconds else { return amount }
        let length = Int128(to.unixMilliseconds) - Int128(from.unixMilliseconds) + 1
        let elapsed = Int128(instant) - Int128(from.unixMilliseconds)
        return Int64(Int128(amount) * elapsed / length)
    }
}
