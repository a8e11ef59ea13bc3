internal import HistoryModel

/// Sums the counters of a changing tree of processes so that the sum never goes down.
///
/// **What is counted.** Each member's own counters and those of the children that it waited for
/// (which the kernel adds to the parent's): so a process that lived and died between two reads is
/// counted if a member, or the reaper, waited for it. The reaper itself is not counted, only the CPU
/// time of the children that it waited for since this account was made. Once a process is a member it stays
/// one, whoever adopts it.
///
/// **When a member is gone**, its last known counters have gone to whoever waited for it. Its last
/// known ancestors are read again; what their children's counters rose by in this pass is where it
/// went, nearest first, the reaper last. What no rise explains (an orphan that an outsider adopted, a
/// parent that ignores `SIGCHLD`, for whom the kernel throws the child's counters away) is kept in
/// `departed` for ever. The rise can also come from other, short-lived children: then that much is
/// counted only once. So the sum can be a little too low, and never counts anything twice.
///
/// **Why this order.** Reads are not one instant. A parent is always read before its children: a
/// child that moves into its parent in between is missed for a moment, not counted twice; and the
/// parents of the missing are read again after they were missed.
struct TreeAccount<Reader: TreeReader & ~Copyable>: ~Copyable {
    private var reader: Reader
    private let root: ProcessIdentity
    private let reaper: Int32?
    private let memberLimit: Int

    private var members: ContiguousArray<TreeMember> = []
    private var freeSlots: ContiguousArray<Int> = []
    private var slots: [Int32: Int] = [:]
    private var pass: UInt64 = 0
    // Slots found alive in this pass, parents before children.
    private var order: ContiguousArray<Int> = []
    // Slots found gone in this pass; free after it.
    private var departures: ContiguousArray<Int> = []
    private var children: ContiguousArray<Int32> = []

    private var departed = TreeTotals()
    private var reported = TreeTotals()
    private var reaperBaseline: UInt64?
    private var reaperTime: UInt64 = 0
    private var reaperRise: UInt64 = 0
    private var reaperDeparturesKnown = 0

    init(
        _ reader: consuming Reader, root: ProcessIdentity, reaper: Int32?,
        capacity: Int = 1024, memberLimit: Int = 32_768
    ) {
        self.reader = reader
        self.root = root
        self.reaper = reaper
        self.memberLimit = max(1, memberLimit)
        members.reserveCapacity(capacity)
        freeSlots.reserveCapacity(capacity)
        slots.reserveCapacity(capacity)
        order.reserveCapacity(capacity)
        departures.reserveCapacity(capacity)
        children.reserveCapacity(capacity)
        // What the reaper waited for until now was none of ours.
        readReaper(isFirstInPass: true)
    }

    var memberCount: Int { slots.count }

    /// Reads the tree once; `nil` once the root is gone.
    mutating func read(at readAt: UInt64) throws(ProcessSampleError) -> ProcessCounters? {
        pass += 1
        order.removeAll(keepingCapacity: true)
        departures.removeAll(keepingCapacity: true)
        reader.beginPass()
        readReaper(isFirstInPass: true)

        guard try visitRoot() else { return nil }
        if let reaper {
            children.removeAll(keepingCapacity: true)
            reader.appendChildren(ofReaper: reaper, to: &children)
            visitChildren(of: TreeMember.outside)
        }
        var next = 0
        visitDescendants(from: &next)
        visitStrays(&next)
        settleDepartures()
        guard let rootSlot = slots[root.pid], !members[rootSlot].isGone else { return nil }
        return counters(of: members[rootSlot], at: readAt)
    }

    // MARK: Finding

    private mutating func visitRoot() throws(ProcessSampleError) -> Bool {
        let slot = slots[root.pid] ?? takeSlot(root.pid)
        switch reader.read(root.pid, slot: slot) {
        case .alive(let counters) where counters.startTimeNanoseconds == root.startTimeNanoseconds:
            accept(counters, slot, parent: TreeMember.outside)
            return true
        case .alive, .gone: return false
        case .unreadable(let error): throw error
        }
    }

