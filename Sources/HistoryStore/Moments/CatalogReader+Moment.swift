public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// Every sandbox as it was at `instant`.
    ///
    /// ```swift
    /// let moment = try reader.moment(at: instant, around: .seconds(300), now: .now())
    /// for sandbox in moment.sandboxes where sandbox.isRunning {
    ///     print(sandbox.run.sandbox, sandbox.interval?.values[.memory] ?? .nan)
    /// }
    /// ```
    ///
    /// A run is alive from its start up to, and not at, its end. Of a sandbox without one alive the
    /// latest run is told of, if it ended not longer ago than `around`.
    ///
    /// - Parameters:
    ///   - around: How far before and after the instant events are told of.
    ///   - includingLongEnded: Tells of runs that ended longer ago, too.
    ///   - query: Of which sandboxes and labels; its other wishes are not looked at.
    ///   - now: The time up to which a run that still runs should have data.
    /// - Complexity: an hour decoded for each run that was alive; a look at every run that had begun.
    public func moment(
        at instant: Timestamp, around: Duration, includingLongEnded: Bool = false,
        matching query: RunQuery = RunQuery(), now: Timestamp
    ) throws(StoreError) -> CatalogMoment {
        let before = instant.advanced(byMilliseconds: -max(0, around.milliseconds))
        let after = instant.advanced(byMilliseconds: max(0, around.milliseconds))
        var silent: [Int: [MomentRow]] = [:]
        var moment = try read { connection in
            var moment = CatalogMoment(at: instant, sandboxes: [], events: [], problems: [])
            let runs = try connection.runs(
                at: instant, endedSince: includingLongEnded ? nil : before, matching: query)
            for run in runs {
                let isRunning = run.terminatedAt.map { $0 > instant } ?? true
                var sandbox = SandboxMoment(run: run, isRunning: isRunning)
                if isRunning {
                    let rows = try connection.measure(&sandbox, at: instant, &moment.problems)
                    if sandbox.interval == nil, sandbox.gap == nil {
                        silent[moment.sandboxes.count] = rows
                    }
                }
                moment.sandboxes.append(sandbox)
            }
            moment.events = try connection.events(
                EventQuery(
                    sandbox: query.sandbox, labels: query.labels,
                    range: TimeRange(from: before, until: after.advanced(byMilliseconds: 1))))
            moment.recordedSince = try connection.firstStart()
            return moment
        }
        for (index, rows) in silent {
            let run = moment.sandboxes[index].run
            moment.sandboxes[index].gap = try gap(of: run, at: instant, now: now, rows)
            guard moment.sandboxes[index].gap == nil else { continue }
            moment.sandboxes[index].interval =
                MomentSearch(instant: instant, startedAt: run.startedAt)
                .unfinishedInterval(in: rows)
        }
        return moment
    }

    /// The gap of `run` that holds `instant`, as its series has it, whole.
    private func gap(
        of run: Run, at instant: Timestamp, now: Timestamp, _ rows: [MomentRow]
    ) throws(StoreError) -> Series.Gap? {
        // Wide enough for what is too long to be nothing; then wider, until no end of it is cut.
        let step = rows.map(\.row.intervalMilliseconds).max() ?? 10_000
        var reach = max(60_000, GapFinder.tolerance(step).clampingAdd(GapFinder.tolerance(step)))
        while true {
            let range = TimeRange(
                from: instant.advanced(byMilliseconds: -reach),
                until: instant.advanced(byMilliseconds: reach))
            let series = try self.series(
                of: RunReference("\(run.id)"), metrics: [], range: range, now: now)
            // At its ends there is data, or the run begins or ends.
            let found =
                series.gaps.first { $0.from < instant && instant < $0.to }
                ?? series.gaps.first { $0.from <= instant && instant <= $0.to }
            guard let found else { return nil }
            let end = run.terminatedAt ?? now
            let isCut =
                found.from == range.start && found.from > run.startedAt
                || found.to == range.end && found.to < end
            if !isCut || reach >= Self.longestReach { return found }
            reach = min(reach * 8, Self.longestReach)
        }
    }

    /// A hundred years, in milliseconds.
    private static let longestReach: Int64 = 100 * 366 * 86_400_000
}

extension Connection {
    /// The runs that were alive at `instant`, and of sandboxes without one the latest that had ended;
    /// by sandbox.
    fileprivate func runs(
        at instant: Timestamp, endedSince: Timestamp?, matching query: RunQuery
    ) throws -> [Run] {
        var selection = RunSelection(
            filters: RunQuery(sandbox: query.sandbox, labels: query.labels))
        selection.add(
            SandboxMoment.runCondition, .integer(instant.unixMilliseconds),
            .integer(instant.unixMilliseconds),
            .integer(endedSince?.unixMilliseconds ?? .min))
        let runs = try runs(selection, by: RunOrder(.started), addingUpUsage: false)
        return runs.sorted { ($0.sandbox, $0.startedAt, $0.id) < ($1.sandbox, $1.startedAt, $1.id) }
    }

    /// Sets what `sandbox` used at `instant`, or the gap that a recorder wrote down.
    ///
    /// - Returns: The rows around the instant.
    fileprivate func measure(
        _ sandbox: inout SandboxMoment, at instant: Timestamp, _ problems: inout [String]
    ) throws -> [MomentRow] {
        let search = MomentSearch(instant: instant, startedAt: sandbox.run.startedAt)
        let finest = try finalRows(of: sandbox.run, around: instant, &problems)
        sandbox.interval = search.interval(in: finest)
        guard sandbox.interval == nil else { return finest }
        let rows = try rows(of: sandbox.run, around: instant, &problems)
        let range = TimeRange(from: instant, until: instant.advanced(byMilliseconds: 1))
        sandbox.gap = try recordedGaps(of: sandbox.run.id, in: range)
            .first { $0.from < instant && instant < $0.to }
        if sandbox.gap == nil { sandbox.interval = search.interval(in: rows) }
        return rows
    }

    fileprivate func firstStart() throws -> Timestamp? {
        try withStatement("SELECT min(started_at_ms) FROM run") { statement in
            try statement.step()
                ? statement.integer(at: 0).map(Timestamp.init(unixMilliseconds:)) : nil
        }
    }
}

extension SandboxMoment {
    /// That a run was alive at the instant, given twice; or that no run of its sandbox was, and that it
    /// had ended last, not before the time given then.
    static let runCondition = """
        r.id IN (
            SELECT id FROM (
                SELECT id, ends > ? AS is_alive, row_number() OVER (
                    PARTITION BY sandbox_id ORDER BY ends DESC, started_at_ms DESC, id DESC
                ) AS place
                FROM (SELECT id, sandbox_id, started_at_ms,
                        coalesce(terminated_at_ms, 9223372036854775807) AS ends
                    FROM run WHERE started_at_ms <= ?)
                WHERE ends >= ?)
            WHERE is_alive OR place = 1)
        """
}
