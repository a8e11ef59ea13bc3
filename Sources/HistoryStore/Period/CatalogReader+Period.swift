public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What the catalog says of the time from `from` up to `until`, of the runs that fit `filters`.
    ///
    /// ```swift
    /// let period = try reader.period(from: weekAgo, until: .now(), matching: RunQuery(), now: .now())
    /// print(period.ended.count(where: \.hasFailed), "of", period.ended.count, "failed")
    /// ```
    ///
    /// - Parameters:
    ///   - filters: Which runs; its range, order and limit do not count.
    ///   - kinds: What of the events of failed runs is wanted.
    ///   - now: The time up to which runs that go on have run.
    ///   - progress: Called now and then with the number of runs that were read.
    /// - Complexity: some microseconds a run; hours are decoded of those runs only that the period cuts.
    public func period(
        from: Timestamp, until: Timestamp, matching filters: RunQuery,
        events kinds: [LifecycleEvent.Kind], now: Timestamp, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> Period {
        var query = filters
        (query.order, query.limit) = (nil, nil)
        query.range = TimeRange(from: from, until: until)
        let wanted = query
        return try read { connection in
            var period = Period(from: from, until: until)
            try connection.readRuns(into: &period, matching: wanted, now: now, progress)
            try connection.fillMemory(of: &period.runs)
            period.events = try connection.eventsOfFailures(in: period, kinds)
            try connection.countBefore(&period, wanted)
            period.gaps = try connection.gapSums(from: from, until: until, matching: wanted)
            period.recorders = try connection.recorderPresences(
                from: from, until: min(until, now))
            return period
        }
    }
}

extension Connection {
    /// Reads the runs and what they used, both in one pass.
    fileprivate func readRuns(
        into period: inout Period, matching query: RunQuery, now: Timestamp,
        _ progress: (Int) -> Void
    ) throws {
        let selection = RunSelection(query)
        let windows = UsageWindows(query.range)
        let (runs, used, problems) = try withStatement(
            """
            SELECT \(RunOutline.columns), \(MeteredRun.totalColumns)
            FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            \(selection.condition)
            """
        ) { statement in
            try selection.bind(to: &statement)
            var (runs, problems) = ([RunOutline](), [String]())
            var sandboxes: [Int64: SandboxIdentity] = [:]
            var used: [SandboxIdentity: Usage] = [:]
            var reached = UsageProgress()
            while try statement.step() {
                let sandboxID = statement.integer(at: RunOutline.sandboxColumn) ?? 0
                if sandboxes[sandboxID] == nil {
                    sandboxes[sandboxID] = try sandboxIdentity(of: sandboxID)
                }
                guard let sandbox = sandboxes[sandboxID] else { continue }
                let run = RunOutline(reading: statement, of: sandbox)
                let usages = try usages(
                    of: MeteredRun(run, reading: statement), in: windows, .counters, now: now,
                    progress: &reached, problems: &problems, { _ in })
                for (_, usage) in usages {
                    used[run.sandbox, default: Usage()].add(usage)
                }
                runs.append(run)
                if runs.count % 1_000 == 0 { progress(runs.count) }
            }
            return (runs, used, problems)
        }
        (period.runs, period.usageOfSandboxes, period.problems) = (runs, used, problems)
        for usage in used.values { period.usage.add(usage) }
    }

    /// The memory of runs that are not closed is in their rows.
    fileprivate func fillMemory(of runs: inout [RunOutline]) throws {
        let open = runs.indices.filter { runs[$0].sampleCount == nil }
        guard !open.isEmpty else { return }
        let usages = try sampledUsages(of: open.map { runs[$0].id })
        for index in open {
            guard let usage = usages[runs[index].id] else { continue }
            runs[index].memoryPeakBytes = runs[index].memoryPeakBytes ?? usage.memoryPeakBytes
            runs[index].memoryMaxBytes = runs[index].memoryMaxBytes ?? usage.memoryMaxBytes
            runs[index].sampleCount = usage.sampleCount
        }
    }

