internal import CPlatform

/// Whether the process that a slot names still exists.
public enum ProcessLiveness {
    /// Whether no process has `pid` any more: `kill(pid, 0)` fails with `ESRCH`.
    ///
    /// A process that may not be signalled exists. A pid of 0 or less names no one process and is
    /// never asked for: it is never gone.
    public static func isGone(_ pid: Int32) -> Bool {
        pid > 0 && cplatform_process_is_gone(pid)
    }
}
