internal import HistoryModel
internal import SQLite

/// What has to be known of a run's usage.
enum MeteredAmounts {
    /// Totals of counters: summaries suffice but where a window cuts an hour.
    case counters
    /// Memory over time as well: every row that is in a window.
    case all
}

extension Connection {
    /// What `run` used in each of `windows`.
    ///
    /// - Complexity: reads the summaries of the run's hours, and decodes as few hours as `amounts` needs;
    ///   holds a summary for each hour and the rows of one, or of as many as were made in turns.
    func usages(
        of run: MeteredRun, in windows: UsageWindows, _ amounts: MeteredAmounts, now: Timestamp,
        progress: inout UsageProgress, problems: inout [String],
        _ report: (UsageProgress) -> Void
    ) throws -> [(window: Int, usage: Usage)] {
        var meter = RunMeter(run, in: windows)
        // All that such a run used is in its summary.
        let isTold = run.isClosed && meter.lifetime.count == 1
        if amounts == .all || !isTold {
            var walk = try RunWalk(of: run.id, inSandbox: run.sandbox, reading: self)
            let judge = meter
            try walk.forEachStep(
                reading: self,
                needsRows: { hour, next, isLast in
                    judge.needsRows(of: hour, before: next, isLast: isLast, for: amounts)
                },
                { step in
                    switch step {
                    case .row(let row): meter.add(row)
                    case .outline(let hour): meter.addCounters(of: hour)
                    case .withoutDetail(let hour): meter.addApproximately(hour)
                    case .decoded:
                        progress.hourCount += 1
                        report(progress)
                    }
                })
            problems += walk.problems
        }
        progress.runCount += 1
        report(progress)
        return meter.usages(now: now)
    }
}

extension RunMeter {
    /// Whether the intervals of `hour` have to be read; `next` was made after it, if it is sealed.
    fileprivate func needsRows(
        of hour: HourOutline, before next: HourOutline?, isLast: Bool, for amounts: MeteredAmounts
    ) -> Bool {
        if isCut(hour) { return true }
        guard amounts == .all else { return false }
        // Memory starts from the row before, which may be in the hour before; the last row's goes on to
        // the end of the run.
        guard let next else {
            return isAsked(window(of: hour.hour.first)) || (!isLast || isAsked(lifetime.upperBound))
        }
        return isAsked(window(of: hour.hour.first)) || isAsked(window(of: next.hour.first))
            || isCut(next)
    }

    private func isCut(_ hour: HourOutline) -> Bool {
        window(of: hour.hour.first) != window(of: hour.hour.last)
    }
}
