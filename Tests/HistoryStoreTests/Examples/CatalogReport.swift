// The examples of the article "Asking a catalog", compiled and run; a test holds the article against
// them.

// begin opening
import HistoryModel
import HistoryStore

/// What a catalog tells, line by line.
struct CatalogReport: ~Copyable {
    let reader: CatalogReader
    /// The time up to which runs that go on should have data.
    let now: Timestamp

    /// Reads the catalog at `path`, or the one that `varve` uses by itself.
    init(path: String? = nil, environment: [String: String], now: Timestamp = .now()) throws {
        let standard = CatalogLocation.standard(environment: environment)
        reader = try CatalogReader(path: path ?? standard ?? "history.db")
        self.now = now
    }
}
// end opening

extension CatalogReport {
    // begin runs
    /// How each run of the sandboxes that fit `pattern` ended.
    func endings(of pattern: String, since start: Timestamp) throws -> [String] {
        let query = RunQuery(sandbox: pattern, range: TimeRange(from: start))
        return try reader.runs(matching: query).map { run in
            let reason = run.terminationReason?.rawValue ?? "nobody told"
            let peak = run.usage.memoryPeakBytes.map { ByteText.format($0) } ?? "unknown"
            return run.status == .running
                ? "\(run.id) runs" : "\(run.id) ended: \(reason), peak \(peak)"
        }
    }
    // end runs

    // begin events
    /// What happened to the latest run of `sandbox`, in order.
    func events(of sandbox: String) throws -> [String] {
        let run = try reader.run(RunReference(sandbox))
        return try reader.lifecycle(of: run.id).map { event in
            "\(event.at.rfc3339) \(event.kind.rawValue) \(event.detail ?? "")"
        }
    }
    // end events

    // begin series
    /// The memory of the latest run of `sandbox` in steps of a minute, and why there is none.
    func memory(of sandbox: String) throws -> [String] {
        let query = SeriesQuery(
            [.init(.memory, .avg), .init(.memory, .max)], step: .fixed(.seconds(60)))
        let series = try reader.series(of: RunReference(sandbox), query, now: now)
        let points = series.points.map { point in
            // In the order of the columns; what nobody measured is nil.
            let peak = point.values[1].map { ByteText.format($0) } ?? "unknown"
            return "\(point.at.rfc3339) at most \(peak)"
        }
        let gaps = series.gaps.map { gap in
            "no data from \(gap.from.rfc3339) to \(gap.to.rfc3339): \(gap.reason.rawValue)"
        }
        return points + gaps
    }
    // end series

    // begin moment
    /// Every sandbox as it was at `instant`.
    func sandboxes(at instant: Timestamp) throws -> [String] {
        let moment = try reader.moment(at: instant, around: .seconds(300), now: now)
        return moment.sandboxes.map { sandbox in
            let cpu = sandbox.interval?.values[.cpu].map { "\($0 / 100) %" } ?? "unknown"
            let state = sandbox.isRunning ? "ran" : "had ended"
            return "\(sandbox.run.sandbox.escapedForDisplay) \(state), CPU \(cpu)"
        }
    }
    // end moment

    // begin usage
    /// What the runs of each team used in `range`, so that a bill can be made from it.
    func bill(for range: TimeRange) throws -> [String] {
        let report = try reader.usage(
            by: [.label("team")], matching: RunQuery(range: range), zone: .utc, now: now)
        return report.groups.map { group in
            let team = group.keys[0].text ?? "no team"
            let seconds = group.usage.cpuTimeNanoseconds.map { "\($0 / 1_000_000_000) s" }
            return "\(team): \(group.usage.runCount) runs, CPU time \(seconds ?? "unknown")"
        }
    }
    // end usage

    // begin top
    /// The three sandboxes that took most memory at a time.
    func largest() throws -> [String] {
        let top = try reader.top(TopQuery(by: .memory, .peak, limit: 3), now: now)
        return top.entries.map { entry in
            "\(entry.sandbox.escapedForDisplay): \(ByteText.format(entry.value))"
        }
    }
    // end top
}
