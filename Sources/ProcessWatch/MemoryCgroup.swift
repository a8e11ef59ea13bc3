/// How far the kills of the out-of-memory killer rose in one cgroup.
///
/// It counts every process of the cgroup, on v2 of those below it too: that a process ended while the
/// count rose is evidence, not proof, that it was the one.
public struct OOMKills: Hashable, Sendable {
    /// The cgroup's directory.
    public let cgroup: String
    /// How many more; never negative.
    public let count: Int64

    /// `count` more kills in the cgroup of that directory.
    public init(cgroup: String, count: Int64) {
        self.cgroup = cgroup
        self.count = count
    }
}

/// Where this process sees the cgroups that account for memory. Empty on macOS.
public struct CgroupMounts: Hashable, Sendable {
    let mounts: [CgroupText.Mount]
    let processes: [UInt8]

    /// The mounts that `mountInfo` lists now, for the processes of `processes`.
    public init(mountInfo: String = "/proc/self/mountinfo", processes: String = "/proc") {
        let text = SmallFile.read(Array(mountInfo.utf8), limit: 1 << 22) ?? []
        mounts = CgroupText.memoryMounts(in: text)
        self.processes = Array(processes.utf8)
    }
}

/// The memory cgroup that a process was in, with the kills of the out-of-memory killer until then.
///
/// Source: `oom_kill` of `memory.events` (v2) or `memory.oom_control` (v1). No file stays open.
///
/// ```swift
/// let cgroup = MemoryCgroup(of: command.pid, in: CgroupMounts())
/// // … the command runs and ends …
/// cgroup?.killsSince()?.count  // 1 if the killer has struck there, nil if nobody can tell
/// ```
public struct MemoryCgroup: Hashable, Sendable {
    private let directory: [UInt8]
    private let file: [UInt8]
    private let before: Int64

    /// The cgroup that `pid` is in now; `nil` if there is none to see, or it counts no kills, as the
    /// root of v2 does.
    ///
    /// - Complexity: two files are opened, read and closed.
    public init?(of pid: Int32, in mounts: CgroupMounts) {
        guard pid > 0, !mounts.mounts.isEmpty,
            let text = SmallFile.read(
                mounts.processes + Array("/\(pid)/cgroup".utf8), limit: 1 << 16),
            let membership = CgroupText.memoryMembership(in: text),
            let directory = CgroupText.directory(of: membership, in: mounts.mounts)
        else { return nil }
        let name = membership.version == .v1 ? "/memory.oom_control" : "/memory.events"
        file = directory + Array(name.utf8)
        self.directory = directory
        guard let before = Self.kills(in: file) else { return nil }
        self.before = before
    }

    /// The cgroup's directory; bytes that are no UTF-8 are replaced.
    public var path: String { String(decoding: directory, as: UTF8.self) }

    /// How far the kills have risen since this value was made; `nil` if the cgroup is gone, is a new
    /// one of the same name that counts less, or cannot be read.
    ///
    /// - Complexity: one file is opened, read and closed.
    public func killsSince() -> OOMKills? {
        guard let now = Self.kills(in: file), now >= before else { return nil }
        return OOMKills(cgroup: path, count: now - before)
    }

    private static func kills(in file: [UInt8]) -> Int64? {
        SmallFile.read(file, limit: 1 << 14).flatMap(CgroupText.oomKills)
    }
}
