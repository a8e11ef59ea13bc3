public import HistoryModel
internal import SQLite

/// What a report over many runs asks of each: how it ended and how much memory it had.
///
/// It is read in about a microsecond: without labels and command, and its sandbox once
/// for all runs. `nil` is *not known*.
public struct RunOutline: Hashable, Sendable {
    /// Its id in the catalog.
    public var id: RunID
    /// Whose run it is.
    public var sandbox: SandboxIdentity
    /// Whether it still runs.
    public var status: RunStatus
    /// When it started.
    public var startedAt: Timestamp
    /// When it ended.
    public var terminatedAt: Timestamp?
    /// How long it took, in milliseconds: monotonic where that was measured, else the difference of the
    /// times.
    public var durationMilliseconds: Int64?
    /// The code it ended with.
    public var exitCode: Int32?
    /// The number of the signal that ended it.
    public var exitSignal: Int32?
    /// Why it ended.
    public var terminationReason: TerminationReason?
    /// Its memory limit.
    public var memoryLimitBytes: Int64?
    /// What that is a limit of.
    public var memoryLimitKind: MemoryLimitKind?
    /// The peak of the largest process as the kernel counted it, else the highest sampled.
    public var memoryPeakBytes: Int64?
    /// The highest sampled memory, over the process tree.
    public var memoryMaxBytes: Int64?
    /// Samples that went into rows; of an open run as far as they are written.
    public var sampleCount: Int64?

    /// A run of which only this much is known.
    public init(id: RunID, sandbox: SandboxIdentity, status: RunStatus, startedAt: Timestamp) {
        self.id = id
        self.sandbox = sandbox
        self.status = status
        self.startedAt = startedAt
    }

    /// Whether it ended badly, see ``HistoryModel/Run/hasFailed``.
    public var hasFailed: Bool {
        status == .terminated
            && Run.hasFailed(code: exitCode, signal: exitSignal, reason: terminationReason)
    }

    /// The highest memory that is known of it.
    public var highestMemoryBytes: Int64? {
        [memoryPeakBytes, memoryMaxBytes].compactMap(\.self).max()
    }
}

extension RunOutline {
    static let columnCount: Int32 = 14
    /// Of ``columns``, the sandbox's id.
    static let sandboxColumn: Int32 = 1
    /// Of ``columns``, the one in nanoseconds.
    static let durationColumn: Int32 = 5

    static let columns = """
        r.id, r.sandbox_id, r.status = 'Running', r.started_at_ms, r.terminated_at_ms, r.duration_ns,
            r.exit_code, r.exit_signal, r.termination_reason, r.memory_limit_bytes,
            r.memory_limit_kind, r.memory_peak_bytes, r.memory_max_bytes, r.sample_count
        """

    /// Reads a row of ``columns``, whose sandbox was read before.
    init(reading row: borrowing Statement, of sandbox: SandboxIdentity) {
        func narrow(_ column: Int32) -> Int32? {
            row.integer(at: column).flatMap(Int32.init(exactly:))
        }
        self.init(
            id: RunID(rawValue: row.integer(at: 0) ?? 0), sandbox: sandbox,
            status: row.integer(at: 2) == 1 ? .running : .terminated,
            startedAt: Timestamp(unixMilliseconds: row.integer(at: 3) ?? 0))
        terminatedAt = row.integer(at: 4).map(Timestamp.init(unixMilliseconds:))
        durationMilliseconds =
            row.integer(at: 5).map { $0 / 1_000_000 }
            ?? terminatedAt.map { $0.milliseconds(since: startedAt) }
        exitCode = narrow(6)
        exitSignal = narrow(7)
        terminationReason = row.text(at: 8).map(TerminationReason.init(rawValue:))
        memoryLimitBytes = row.integer(at: 9)
        memoryLimitKind = row.text(at: 10).map(MemoryLimitKind.init(rawValue:))
        memoryPeakBytes = row.integer(at: 11)
        memoryMaxBytes = row.integer(at: 12)
        sampleCount = row.integer(at: 13)
    }
}
