public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What runs used, by group, and together.
    ///
    /// A window cuts runs: what they used before and after it is not in it, and what they used in two
    /// windows that meet adds up exactly to what they used in both. `docs/usage.md` says how.
    ///
    /// ```swift
    /// let report = try reader.usage(
    ///     by: [.label("team"), .calendar(.day)], matching: RunQuery(range: november), now: .now())
    /// for group in report.groups { print(group.keys, group.usage.cpuTimeNanoseconds ?? 0) }
    /// ```
    ///
    /// - Parameters:
    ///   - groupings: What the runs of a group have in common; without any all are one group.
    ///   - query: The runs; its range is the window.
    ///   - zone: Whose days and months.
    ///   - now: The time up to which runs that go on have run.
    ///   - progress: Called now and then.
    /// - Complexity: decodes every hour of the window, some microseconds each; the hours before it are
    ///   read by their summaries. Memory does not grow with the number of rows.
    public func usage(
        by groupings: [UsageGrouping], matching query: RunQuery = RunQuery(),
        zone: LocalZone = .current, now: Timestamp, progress: (UsageProgress) -> Void = { _ in }
    ) throws(StoreError) -> UsageReport {
        try read { connection in
            let windows = try connection.windows(
                for: groupings, matching: query, zone: zone, now: now)
            var sums = UsageSums(groupings: groupings, windows: windows, zone: zone)
            var reached = UsageProgress()
            var problems: [String] = []
            try connection.forEachMeteredRun(matching: query, labels: sums.labels) { run in
                let usages = try connection.usages(
                    of: run, in: windows, .all, now: now, progress: &reached, problems: &problems,
                    progress)
                sums.add(usages, of: run)
            }
            return UsageReport(
                groups: sums.groups, total: sums.total, range: query.range, problems: problems)
        }
    }
}

extension Connection {
    fileprivate func windows(
        for groupings: [UsageGrouping], matching query: RunQuery, zone: LocalZone, now: Timestamp
    ) throws -> UsageWindows {
        // Every month begins with a day.
        let units = Set(groupings.compactMap(\.unit))
        guard let unit = units.contains(.day) ? .day : units.first else {
            return UsageWindows(query.range)
        }
        var life = TimeRange()
        try forEachMeteredRun(matching: query) { run in
            let end = (run.terminatedAt ?? max(run.startedAt, now)).advanced(byMilliseconds: 1)
            life.start = min(life.start ?? run.startedAt, run.startedAt)
            life.end = max(life.end ?? end, end)
        }
        return UsageWindows(query.range, by: unit, of: zone, holding: life)
    }
}

extension UsageGrouping {
    fileprivate var unit: CalendarUnit? {
        if case .calendar(let unit) = self { unit } else { nil }
    }
}

/// The sums of groups.
private struct UsageSums {
    let groupings: [UsageGrouping]
    let windows: UsageWindows
    let zone: LocalZone
    /// The labels whose values decide about groups.
    let labels: [String]
    private(set) var total = Usage()
    private var sums: [Place: Usage] = [:]

    /// A group within a window.
    private struct Place: Hashable {
        var keys: [UsageKey]
        var window: Int
    }

    init(groupings: [UsageGrouping], windows: UsageWindows, zone: LocalZone) {
        self.groupings = groupings
        self.windows = windows
        self.zone = zone
        labels = groupings.compactMap { if case .label(let key) = $0 { key } else { nil } }
    }

    mutating func add(_ usages: [(window: Int, usage: Usage)], of run: MeteredRun) {
        var whole = Usage()
        for (window, usage) in usages {
            whole.add(usage)
            let place = Place(keys: keys(of: run, in: window), window: window)
            sums[place, default: Usage()].add(usage)
        }
        guard !usages.isEmpty else { return }
        // It is one run, however many windows it lived in.
        whole.runCount = 1
        whole.unlimitedRunCount = min(whole.unlimitedRunCount, 1)
        total.add(whole)
    }

    private func keys(of run: MeteredRun, in window: Int) -> [UsageKey] {
        var label = 0
        return groupings.map { grouping in
            switch grouping {
            case .sandbox: return .sandbox(run.sandbox)
            case .label(let key):
                defer { label += 1 }
                return .label(key: key, value: run.labels[label])
            case .calendar(let unit):
                return .calendar(unit, name: windows.name(of: unit, at: window, in: zone))
            }
        }
    }

    var groups: [UsageReport.Group] {
        sums.map { place, usage in
            UsageReport.Group(
                keys: place.keys, range: windows.range(of: place.window), usage: usage)
        }
        .sorted { UsageKey.precedes($0.keys, $1.keys) }
    }
}
