internal import HistoryModel
internal import HistoryStore

extension PeriodReport {
    /// Sums up `period`; a pure function, but for what is read of the examples afterwards.
    ///
    /// - Complexity: sorts the runs of each sandbox.
    init(_ period: Period, askedAt: Timestamp, zone: LocalZone) {
        self.init(period: TimeRange(from: period.from, until: period.until), askedAt: askedAt)
        usage = period.usage
        usageOfSandboxes = period.usageOfSandboxes
        gaps = period.gaps
        recorders = period.recorders
        problems = period.problems
        before = Tally(ended: period.endedBefore, failed: period.failedBefore)
        runCount = period.runs.count
        (calendar, units) = Self.units(of: period, zone: zone)

        var causes: [Finding.Kind: Gathered] = [:]
        var sandboxes: [SandboxIdentity: [Fate]] = [:]
        for run in period.runs {
            if run.startedAt >= period.from { startedCount += 1 }
            if run.status == .running { runningCount += 1 }
            var fate = Fate(run: run)
            if let end = run.terminatedAt, run.status == .terminated, end >= period.from,
                end < period.until
            {
                fate.hasEnded = true
                tally.add(failed: run.hasFailed)
                add(run.hasFailed, at: end)
                if run.exitCode == nil, run.exitSignal == nil, !run.hasFailed {
                    unknownEndCount += 1
                }
                if run.sampleCount == 0 { unsampledCount += 1 }
                if run.hasFailed {
                    let kind = Finding.Kind.cause(
                        ofFailed: run, events: period.events[run.id] ?? [])
                    fate.cause = kind
                    causes[kind, default: Gathered(latest: run)].add(run)
                }
            }
            sandboxes[run.sandbox, default: []].append(fate)
        }
        self.causes = causes.map { $1.cause($0) }
            .sorted { ($1.count, $0.kind.rawValue) < ($0.count, $1.kind.rawValue) }
        let limit = min(askedAt, period.until)
        self.sandboxes = sandboxes.map { Sandbox($0, $1, until: limit) }
            .sorted { $0.identity < $1.identity }
        sizings = sandboxes.compactMap { Sizing($0, $1.map(\.run)) }.sorted(by: Self.precedes)
    }

    /// A run, and what it counts as.
    struct Fate {
        var run: RunOutline
        var hasEnded = false
        var cause: Finding.Kind?
    }

    /// The first and worst of limits that do not fit: those that end runs before those that cost memory.
    private static func precedes(_ one: Sizing, _ other: Sizing) -> Bool {
        guard one.isTooSmall == other.isTooSmall else { return one.isTooSmall }
        let sizes = [one, other].map { sizing -> Double in
            sizing.isTooSmall
                ? Double(sizing.peakBytes) / Double(sizing.limitBytes)
                : Double(sizing.limitBytes) - Double(sizing.advisedBytes)
        }
        return sizes[0] == sizes[1] ? one.sandbox < other.sandbox : sizes[0] > sizes[1]
    }

    /// Beyond so many days months are told.
    private static let dayLimit: Int64 = 62
    /// And no more of those than a page can hold.
    private static let unitLimit = 1_200

    private static func units(
        of period: Period, zone: LocalZone
    ) -> (CalendarUnit, [Unit]) {
        let length = period.until.milliseconds(since: period.from)
        let calendar = length <= dayLimit * 86_400_000 ? CalendarUnit.day : .month
        var units: [Unit] = []
        var from = period.from
        while from < period.until, units.count < unitLimit {
            let next = zone.start(of: calendar, after: from) ?? period.until
            let until = min(max(next, from.advanced(byMilliseconds: 1)), period.until)
            units.append(
                Unit(
                    name: zone.name(of: calendar, containing: from) ?? "?", from: from,
                    until: units.count == unitLimit - 1 ? period.until : until))
            from = until
        }
        return (calendar, units)
    }

    private mutating func add(_ hasFailed: Bool, at end: Timestamp) {
        // The last unit that begins at `end` or before it.
        var (low, high) = (0, units.count)
        while low < high {
            let middle = (low + high) / 2
            if units[middle].from <= end { low = middle + 1 } else { high = middle }
        }
        if low > 0 { units[low - 1].tally.add(failed: hasFailed) }
    }
}

extension PeriodReport.Tally {
    mutating func add(failed: Bool) {
        ended += 1
        if failed { self.failed += 1 }
    }
}

/// Failures of one cause, while they are counted.
private struct Gathered {
    var count = 0
    var endings: [String: Int] = [:]
    var sandboxes: Set<SandboxIdentity> = []
    var latest: RunOutline

    init(latest: RunOutline) { self.latest = latest }

    mutating func add(_ run: RunOutline) {
        count += 1
        endings[run.endWords, default: 0] += 1
        sandboxes.insert(run.sandbox)
        if run.endedLater(than: latest) { latest = run }
    }

    func cause(_ kind: Finding.Kind) -> PeriodReport.Cause {
        PeriodReport.Cause(
            kind: kind, count: count,
            endings: endings.map { .init(words: $0, count: $1) }
                .sorted { ($1.count, $0.words) < ($0.count, $1.words) },
            sandboxCount: sandboxes.count, latest: latest)
    }
}

extension RunOutline {
    func endedLater(than other: RunOutline) -> Bool {
        (terminatedAt ?? startedAt, id) > (other.terminatedAt ?? other.startedAt, other.id)
    }
}

extension PeriodReport.Sizing {
    /// - Returns: `nil` if the limit fits, or too little is known to say that it does not.
    fileprivate init?(_ sandbox: SandboxIdentity, _ runs: [RunOutline]) {
        guard
            let latest = runs.filter({ $0.residentLimit != nil }).max(by: {
                ($0.startedAt, $0.id) < ($1.startedAt, $1.id)
            }), let limit = latest.residentLimit,
            let highest = runs.filter({ ($0.highestMemoryBytes ?? 0) > 0 }).max(by: {
                ($0.highestMemoryBytes ?? 0, $1.id) < ($1.highestMemoryBytes ?? 0, $0.id)
            }), let peak = highest.highestMemoryBytes
        else { return nil }
        let advised = Size.advised(for: Double(peak))
        let isTooSmall = Double(peak) >= Double(limit) * Threshold.limitTooSmall && advised > limit
        // A run of some seconds, or one that failed, says nothing of what is enough.
        let isTried = runs.contains {
            $0.exitCode == 0 && $0.durationMilliseconds ?? 0 >= Threshold.sizedFrom
        }
        let isTooLarge = isTried && Double(limit) >= Double(advised) * Threshold.limitTooLarge
        guard isTooSmall || isTooLarge else { return nil }
        self.init(
            sandbox: sandbox, peakBytes: peak, limitBytes: limit, advisedBytes: advised,
            run: highest.id, isTooSmall: isTooSmall)
    }
}
