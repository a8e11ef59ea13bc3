/// What the kernel calls a process.
public enum ProcessName {
    /// The name of `pid`, at most 15 bytes of its program's; bytes that are no UTF-8 are replaced. A
    /// process may call itself anything: not safe to print as it is.
    ///
    /// Source: `/proc/<pid>/comm`, see `proc_pid_comm(5)`.
    ///
    /// - Returns: `nil` if there is no such process, or nobody tells, as on macOS.
    public static func of(pid: Int32) -> String? {
        guard pid > 0,
            let text = SmallFile.read(Array("/proc/\(pid)/comm".utf8), limit: 1 << 10),
            text.last == UInt8(ascii: "\n"), text.count > 1
        else { return nil }
        return String(decoding: text.dropLast(), as: UTF8.self)
    }
}
