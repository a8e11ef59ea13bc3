/// What a tree, or a part of it, has used.
struct TreeTotals: Hashable, Sendable {
    var cpuTime: UInt64 = 0
    var diskRead: UInt64 = 0
    var diskWrite: UInt64 = 0

    var isZero: Bool { cpuTime == 0 && diskRead == 0 && diskWrite == 0 }

    /// Everything that a member's counters hold.
    init(_ counters: MemberCounters) {
        cpuTime = counters.totalCPUTime
        diskRead = counters.diskReadBytes ?? 0
        diskWrite = counters.diskWriteBytes ?? 0
    }

    init() {}

    mutating func add(_ other: TreeTotals) {
        cpuTime = cpuTime.saturatingAdd(other.cpuTime)
        diskRead = diskRead.saturatingAdd(other.diskRead)
        diskWrite = diskWrite.saturatingAdd(other.diskWrite)
    }

    /// Raises what is lower than in `floor`: totals never go down.
    mutating func raise(to floor: TreeTotals) {
        cpuTime = max(cpuTime, floor.cpuTime)
        diskRead = max(diskRead, floor.diskRead)
        diskWrite = max(diskWrite, floor.diskWrite)
    }

    /// Moves as much as both have from `self` and `available`.
    mutating func consume(_ available: inout TreeTotals) {
        Self.take(&cpuTime, &available.cpuTime)
        Self.take(&diskRead, &available.diskRead)
        Self.take(&diskWrite, &available.diskWrite)
    }

    /// What `self` has more than `other`.
    func less(_ other: TreeTotals) -> TreeTotals {
        var difference = self
        difference.cpuTime = cpuTime.saturatingSubtract(other.cpuTime)
        difference.diskRead = diskRead.saturatingSubtract(other.diskRead)
        difference.diskWrite = diskWrite.saturatingSubtract(other.diskWrite)
        return difference
    }

    private static func take(_ wanted: inout UInt64, _ available: inout UInt64) {
        let taken = min(wanted, available)
        wanted -= taken
        available -= taken
    }
}
