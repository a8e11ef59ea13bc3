/// Whether a run goes on, in microsandbox's words.
public enum RunStatus: String, CaseIterable, Hashable, Sendable {
    /// It has not ended, as far as the catalog knows.
    case running = "Running"
    /// It has ended.
    case terminated = "Terminated"
}

/// How it is known how a run ended; the catalog's `exit_known_by`.
public enum ExitKnowledge: String, CaseIterable, Hashable, Sendable {
    /// The supervisor waited for its child: exact.
    case waited
    /// The kernel told the holder of a pidfd, after somebody else had waited: exact.
    case pidfd
    /// Another program's catalog says so.
    case catalog
    /// Drawn from other evidence: a process that is gone, a boot id that changed.
    case inferred
    /// It ended, and nobody can tell how.
    case unknown
}
