public import HistoryModel

extension Run {
    /// Whether it ended badly: with a code other than 0, by a signal, or for a reason that is a failure
    /// (`Failed`, `MaxDurationExceeded`, `AgentUnresponsive`, `InternalError`).
    ///
    /// One that was told to end (`IdleTimeout`, `DrainRequested`, `ShutdownRequested`, `Signal`) did not
    /// fail, whatever it ended with; one of whose end nothing is known is not said to have failed.
    public var hasFailed: Bool {
        status == .terminated
            && Self.hasFailed(code: exitCode, signal: exitSignal, reason: terminationReason)
    }

    static func hasFailed(code: Int32?, signal: Int32?, reason: TerminationReason?) -> Bool {
        switch reason {
        case .failed, .maxDurationExceeded, .agentUnresponsive, .internalError: true
        case .idleTimeout, .drainRequested, .shutdownRequested, .signal: false
        default: signal != nil || code.map { $0 != 0 } ?? false
        }
    }
}
