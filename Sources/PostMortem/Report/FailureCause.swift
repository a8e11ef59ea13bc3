internal import HistoryModel
internal import HistoryStore

extension Finding.Kind {
    /// The cause of a failed run, as far as its row and its events tell: the one that its post-mortem
    /// would name, unless that finds it in samples or in what the run wrote.
    static func cause(
        ofFailed run: RunOutline, events: [LifecycleEvent]
    ) -> Finding.Kind {
        let kinds = Set(events.map(\.kind))
        if kinds.contains(.startFailed) { return .startFailed }
        if kinds.contains(.timedOut) || run.terminationReason == .maxDurationExceeded {
            return .timeLimit
        }
        let hasEnd = run.exitCode != nil || run.exitSignal != nil
        if kinds.contains(.supervisorLost), !hasEnd { return .supervisorLost }
        let isKilled = run.exitSignal.map(SignalName.name(of:)) == "SIGKILL"
        let kill = run.terminatedAt.flatMap { OOMKillReading(events, end: $0) }
        if let sure = kill?.certainty(isKilled: isKilled, code: run.exitCode), sure >= .likely {
            return .oomKill
        }
        // What the kernel's killer leaves where nobody was told of it.
        let isKill = isKilled || run.exitCode == 137
        if isKill, kill?.isOfAnother != true, let share = run.shareOfLimit,
            share >= Threshold.atLimit
        {
            return .memoryLimit
        }
        if let signal = run.exitSignal { return SignalMeaning(of: signal).kind }
        if let code = run.exitCode, code != 0 { return .exited }
        return .unknown
    }

    /// The events that ``cause(ofFailed:events:)`` asks for.
    static let eventsOfFailures: [LifecycleEvent.Kind] = [
        .startFailed, .timedOut, .oomKill, .supervisorLost,
    ]

    /// The word for people: `time limit` of `time_limit`.
    var words: String {
        rawValue.split(separator: "_").joined(separator: " ")
    }
}

extension RunOutline {
    /// Its memory limit, if that is one of resident memory.
    var residentLimit: Int64? {
        guard let limit = memoryLimitBytes, limit > 0, memoryLimitKind != .addressSpace,
            memoryLimitKind != .dataSegment
        else { return nil }
        return limit
    }

    /// Its highest memory over its limit, 1 being all of it.
    var shareOfLimit: Double? {
        guard let limit = residentLimit, let peak = highestMemoryBytes else { return nil }
        return Double(peak) / Double(limit)
    }

    /// How it ended, in a word or two.
    var endWords: String {
        if status == .running { return "running" }
        return exitSignal.map { SignalName.name(of: $0) } ?? exitCode.map { "exit code \($0)" }
            ?? "an unknown end"
    }
}
