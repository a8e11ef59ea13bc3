internal import HistoryModel
internal import HistoryStore

extension Finding.Kind {
    /// The cause of a failed run, as far as its row and its events tell: the one that its post-mortem
    /// would name, unless that finds it in samples or in what the run wrote.
    static func cause(
        ofFailed run: RunOutline, events: Set<LifecycleEvent.Kind>
    ) -> Finding.Kind {
        if events.contains(.startFailed) { return .startFailed }
        if events.contains(.timedOut) || run.terminationReason == .maxDurationExceeded {
            return .timeLimit
        }
        if events.contains(.oomKill) { return .oomKill }
        let hasEnd = run.exitCode != nil || run.exitSignal != nil
        if events.contains(.supervisorLost), !hasEnd { return .supervisorLost }
        // What the kernel's killer leaves where nobody was told of it.
        let isKill = run.exitSignal.map(SignalName.name(of:)) == "SIGKILL" || run.exitCode == 137
        if isKill, let share = run.shareOfLimit, share >= Threshold.atLimit { return .memoryLimit }
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
