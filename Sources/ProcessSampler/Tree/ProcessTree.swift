public import HistoryModel

/// The processes that descend from another one.
public enum ProcessTree {
    /// All living descendants of `pid`, nearest first; what a supervisor that adopts orphans started.
    ///
    /// It is one look: a tree that grows meanwhile may have more.
    ///
    /// - Complexity: some files opened a process; meant for rare use. Looks at 65,536 at most.
    public static func descendants(of pid: Int32) -> [ProcessIdentity] {
        var found: [ProcessIdentity] = []
        var seen: Set<Int32> = [pid]
        var waiting: ContiguousArray<Int32> = [pid]
        var position = 0
        while position < waiting.count, position < 65_536 {
            var children: ContiguousArray<Int32> = []
            appendChildren(of: waiting[position], to: &children)
            position += 1
            for child in children where seen.insert(child).inserted {
                guard let identity = (try? ProcessIdentity.of(pid: child)) ?? nil else { continue }
                found.append(identity)
                waiting.append(child)
            }
        }
        return found
    }

    private static func appendChildren(of pid: Int32, to children: inout ContiguousArray<Int32>) {
        #if os(Linux)
            guard
                var reader = try? ProcTreeReader(reaper: pid, descriptorBudget: 0, capacity: 1)
            else { return }
            reader.beginPass()
        #else
            var reader = LibprocTreeReader()
        #endif
        reader.appendChildren(ofReaper: pid, to: &children)
    }
}
