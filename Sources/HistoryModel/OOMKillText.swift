/// What the detail of an event ``LifecycleEvent/Kind/oomKill`` says, written and read in one place.
///
/// The kernel's log names who was killed. Its counters only tell that they rose between two looks at
/// them, see ``EventBound``.
public enum OOMKillText {
    private static let command = "the kernel's OOM killer killed the command (process "

    /// The kernel named the command itself; `place` goes on after that.
    public static func named(pid: Int32, _ place: String) -> String {
        "\(command)\(pid))\(place)"
    }

    /// A count rose by `count` after `notBefore`. The cgroup's name is as it came: not safe to print as
    /// it is.
    public static func counted(
        _ count: Int64, in cgroup: String, notBefore: Timestamp
    ) -> String {
        let processes = count == 1 ? "1 process" : "\(count) processes"
        return EventBound.after(
            notBefore,
            "the kernel's OOM killer killed \(processes) of the memory cgroup \(cgroup)")
    }

    /// Whether `detail` says that the command itself was killed.
    public static func namesCommand(_ detail: String) -> Bool { detail.hasPrefix(command) }
}