    /// Visits the children of every slot in `order` from `next` on; grows `order` as it goes.
    private mutating func visitDescendants(from next: inout Int) {
        while next < order.count {
            let slot = order[next]
            next += 1
            children.removeAll(keepingCapacity: true)
            reader.appendChildren(
                of: members[slot].pid, slot: slot, threads: members[slot].counters.threads,
                to: &children)
            visitChildren(of: slot)
        }
    }

    /// Visits known members that no parent led to: they were adopted while we looked, or by an
    /// outsider.
    private mutating func visitStrays(_ next: inout Int) {
        guard order.count + departures.count < members.count - freeSlots.count else { return }
        for slot in members.indices {
            let member = members[slot]
            guard member.pid != 0, member.seenInPass != pass, !member.isGone else { continue }
            check(member.pid, slot, parent: nil)
            visitDescendants(from: &next)
        }
    }

    private mutating func visitChildren(of parent: Int) {
        for index in children.indices {
            let pid = children[index]
            if let slot = slots[pid] {
                guard members[slot].seenInPass != pass else { continue }
                if check(pid, slot, parent: parent) { continue }
            }
            adopt(pid, parent: parent)
        }
    }

    /// Reads a known member for the first time in this pass; `false` if it is gone.
    @discardableResult
    private mutating func check(_ pid: Int32, _ slot: Int, parent: Int?) -> Bool {
        switch reader.read(pid, slot: slot) {
        case .alive(let counters)
        where counters.startTimeNanoseconds == members[slot].counters.startTimeNanoseconds:
            accept(counters, slot, parent: parent ?? memberSlot(of: counters.parentPID))
            return true
        case .alive, .gone:
            depart(slot)
            return false
        case .unreadable:
            // Its last known counters stand.
            accept(members[slot].counters, slot, parent: parent ?? members[slot].parent)
            return true
        }
    }

    private mutating func adopt(_ pid: Int32, parent: Int) {
        guard slots.count < memberLimit else { return }
        let slot = takeSlot(pid)
        // Between the listing and the read the pid may have become a stranger's: then its parent
        // is neither a member nor the reaper.
        if case .alive(let counters) = reader.read(pid, slot: slot),
            counters.parentPID == reaper || slots[counters.parentPID] != nil
        {
            accept(counters, slot, parent: parent)
        } else {
            giveBack(slot)
        }
    }

    private mutating func accept(_ counters: MemberCounters, _ slot: Int, parent: Int) {
        members[slot].update(counters, pass: pass)
        members[slot].departuresKnown = departures.count
        members[slot].parent = parent == slot ? TreeMember.outside : parent
        order.append(slot)
    }

    private func memberSlot(of pid: Int32) -> Int {
        guard let slot = slots[pid], members[slot].seenInPass == pass else {
            return TreeMember.outside
        }
        return slot
    }

