internal import HistoryModel
internal import SQLite

/// Finds what single runs used at most, or in all, from as little as suffices.
struct TopMeter {
    private let top: TopQuery
    private let range: TimeRange
    private let now: Timestamp
    private let windows: UsageWindows
    private var progress = UsageProgress()
    private(set) var problems: [String] = []

    /// What has to be found of every run along with it.
    var valueOfRun: String? {
        top.measure == .peak ? PeakGauge(top.resource)?.peakOfRun : nil
    }

    init(_ top: TopQuery, range: TimeRange, now: Timestamp) {
        self.top = top
        self.range = range
        self.now = now
        windows = UsageWindows(range)
    }

    /// How much `run` used; `nil` if nothing is known.
    mutating func value(
        of run: MeteredRun, reading connection: borrowing Connection,
        _ report: (UsageProgress) -> Void
    ) throws -> TopValue? {
        switch (top.measure, PeakGauge(top.resource)) {
        case (.total, _):
            let amounts = top.resource == .memory ? MeteredAmounts.all : .counters
            let usage = try connection.usages(
                of: run, in: windows, amounts, now: now, progress: &progress, problems: &problems,
                report
            ).first?.usage
            return usage.flatMap(total).map { TopValue(value: $0) }
        case (.peak, let gauge?):
            return try peak(of: gauge, in: run, reading: connection).map { TopValue(value: $0) }
        case (.peak, nil):
            return try peakRate(in: run, reading: connection, report)
        }
    }

    private func total(of usage: Usage) -> Int64? {
        switch top.resource {
        case .memory: usage.memoryByteHours
        case .cpu: usage.cpuTimeNanoseconds
        case .disk: Self.sum(usage.diskReadBytes, usage.diskWriteBytes)
        case .net: Self.sum(usage.netRxBytes, usage.netTxBytes)
        }
    }

    private static func sum(_ one: Int64?, _ other: Int64?) -> Int64? {
        guard let one, let other else { return one ?? other }
        return one.clampingAdd(other)
    }

    // MARK: Peaks of gauges

    /// The highest sample of `gauge` in the rows of `run` that belong to the window.
    private mutating func peak(
        of gauge: PeakGauge, in run: MeteredRun, reading connection: borrowing Connection
    ) throws -> Int64? {
        // That of all but the edges was found with the run.
        var peak = run.value
        let cut = RunCut(run, range)
        for edge in cut.edgeHours {
            let found = try connection.edgePeak(
                of: gauge, in: run, edge, cut, above: peak, &problems)
            peak = Self.greater(peak, found)
        }
        return peak
    }

    private static func greater(_ one: Int64?, _ other: Int64?) -> Int64? {
        guard let one, let other else { return one ?? other }
        return max(one, other)
    }

    /// When `run` reached the peak that was found.
    mutating func range(
        of peak: TopValue, in run: MeteredRun, reading connection: borrowing Connection
    ) throws -> TimeRange? {
        guard let gauge = PeakGauge(top.resource) else { return peak.range }
        return try connection.peakRange(
            of: peak.value, gauge, in: run, RunCut(run, range), top.precision, &problems)
    }

    // MARK: Peaks of rates

    private mutating func peakRate(
        in run: MeteredRun, reading connection: borrowing Connection,
        _ report: (UsageProgress) -> Void
    ) throws -> TopValue? {
        let metrics: [Metric] =
            top.resource == .disk ? [.diskRead, .diskWrite] : [.netRx, .netTx]
        var meter = RateMeter(metrics, startedAt: run.startedAt)
        let cut = RunCut(run, range)
        var best: TopValue?
        func compare(_ rate: Int64?, _ from: Timestamp, _ to: Timestamp) {
            guard let rate, rate > best?.value ?? -1 else { return }
            best = TopValue(value: rate, range: TimeRange(from: from, until: to))
        }
        var walk = try RunWalk(of: run.id, inSandbox: run.sandbox, reading: connection)
        var progress = progress
        try walk.forEachStep(
            reading: connection,
            needsRows: { hour, next, _ in
                // A rate starts from the row before.
                cut.mayHold(hour.hour) || next.map { cut.mayHold($0.hour) } ?? true
            },
            { step in
                switch step {
                case .row(let row):
                    let rate = meter.rate(of: row)
                    if cut.holds(row.at) { compare(rate, row.at, row.lastAt) }
                case .outline(let hour):
                    meter.pass(hour)
                case .withoutDetail(let hour):
                    let rate = meter.rate(of: hour)
                    if cut.holds(hour.firstAt) { compare(rate, hour.firstAt, hour.lastAt) }
                case .decoded:
                    progress.hourCount += 1
                    report(progress)
                }
            })
        progress.runCount += 1
        report(progress)
        self.progress = progress
        problems += walk.problems
        return best
    }
}