    fileprivate func eventsOfFailures(
        in period: Period, _ kinds: [LifecycleEvent.Kind]
    ) throws -> [RunID: [LifecycleEvent]] {
        // Without a copy of all that ended.
        let failed = period.runs.lazy.filter { period.hasEnded($0) && $0.hasFailed }.map(\.id)
        guard !failed.isEmpty else { return [:] }
        return try withStatement(
            """
            SELECT e.run_id, e.kind, e.at_ms, e.detail, e.seen_by
            FROM json_each(?1) AS wanted JOIN lifecycle_event AS e ON e.run_id = wanted.value
            WHERE e.kind IN (SELECT value FROM json_each(?2)) ORDER BY e.at_ms, e.id
            """
        ) { statement in
            try statement.bind(RunID.list(Array(failed)), at: 1)
            try statement.bind(StoredCommand.encode(kinds.map(\.rawValue)), at: 2)
            var events: [RunID: [LifecycleEvent]] = [:]
            while try statement.step() {
                guard let id = statement.integer(at: 0), let kind = statement.text(at: 1),
                    let at = statement.integer(at: 2)
                else { continue }
                events[RunID(rawValue: id), default: []].append(
                    LifecycleEvent(
                        .init(rawValue: kind), at: Timestamp(unixMilliseconds: at),
                        detail: statement.text(at: 3),
                        seenBy: .init(rawValue: statement.text(at: 4) ?? "")))
            }
            return events
        }
    }

    /// Counts what ended in the stretch of the same length before.
    fileprivate func countBefore(_ period: inout Period, _ query: RunQuery) throws {
        let length = period.until.milliseconds(since: period.from)
        var selection = RunSelection(filters: query)
        selection.add(
            "r.status = 'Terminated' AND r.terminated_at_ms >= ? AND r.terminated_at_ms < ?",
            .integer(period.from.advanced(byMilliseconds: -length).unixMilliseconds),
            .integer(period.from.unixMilliseconds))
        let wanted = selection
        let counts = try withStatement(
            """
            SELECT r.exit_code, r.exit_signal, r.termination_reason
            FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            \(wanted.condition)
            """
        ) { statement in
            try wanted.bind(to: &statement)
            var counts = (ended: 0, failed: 0)
            while try statement.step() {
                counts.ended += 1
                let hasFailed = Run.hasFailed(
                    code: statement.integer(at: 0).flatMap(Int32.init(exactly:)),
                    signal: statement.integer(at: 1).flatMap(Int32.init(exactly:)),
                    reason: statement.text(at: 2).map(TerminationReason.init(rawValue:)))
                if hasFailed { counts.failed += 1 }
            }
            return counts
        }
        (period.endedBefore, period.failedBefore) = counts
    }

    fileprivate func gapSums(
        from: Timestamp, until: Timestamp, matching query: RunQuery
    ) throws -> [GapSum] {
        let selection = RunSelection(query)
        return try withStatement(
            """
            SELECT g.reason, count(*), count(DISTINCT g.run_id),
                CAST(total(min(g.to_at_ms, ?2) - max(g.from_at_ms, ?1)) AS INTEGER) AS length
            FROM (SELECT * FROM gap WHERE to_at_ms > ?1 AND from_at_ms < ?2) AS g
            JOIN run AS r ON r.id = g.run_id JOIN sandbox AS s ON s.id = r.sandbox_id
            \(selection.condition)
            GROUP BY g.reason ORDER BY length DESC, g.reason
            """
        ) { statement in
            try statement.bind(from.unixMilliseconds, at: 1)
            try statement.bind(until.unixMilliseconds, at: 2)
            try selection.bind(to: &statement, after: 2)
            var sums: [GapSum] = []
            while try statement.step() {
                sums.append(
                    GapSum(
                        reason: statement.text(at: 0) ?? "",
                        count: statement.integer(at: 1) ?? 0,
                        runCount: statement.integer(at: 2) ?? 0,
                        milliseconds: statement.integer(at: 3) ?? 0))
            }
            return sums
        }
    }
}