    private mutating func takeSlot(_ pid: Int32) -> Int {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            members[slot] = TreeMember(pid: pid)
        } else {
            slot = members.count
            members.append(TreeMember(pid: pid))
        }
        slots[pid] = slot
        return slot
    }

    private mutating func giveBack(_ slot: Int) {
        let pid = members[slot].pid
        if slots[pid] == slot { slots[pid] = nil }
        reader.release(slot: slot)
        members[slot] = TreeMember()
        freeSlots.append(slot)
    }

    // MARK: Departures

    private mutating func depart(_ slot: Int) {
        members[slot].goneInPass = pass
        let pid = members[slot].pid
        if slots[pid] == slot { slots[pid] = nil }
        reader.release(slot: slot)
        departures.append(slot)
    }

    private mutating func settleDepartures() {
        guard !departures.isEmpty else { return }
        var next = 0
        // Reading the ancestors again may find more of them gone.
        while next < departures.count {
            settle(departures[next])
            next += 1
        }
        for slot in order where !members[slot].isGone {
            var parent = members[slot].parent
            while parent != TreeMember.outside, members[parent].isGone {
                parent = members[parent].parent
            }
            members[slot].parent = parent
        }
        for slot in departures { giveBack(slot) }
    }

    /// Finds where the last known counters of the member at `slot` went; keeps what went nowhere.
    private mutating func settle(_ slot: Int) {
        var rest = TreeTotals(members[slot].counters)
        var ancestor = members[slot].parent
        // No chain is longer than a pass has members; a deeper search than this is not worth it.
        var steps = 256
        while ancestor != TreeMember.outside, steps > 0, !rest.isZero {
            steps -= 1
            readAgain(ancestor)
            if members[ancestor].seenInPass == pass {
                let wanted = rest
                var rise = members[ancestor].unexplainedRise(
                    inheritsDiskCounters: reader.inheritsDiskCounters)
                rest.consume(&rise)
                members[ancestor].explained.add(wanted.less(rest))
            }
            ancestor = members[ancestor].parent
        }
        if !rest.isZero, reaper != nil {
            if reaperDeparturesKnown != departures.count { readReaper(isFirstInPass: false) }
            let taken = min(rest.cpuTime, reaperRise)
            rest.cpuTime -= taken
            reaperRise -= taken
        }
        departed.add(rest)
    }

    /// Reads an ancestor again if it was read before the last departure was known.
    private mutating func readAgain(_ slot: Int) {
        guard !members[slot].isGone, members[slot].departuresKnown != departures.count else {
            return
        }
        switch reader.read(members[slot].pid, slot: slot) {
        case .alive(let counters)
        where counters.startTimeNanoseconds == members[slot].counters.startTimeNanoseconds:
            members[slot].update(counters, pass: pass)
            members[slot].departuresKnown = departures.count
        case .alive, .gone: depart(slot)
        case .unreadable: break
        }
    }

    private mutating func readReaper(isFirstInPass: Bool) {
        guard let reaper, let now = reader.childrenCPUTime(ofReaper: reaper) else { return }
        let baseline = reaperBaseline ?? now
        reaperBaseline = baseline
        let time = now.saturatingSubtract(baseline)
        if isFirstInPass { reaperRise = 0 }
        reaperRise = reaperRise.saturatingAdd(time.saturatingSubtract(reaperTime))
        reaperTime = max(reaperTime, time)
        reaperDeparturesKnown = departures.count
    }

    // MARK: The sum

    private mutating func counters(of root: TreeMember, at readAt: UInt64) -> ProcessCounters {
        var totals = departed
        totals.cpuTime = totals.cpuTime.saturatingAdd(reaperTime)
        var memory: UInt64?
        // A sum is known only with every summand: of a member of another user none is.
        var hasDisk = (read: true, write: true)
        for slot in order where !members[slot].isGone {
            let counters = members[slot].counters
            totals.add(TreeTotals(counters))
            if let bytes = counters.memoryBytes { memory = (memory ?? 0).saturatingAdd(bytes) }
            hasDisk.read = hasDisk.read && counters.diskReadBytes != nil
            hasDisk.write = hasDisk.write && counters.diskWriteBytes != nil
        }
        totals.raise(to: reported)
        reported = totals
        return ProcessCounters(
            cpuTimeNanoseconds: totals.cpuTime.storable, memoryBytes: memory?.storable,
            diskReadBytes: hasDisk.read ? totals.diskRead.storable : nil,
            diskWriteBytes: hasDisk.write ? totals.diskWrite.storable : nil,
            readAtNanoseconds: readAt, hasExited: root.counters.hasExited)
    }
}

extension TreeAccount: Sendable where Reader: Sendable & ~Copyable {}
