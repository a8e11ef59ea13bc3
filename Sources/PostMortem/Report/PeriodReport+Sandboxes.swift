internal import HistoryModel
internal import HistoryStore

extension PeriodReport.Sandbox {
    /// What `fates`, the runs of one sandbox, did up to `instant`.
    init(_ identity: SandboxIdentity, _ fates: [PeriodReport.Fate], until instant: Timestamp) {
        self.init(identity: identity)
        runCount = fates.count
        var causes: [Finding.Kind: Int] = [:]
        for fate in fates {
            let run = fate.run
            if fate.hasEnded { tally.add(failed: fate.cause != nil) }
            if let cause = fate.cause {
                causes[cause, default: 0] += 1
                if latestFailure.map({ run.endedLater(than: $0) }) ?? true { latestFailure = run }
            }
            let length =
                run.status == .running
                ? max(0, instant.milliseconds(since: run.startedAt)) : run.durationMilliseconds
            if let length, length > longest?.milliseconds ?? -1 { longest = (run, length) }
            if let memory = run.highestMemoryBytes, memory > hungriest?.highestMemoryBytes ?? -1 {
                hungriest = run
            }
        }
        mainCause =
            causes.max {
                ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue)
            }?.key
        loop = PeriodReport.Loop(fates)
    }
}

extension PeriodReport.Loop {
    /// The longest row of failures; `nil` if none is long enough to be no bad luck.
    init?(_ fates: [PeriodReport.Fate]) {
        let runs = fates.sorted { ($0.run.startedAt, $0.run.id) < ($1.run.startedAt, $1.run.id) }
        var best: PeriodReport.Loop?
        var row: PeriodReport.Loop?
        for fate in runs {
            let run = fate.run
            // A run that goes on may be the next turn of a loop, and breaks none.
            if run.status == .running { continue }
            guard fate.cause != nil else {
                row = nil
                continue
            }
            if var reached = row, reached.endWords == run.endWords,
                let end = reached.last.terminatedAt,
                run.startedAt.milliseconds(since: end) <= Threshold.loopPause
            {
                reached.count += 1
                reached.last = run
                row = reached
            } else {
                row = PeriodReport.Loop(count: 1, endWords: run.endWords, first: run, last: run)
            }
            if let row, row.count > best?.count ?? 0 { best = row }
        }
        guard let best, best.count >= Threshold.loopRuns else { return nil }
        self = best
    }
}
