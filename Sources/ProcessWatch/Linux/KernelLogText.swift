/// A process that the kernel's log says the out-of-memory killer has killed.
public struct OOMVictim: Hashable, Sendable {
    /// Why the killer came.
    public enum Cause: Hashable, Sendable {
        /// The cgroup of this path had reached its limit.
        case cgroup(String)
        /// The whole host, or one of its memory nodes, had no memory left.
        case host
        /// Some cgroup's limit; the log does not say which.
        case someCgroup
    }

    /// The process, as the host counts.
    public var pid: Int32
    /// Why.
    public var cause: Cause

    /// `pid`, killed because of `cause`.
    public init(pid: Int32, cause: Cause) {
        self.pid = pid
        self.cause = cause
    }
}

/// The kernel's words on the out-of-memory killer, see `mm/oom_kill.c`. Any bytes may come in.
package enum KernelLogText {
    /// The victim that `record`, as `/dev/kmsg` gives it, tells of; `nil` if it tells something else.
    package static func oomVictim(in record: [UInt8]) -> OOMVictim? {
        // priority,sequence,microseconds,flags;message
        guard let semicolon = record.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        // From 8 on a priority is of a program that has written into the log, which may be a lie.
        let priority = record.prefix { $0 != UInt8(ascii: ",") }
        guard priority.count == 1, let level = priority.first, (0x30...0x37).contains(level) else {
            return nil
        }
        let line = record[(semicolon + 1)...].prefix { $0 != UInt8(ascii: "\n") }
        return constraint(in: line) ?? killing(in: line)
    }

    /// `oom-kill:constraint=…,oom_memcg=PATH,task_memcg=PATH,task=NAME,pid=N,uid=N`; the kernel leaves
    /// it out where there are many kills at once.
    ///
    /// Read from its end: a path or a name may hold anything but what comes after it.
    private static func constraint(in line: ArraySlice<UInt8>) -> OOMVictim? {
        guard line.starts(with: "oom-kill:constraint=".utf8),
            let uid = line.lastRange(of: ",uid="),
            let pid = line[..<uid.lowerBound].lastRange(of: ",pid="),
            let number = processID(line[pid.upperBound..<uid.lowerBound])
        else { return nil }
        guard line.starts(with: "oom-kill:constraint=CONSTRAINT_MEMCG,".utf8) else {
            return OOMVictim(pid: number, cause: .host)
        }
        guard let task = line[..<pid.lowerBound].lastRange(of: ",task_memcg="),
            let cgroup = line[..<task.lowerBound].lastRange(of: ",oom_memcg=")
        else { return OOMVictim(pid: number, cause: .someCgroup) }
        let path = String(decoding: line[cgroup.upperBound..<task.lowerBound], as: UTF8.self)
        return OOMVictim(pid: number, cause: .cgroup(path))
    }

    /// `Memory cgroup out of memory: Killed process N (NAME) …`, or the host's `Out of memory: …`.
    private static func killing(in line: ArraySlice<UInt8>) -> OOMVictim? {
        for (start, cause) in [
            ("Memory cgroup out of memory: Killed process ", OOMVictim.Cause.someCgroup),
            ("Out of memory: Killed process ", .host),
        ] where line.starts(with: start.utf8) {
            let rest = line.dropFirst(start.utf8.count)
            return processID(rest.prefix { $0 != UInt8(ascii: " ") })
                .map { OOMVictim(pid: $0, cause: cause) }
        }
        return nil
    }

    private static func processID(_ word: ArraySlice<UInt8>) -> Int32? {
        guard word.allSatisfy({ (0x30...0x39).contains($0) }),
            let pid = Int32(String(decoding: word, as: UTF8.self)), pid > 0
        else { return nil }
        return pid
    }
}

extension ArraySlice<UInt8> {
    fileprivate func lastRange(of text: String) -> Range<Int>? {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return nil }
        for start in stride(from: endIndex - wanted.count, through: startIndex, by: -1)
        where self[start...].starts(with: wanted) {
            return start..<(start + wanted.count)
        }
        return nil
    }
}
