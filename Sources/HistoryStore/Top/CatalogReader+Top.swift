public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// The largest users in a window.
    ///
    /// ```swift
    /// let top = try reader.top(TopQuery(by: .memory, .peak), matching: RunQuery(range: today), now: .now())
    /// for entry in top.entries { print(entry.sandbox, entry.value) }
    /// ```
    ///
    /// - Parameters:
    ///   - top: What is asked for.
    ///   - query: The runs; its range is the window, which cuts runs as it does for
    ///     ``usage(by:matching:zone:now:progress:)``.
    ///   - now: The time up to which runs that go on have run.
    ///   - progress: Called now and then.
    /// - Complexity: peaks of memory and CPU, and totals but that of memory, are read from summaries: of
    ///   runs, of whole hours where the window cuts a run, and row by row at its edges only. A total of
    ///   memory, and a peak of bytes per second, need every row of the window.
    public func top(
        _ top: TopQuery, matching query: RunQuery = RunQuery(), now: Timestamp,
        progress: (UsageProgress) -> Void = { _ in }
    ) throws(StoreError) -> TopList {
        try read { connection in
            var ranking = TopRanking(top)
            var meter = TopMeter(top, range: query.range, now: now)
            try connection.forEachMeteredRun(matching: query, value: meter.valueOfRun) { run in
                guard let value = try meter.value(of: run, reading: connection, progress) else {
                    return
                }
                ranking.add(value, of: run)
            }
            var entries: [TopList.Entry] = []
            for ranked in ranking.largest {
                var entry = ranked.entry
                entry.peakRange = try ranked.peak.flatMap { peak in
                    try meter.range(of: peak.value, in: peak.run, reading: connection)
                }
                entries.append(entry)
            }
            return TopList(
                entries: entries, knownCount: ranking.count, total: ranking.total,
                problems: meter.problems)
        }
    }
}

/// What was found of one run.
struct TopValue {
    var value: Int64
    /// The interval of the peak, where it was seen already.
    var range: TimeRange?
}

/// Puts together the runs of sandboxes, and finds the largest.
private struct TopRanking {
    /// A sandbox or a run, and of peaks which it was.
    struct Ranked {
        var entry: TopList.Entry
        var peak: (value: TopValue, run: MeteredRun)?

        /// Whether it is named before `other`.
        func precedes(_ other: Ranked) -> Bool {
            if entry.value != other.entry.value { return entry.value > other.entry.value }
            if entry.sandbox != other.entry.sandbox { return entry.sandbox < other.entry.sandbox }
            return entry.run?.rawValue ?? 0 < other.entry.run?.rawValue ?? 0
        }
    }

    let top: TopQuery
    private var all: [Ranked] = []
    private var places: [String: Int] = [:]

    init(_ top: TopQuery) {
        self.top = top
        // To grow by and by took a tenth of the time of a hundred runs.
        all.reserveCapacity(256)
        if top.unit == .sandbox { places.reserveCapacity(256) }
    }

    mutating func add(_ found: TopValue, of run: MeteredRun) {
        let isKept = top.unit == .run || top.measure == .peak
        let new = Ranked(
            entry: TopList.Entry(
                sandbox: run.sandbox, run: isKept ? run.id : nil, runCount: 1, value: found.value),
            peak: top.measure == .peak ? (found, run) : nil)
        guard top.unit == .sandbox, let place = places[run.sandbox] else {
            if top.unit == .sandbox { places[run.sandbox] = all.count }
            all.append(new)
            return
        }
        all[place].entry.runCount += 1
        switch top.measure {
        case .total:
            all[place].entry.value = all[place].entry.value.clampingAdd(found.value)
        case .peak:
            // Of equal peaks that of the earlier run.
            let (value, holder) = (all[place].entry.value, all[place].entry.run ?? run.id)
            guard
                found.value > value
                    || (found.value == value && run.id.rawValue < holder.rawValue)
            else { return }
            all[place].entry.value = found.value
            all[place].entry.run = run.id
            all[place].peak = new.peak
        }
    }

    /// How many there are.
    var count: Int { all.count }

    /// What all of them used together; `nil` for peaks.
    var total: Int64? {
        top.measure == .total ? all.reduce(0) { $0.clampingAdd($1.entry.value) } : nil
    }

    /// As many as are wanted, the largest first.
    var largest: [Ranked] {
        all.indices.sorted { all[$0].precedes(all[$1]) }
            .prefix(max(0, top.limit)).map { all[$0] }
    }
}
