/// Why a run ended, in microsandbox's words.
///
/// The set is open: another program's catalog may know a word that varve does not, and it is kept as
/// it is.
///
/// ```swift
/// TerminationReason.failed.rawValue         // "Failed"
/// TerminationReason(rawValue: "Hibernated") // kept, though nobody here writes it
/// ```
public struct TerminationReason: RawRepresentable, Hashable, Sendable {
    /// The word, as it stands in the catalog.
    public let rawValue: String

    /// The reason that `rawValue` names.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The command ended by itself with 0.
    public static let completed = TerminationReason(rawValue: "Completed")
    /// The command ended by itself with another code, or by a signal that nobody asked for.
    public static let failed = TerminationReason(rawValue: "Failed")
    /// It ran longer than it was allowed.
    public static let maxDurationExceeded = TerminationReason(rawValue: "MaxDurationExceeded")
    /// It did nothing for longer than it was allowed.
    public static let idleTimeout = TerminationReason(rawValue: "IdleTimeout")
    /// It was drained: no new work, then the end.
    public static let drainRequested = TerminationReason(rawValue: "DrainRequested")
    /// It was asked to shut down.
    public static let shutdownRequested = TerminationReason(rawValue: "ShutdownRequested")
    /// The agent inside the sandbox stopped answering.
    public static let agentUnresponsive = TerminationReason(rawValue: "AgentUnresponsive")
    /// Its supervisor was told by a signal to stop it.
    public static let signal = TerminationReason(rawValue: "Signal")
    /// It could not be started, or its supervisor was lost.
    public static let internalError = TerminationReason(rawValue: "InternalError")

    /// The words that microsandbox and varve write.
    public static let known: [TerminationReason] = [
        .completed, .failed, .maxDurationExceeded, .idleTimeout, .drainRequested,
        .shutdownRequested, .agentUnresponsive, .signal, .internalError,
    ]
}
