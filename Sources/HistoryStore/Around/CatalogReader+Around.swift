public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// Runs of the same sandbox of the same source that began before `run`, the latest first.
    ///
    /// - Complexity: one look at the runs of the sandbox.
    public func runs(before run: Run, limit: Int) throws(StoreError) -> [Run] {
        var selection = RunSelection(sandbox: run.sandbox)
        selection.add(ofSource: run.source)
        let startedAt = run.startedAt.unixMilliseconds
        selection.add(
            "(r.started_at_ms < ? OR (r.started_at_ms = ? AND r.id < ?))", .integer(startedAt),
            .integer(startedAt), .integer(run.id.rawValue))
        selection.limit = limit
        let wanted = selection
        return try read { connection in
            try connection.runs(wanted, by: RunOrder(.started))
        }
    }

    /// What other runs of the machine of `run` used in a short stretch of time.
    ///
    /// - Parameters:
    ///   - from: The begin of the stretch.
    ///   - to: Its end; who had ended before its begin, or began at its end or later, does not count.
    ///   - limit: Looks at so many at most, those that began last.
    ///   - now: The time up to which a run that still runs should have data.
    /// - Complexity: a look at the runs that had begun by then, and an hour decoded for each that counts.
    public func use(
        besides run: Run, from: Timestamp, to: Timestamp, limit: Int, now: Timestamp
    ) throws(StoreError) -> [WindowUse] {
        let range = TimeRange(from: from, until: to)
        var selection = RunSelection(RunQuery(range: range))
        selection.add(
            "c.host = ? AND r.id <> ?", .text(run.source.host.name), .integer(run.id.rawValue))
        selection.limit = limit
        let wanted = selection
        return try read { connection in
            try connection.runs(wanted, by: RunOrder(.started), addingUpUsage: false).map {
                try connection.use(of: $0, in: range, now: now)
            }
        }
    }
}

extension Connection {
    fileprivate func use(of run: Run, in range: TimeRange, now: Timestamp) throws -> WindowUse {
        var use = WindowUse(run: run)
        guard let from = range.start, let to = range.end else { return use }
        let metrics = MetricSelection(Set(WindowUse.columns.map(\.metric)))
        var folder = SeriesFolder(
            SeriesQuery(WindowUse.columns, in: range), metrics, startedAt: run.startedAt,
            terminatedAt: run.terminatedAt, now: now)
        // What cannot be read of another run is no trouble of the one that is asked about.
        _ = try forEachHour(of: run.key, metrics, reachingInto: range) { folder.add($0) }
        folder.finish()
        let longest = max(
            60_000, to.milliseconds(since: from).clampingAdd(to.milliseconds(since: from)))
        use.take(folder.takePoints(), longest: longest)
        return use
    }
}

extension RunSelection {
    /// Only runs of `source`, whatever boot it was.
    fileprivate mutating func add(ofSource source: Source) {
        add(
            "c.kind = ? AND c.name = ? AND c.host = ?", .text(source.kind.rawValue),
            .text(source.name), .text(source.host.name))
    }
}
