internal import CPlatform

/// How a child ended and what it used, exactly, as `wait4(2)` tells.
public struct EndedProcess: Hashable, Sendable {
    /// The process.
    public let pid: Int32
    /// The code it ended with; `nil` if a signal ended it.
    public let exitCode: Int32?
    /// The number of the signal that ended it; `nil` if it ended by itself.
    public let exitSignal: Int32?
    /// Whether it left a core dump.
    public let coreDumped: Bool
    /// User and system time, its own and that of all descendants it waited for.
    public let cpuTimeNanoseconds: Int64
    /// Peak resident memory of the largest of them.
    ///
    /// The kernel counts in what a process held before its exec: no figure is below what this program
    /// held, without its files, when it forked the command (see ``GatedCommand``).
    public let peakMemoryBytes: Int64
    /// Bytes read from storage, to 512 bytes; `nil` on macOS, which counts operations instead.
    public let diskReadBytes: Int64?
    /// Bytes written to storage, to 512 bytes; `nil` on macOS.
    public let diskWriteBytes: Int64?

    /// What a shell ends with after such a process: the code, or 128 and the signal's number.
    public var shellCode: Int32 { exitCode ?? 128 + (exitSignal ?? 0) }
}

/// The children of this process, of which adopted orphans are some.
public enum Children {
    /// Makes orphaned descendants come to this process instead of to init.
    ///
    /// - Returns: Whether the system can do that; macOS cannot.
    @discardableResult
    public static func adoptOrphans() -> Bool {
        cplatform_become_subreaper() == 0
    }

    /// A child that has ended and was not reaped yet; it stays as it is, and `/proc` still has its
    /// counters.
    public static func firstEnded() -> Int32? {
        let pid = cplatform_peek_ended_child()
        return pid > 0 ? pid : nil
    }

    /// Reaps `pid`, waiting for its end if need be.
    ///
    /// - Returns: `nil` if it is no child of this process.
    public static func reap(_ pid: Int32) -> EndedProcess? {
        var result = cplatform_exit()
        guard unsafe cplatform_reap(pid, &result) == 0 else { return nil }
        #if canImport(Darwin)
            let read: Int64? = nil
            let written: Int64? = nil
        #else
            let read: Int64? = result.blocks_in * 512
            let written: Int64? = result.blocks_out * 512
        #endif
        return EndedProcess(
            pid: result.pid,
            exitCode: result.exited ? result.code : nil,
            exitSignal: result.exited ? nil : result.code,
            coreDumped: result.core_dumped,
            cpuTimeNanoseconds: result.user_ns + result.system_ns,
            peakMemoryBytes: result.peak_rss_bytes,
            diskReadBytes: read,
            diskWriteBytes: written)
    }
}
