public import HistoryModel
public import HistoryStore

extension CatalogReader {
    /// What ran from `from` up to `until`, what failed and why, and what was not recorded.
    ///
    /// ```swift
    /// let report = try reader.report(from: weekAgo, until: .now(), now: .now())
    /// print(report.tally.failed, "of", report.tally.ended, "failed")
    /// ```
    ///
    /// - Parameters:
    ///   - filters: Which runs; its range, order and limit do not count.
    ///   - zone: Whose days and months.
    ///   - now: The time up to which runs that go on have run.
    ///   - progress: Called now and then with the number of runs that were read.
    /// - Complexity: some microseconds a run; of some few failures a whole post-mortem.
    public func report(
        from: Timestamp, until: Timestamp, matching filters: RunQuery = RunQuery(),
        zone: LocalZone = .current, now: Timestamp, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> PeriodReport {
        let period = try period(
            from: from, until: until, matching: filters, events: Finding.Kind.eventsOfFailures,
            now: now, progress: progress)
        var report = PeriodReport(period, askedAt: now, zone: zone)
        if let sandbox = filters.sandbox { report.filters.append(sandbox) }
        report.filters += filters.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        for failure in report.worstFailures(in: period) {
            let reference = RunReference("\(failure.run.id)")
            do throws(StoreError) {
                let postMortem = PostMortem(
                    of: try caseFile(of: reference, askedAt: now, lookingAround: false))
                report.examples.append(
                    PeriodReport.Example(
                        run: failure.run.id, sandbox: failure.run.sandbox,
                        endedAt: failure.run.terminatedAt, count: failure.count,
                        verdict: postMortem.verdict,
                        advice: postMortem.findings.lazy.compactMap(\.advice).first))
            } catch {
                // It may have been forgotten since it was counted.
                guard error.code == .noSuchRun else { throw error }
            }
        }
        return report
    }
}

extension PeriodReport {
    /// So many failures are looked into.
    static let exampleLimit = 4

    /// The latest failure of each of those sandboxes that have most of one cause.
    func worstFailures(in period: Period) -> [(run: RunOutline, count: Int)] {
        struct Place: Hashable {
            var sandbox: SandboxIdentity
            var cause: Finding.Kind
        }
        var found: [Place: (run: RunOutline, count: Int)] = [:]
        for run in period.runs where period.hasEnded(run) && run.hasFailed {
            let cause = Finding.Kind.cause(ofFailed: run, events: period.events[run.id] ?? [])
            let place = Place(sandbox: run.sandbox, cause: cause)
            var entry = found[place] ?? (run, 0)
            entry.count += 1
            if run.endedLater(than: entry.run) { entry.run = run }
            found[place] = entry
        }
        let sorted = found.values.sorted { one, other in
            one.count == other.count
                ? one.run.endedLater(than: other.run) : one.count > other.count
        }
        return Array(sorted.prefix(Self.exampleLimit))
    }
}
