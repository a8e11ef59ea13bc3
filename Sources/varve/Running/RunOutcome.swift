internal import HistoryModel
internal import HistoryStore
internal import Supervisor

/// How a supervised run ended, for the catalog, for people and for the shell.
struct RunOutcome: Sendable {
    private let end: EndedProcess?
    private let startError: SpawnError?
    private let at: Timestamp
    private let duration: Duration?
    private let cpuTimeNanoseconds: Int64?
    private let reason: TerminationReason
    private let detail: String?
    private let limits: CommandLimits
    private let logs: [RunLog]

    /// - Parameter oomKill: What the kernel's OOM killer did as it ended, if it did anything.
    init(
        end: EndedProcess?, life: CommandLife, startError: SpawnError?, oomKill: LifecycleEvent?,
        logs: [RunLog]
    ) {
        self.end = end
        limits = life.limits
        self.logs = logs
        self.startError = startError
        at = life.endedAt
        duration = life.duration
        cpuTimeNanoseconds = end.map { $0.cpuTimeNanoseconds + life.orphanCPUTimeNanoseconds }
        let stop = end.flatMap { end in life.stopRequests.last(explaining: end) }
        (reason, detail) =
            if let startError {
                (.internalError, startError.description)
            } else if life.hasTimedOut {
                (.maxDurationExceeded, nil)
            } else if let stop {
                (.signal, stop.description)
            } else if end?.exitCode == 0 {
                (.completed, nil)
            } else {
                (.failed, oomKill?.detail)
            }
    }

    /// The code to end with.
    var exitCode: Int32 { startError?.exitCode ?? end?.shellCode ?? 1 }

    /// What happened last.
    var event: LifecycleEvent {
        if let signal = end?.exitSignal {
            let dump = end?.coreDumped == true ? ", core dumped" : ""
            return LifecycleEvent(
                .killed, at: at, detail: SignalName.name(of: signal) + dump, seenBy: .supervisor)
        }
        return LifecycleEvent(.exited, at: at, detail: "code \(exitCode)", seenBy: .supervisor)
    }

    /// The run's last row.
    func ending(of run: RunID) -> RunEnding {
        var ending = RunEnding(run, at: at, knownBy: .waited)
        ending.durationNanoseconds = duration?.nanoseconds
        ending.exitCode = startError?.exitCode ?? end?.exitCode
        ending.exitSignal = end?.exitSignal
        ending.coreDumped = end?.coreDumped
        ending.reason = reason
        ending.detail = detail
        ending.logs = logs
        limits.describe(in: &ending)
        guard startError == nil, let end else { return ending }
        ending.usage.cpuTimeNanoseconds = cpuTimeNanoseconds
        ending.usage.memoryPeakBytes = end.peakMemoryBytes
        ending.usage.diskReadBytes = end.diskReadBytes
        ending.usage.diskWriteBytes = end.diskWriteBytes
        return ending
    }

    /// For a person: how it ended, what it used, and where to look on.
    ///
    /// - Parameter run: Its id; `nil` if it was not recorded.
    func sentence(sandbox: String, run: RunID?) -> String {
        let name = "'\(sandbox.escapedForDisplay)'"
        let subject = run.map { "run \($0) of \(name)" } ?? name
        let hint = run.map { "; see: varve why \($0)" } ?? ""
        if startError != nil { return "\(subject) could not be started\(hint)" }
        var facts: [String] = []
        if let duration { facts.append("after \(duration.compactText)") }
        if let cpuTimeNanoseconds {
            facts.append("CPU \(Duration.nanoseconds(cpuTimeNanoseconds).compactText)")
        }
        if let end {
            facts.append("peak memory \(ByteText.format(end.peakMemoryBytes))")
        }
        return "\(subject) \(manner) \(facts.joined(separator: ", "))\(hint)"
    }

    /// How it ended, after its name.
    private var manner: String {
        switch reason {
        case .maxDurationExceeded: return "reached its time limit"
        case .signal: return "was stopped (\(detail ?? "by a signal"))"
        case .completed: return "completed"
        default:
            guard let signal = end?.exitSignal else { return "failed: exit \(exitCode)" }
            return "was killed by \(SignalName.name(of: signal))"
        }
    }
}
