/// One process of a tree, as it was last read.
struct TreeMember {
    /// Stands for a parent that is no member: the reaper, or whoever is outside.
    static let outside = -1

    /// 0: the slot is free.
    var pid: Int32 = 0
    /// The slot of the member that is its parent, or ``outside``.
    var parent = outside
    var counters = MemberCounters()
    /// The pass that last found it alive.
    var seenInPass: UInt64 = 0
    /// The pass that found it gone; 0 while it is there.
    var goneInPass: UInt64 = 0
    /// How many departures were known when it was last read, within one pass.
    var departuresKnown = 0
    /// Its counters at the end of the pass before.
    var before = MemberCounters()
    /// What of its rise since then was explained by departures.
    var explained = TreeTotals()

    var isGone: Bool { goneInPass != 0 }

    /// Takes new counters; what the system kept from us this time stays as it was.
    mutating func update(_ new: MemberCounters, pass: UInt64) {
        if seenInPass != pass {
            before = seenInPass == 0 ? new : counters
            explained = TreeTotals()
            seenInPass = pass
        }
        let old = counters
        counters = new
        counters.diskReadBytes = new.diskReadBytes ?? old.diskReadBytes
        counters.diskWriteBytes = new.diskWriteBytes ?? old.diskWriteBytes
    }

    /// By how much it rose in this pass in a way that absorbed children would explain, less what
    /// was already explained.
    ///
    /// Disk counters do not tell a process's own from its children's: all of the rise counts.
    func unexplainedRise(inheritsDiskCounters: Bool) -> TreeTotals {
        var rise = TreeTotals()
        rise.cpuTime = counters.childrenCPUTime
            .saturatingSubtract(before.childrenCPUTime)
            .saturatingSubtract(explained.cpuTime)
        guard inheritsDiskCounters else { return rise }
        rise.diskRead = (counters.diskReadBytes ?? 0)
            .saturatingSubtract(before.diskReadBytes ?? 0)
            .saturatingSubtract(explained.diskRead)
        rise.diskWrite = (counters.diskWriteBytes ?? 0)
            .saturatingSubtract(before.diskWriteBytes ?? 0)
            .saturatingSubtract(explained.diskWrite)
        return rise
    }
}
