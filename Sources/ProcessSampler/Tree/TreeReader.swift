/// What one read of one member of a tree gave.
struct MemberCounters: Hashable, Sendable {
    var startTimeNanoseconds: Int64 = 0
    var parentPID: Int32 = 0
    /// CPU time of the process itself.
    var cpuTime: UInt64 = 0
    /// CPU time of the children that it waited for, and of theirs.
    var childrenCPUTime: UInt64 = 0
    /// `nil` if absent: the process has exited.
    var memoryBytes: UInt64?
    /// `nil` if the system keeps it from us.
    var diskReadBytes: UInt64?
    /// `nil` if the system keeps it from us.
    var diskWriteBytes: UInt64?
    var threads: UInt64 = 1
    var hasExited = false

    var totalCPUTime: UInt64 { cpuTime.saturatingAdd(childrenCPUTime) }
}

/// What came of reading a member.
enum MemberRead: Hashable, Sendable {
    case alive(MemberCounters)
    case gone
    /// It is there, but cannot be read now.
    case unreadable(ProcessSampleError)
}

/// How a tree's processes are found and read: the system, or in a test a made-up one.
///
/// A *slot* numbers a member for as long as it is one, so that a reader can keep its files open.
protocol TreeReader: ~Copyable {
    /// Whether a process's disk counters hold those of the children that it waited for.
    var inheritsDiskCounters: Bool { get }

    /// Called before each pass over the tree.
    mutating func beginPass()

    /// Reads `pid`, whose files may already be open at `slot`.
    mutating func read(_ pid: Int32, slot: Int) -> MemberRead

    /// Appends the children of `pid`, in no order.
    mutating func appendChildren(
        of pid: Int32, slot: Int, threads: UInt64, to list: inout ContiguousArray<Int32>)

    /// Appends the children of the reaper, which is no member.
    mutating func appendChildren(ofReaper pid: Int32, to list: inout ContiguousArray<Int32>)

    /// The CPU time of the children that the reaper waited for; `nil` if it cannot be read.
    mutating func childrenCPUTime(ofReaper pid: Int32) -> UInt64?

    /// Closes what is open at `slot`.
    mutating func release(slot: Int)
}
