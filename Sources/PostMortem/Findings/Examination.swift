import HistoryModel

/// A case with what every rule asks for, made once.
struct Examination {
    let file: CaseFile
    /// The end, finest first.
    let ending: [Moment]
    /// The whole run.
    let course: [Moment]
    /// What was written last.
    let texts: [LogText]
    /// The memory that is known last.
    let lastMemory: (bytes: Double, at: Timestamp)?

    init(of file: CaseFile) {
        self.file = file
        ending = file.ending
        course = file.course
        texts = file.texts
        lastMemory = file.lastMemory
    }

    var run: Run { file.run }

    /// The part of the end from `milliseconds` before the last moment on.
    func lastMoments(within milliseconds: Int64) -> ArraySlice<Moment> {
        guard let last = ending.last else { return [] }
        let from = last.at.advanced(byMilliseconds: -milliseconds)
        return ending[(ending.firstIndex { $0.at >= from } ?? ending.endIndex)...]
    }

    /// How the run's signal is called.
    var signalName: String? { run.exitSignal.map(SignalName.name(of:)) }

    /// Whether the end came from outside: a signal that is not a fault, a limit, a request.
    var wasEndedByOthers: Bool {
        !file.events(.timedOut).isEmpty || run.terminationReason == .maxDurationExceeded
            || run.terminationReason == .signal || run.terminationReason == .idleTimeout
            || signalName.map { ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"].contains($0) } ?? false
    }

    /// The run's status, code or signal, and how that is known.
    var endEvidence: [Evidence] {
        var evidence: [Evidence] = []
        if let name = signalName {
            evidence.append(
                Evidence("signal", .text(name), at: run.terminatedAt, from: "run.exit_signal"))
        }
        if let code = run.exitCode {
            evidence.append(
                Evidence(
                    "exit code", .count(Int64(code)), at: run.terminatedAt, from: "run.exit_code"))
        }
        if let knownBy = run.exitKnownBy {
            evidence.append(
                Evidence("known by", .text(knownBy.rawValue), from: "run.exit_known_by"))
        }
        return evidence
    }
}

extension Evidence {
    /// `event` and, where it was only seen in a count that had risen, when that was still lower.
    static func ofCounted(_ event: LifecycleEvent) -> [Evidence] {
        let bound = event.detail.flatMap(EventBound.notBefore).map {
            Evidence("not before", .time($0), from: "event, the look before")
        }
        return [Evidence(event)] + [bound].compactMap(\.self)
    }

    /// `event` with what it says.
    init(_ event: LifecycleEvent) {
        let words = event.detail.map(EventBound.text) ?? event.kind.rawValue
        self.init(
            event.kind.rawValue.escapedForDisplay, .text(words.escapedForDisplay), at: event.at,
            from: "event, seen by \(event.seenBy.rawValue.escapedForDisplay)")
    }
}
