/// What the detail of an event ``LifecycleEvent/Kind/oomKill`` says, written and read in one place.
///
/// The kernel's log names who was killed. Its counters only tell that they rose between two looks at
/// them: the event's time is that of the second look, and the detail ends with that of the first.
///
/// ```swift
/// let detail = OOMKillText.counted(1, in: "/web", notBefore: lastLook)
/// OOMKillText.notBefore(in: detail)  // lastLook
/// ```
public enum OOMKillText {
    /// How long before a run's end, in milliseconds, a count may have stood lower for its rise to be of
    /// the end: two looks at it, which are a second apart mostly.
    public static let nearEnd: Int64 = 2_000

    private static let command = "the kernel's OOM killer killed the command (process "
    private static let bound = ", not before "

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
        return "the kernel's OOM killer killed \(processes) of the memory cgroup \(cgroup)"
            + bound + notBefore.rfc3339
    }

    /// Whether `detail` says that the command itself was killed.
    public static func namesCommand(_ detail: String) -> Bool { detail.hasPrefix(command) }

    /// When the count was last seen to be lower; `nil` if `detail` does not say, as what earlier varves wrote
    /// did not.
    public static func notBefore(in detail: String) -> Timestamp? {
        let mark = Array(bound.utf8)
        let bytes = Array(detail.utf8)
        // From the end: the name of a cgroup may hold anything.
        guard bytes.count > mark.count,
            let start = (0...(bytes.count - mark.count)).last(where: {
                bytes[$0...].starts(with: mark)
            })
        else { return nil }
        return Timestamp(rfc3339: String(decoding: bytes[(start + mark.count)...], as: UTF8.self))
    }
}
