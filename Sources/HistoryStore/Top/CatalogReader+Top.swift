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
            var list = ranking.list
            if top.measure == .peak {
                for index in list.entries.indices {
                    list.entries[index].peakRange =
                        try ranking.peak(of: list.entries[index]).flatMap { peak in
                            try meter.range(of: peak.value, in: peak.run, reading: connection)
                        }
                }
            }
            list.problems = meter.problems
            return list
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
    let top: TopQuery
    private var entries: [TopList.Entry] = []
    private var peaks: [RunID: (value: TopValue, run: MeteredRun)] = [:]
    private var places: [String: Int] = [:]

    init(_ top: TopQuery) {
        self.top = top
    }

    mutating func add(_ found: TopValue, of run: MeteredRun) {
        let isKept = top.unit == .run || top.measure == .peak
        let entry = TopList.Entry(
            sandbox: run.sandbox, run: isKept ? run.id : nil, runCount: 1, value: found.value)
        guard top.unit == .sandbox, let place = places[run.sandbox] else {
            if top.unit == .sandbox { places[run.sandbox] = entries.count }
            entries.append(entry)
            if top.measure == .peak { peaks[run.id] = (found, run) }
            return
        }
        entries[place].runCount += 1
        switch top.measure {
        case .total:
            entries[place].value = entries[place].value.clampingAdd(found.value)
        case .peak:
            // Of equal peaks that of the earlier run.
            let (value, holder) = (entries[place].value, entries[place].run ?? run.id)
            guard
                found.value > value
                    || (found.value == value && run.id.rawValue < holder.rawValue)
            else { return }
            if let beaten = entries[place].run { peaks[beaten] = nil }
            entries[place].value = found.value
            entries[place].run = run.id
            peaks[run.id] = (found, run)
        }
    }

    var list: TopList {
        let sorted = entries.sorted { one, other in
            (other.value, one.sandbox, one.run?.rawValue ?? 0)
                < (one.value, other.sandbox, other.run?.rawValue ?? 0)
        }
        return TopList(
            entries: Array(sorted.prefix(max(0, top.limit))), knownCount: entries.count,
            total: top.measure == .total
                ? entries.reduce(0) { $0.clampingAdd($1.value) } : nil,
            problems: [])
    }

    func peak(of entry: TopList.Entry) -> (value: TopValue, run: MeteredRun)? {
        entry.run.flatMap { peaks[$0] }
    }
}
