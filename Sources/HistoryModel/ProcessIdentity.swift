/// One process, told apart from every other that had or will have its pid.
///
/// A pid alone is given out again; a pid with the time at which its process started is not, within
/// one boot.
public struct ProcessIdentity: Hashable, Sendable {
    /// The process id, positive.
    public let pid: Int32
    /// When the process started, in nanoseconds since boot (Linux: `/proc/<pid>/stat` field 22,
    /// exact to a clock tick) or since the epoch (macOS). Only ever compared for equality.
    public let startTimeNanoseconds: Int64

    /// The process `pid` that started at `startTimeNanoseconds`.
    public init(pid: Int32, startTimeNanoseconds: Int64) {
        self.pid = pid
        self.startTimeNanoseconds = startTimeNanoseconds
    }
}
