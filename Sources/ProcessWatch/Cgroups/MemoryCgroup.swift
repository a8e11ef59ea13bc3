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
        guard let text = mounts.membershipText(of: pid),
            let place = CgroupPlace(of: .memory, in: text, mounts)
        else { return nil }
        self.init(place)
    }

    /// On v2 a cgroup without memory accounting of its own is counted in the next above that has it.
    init?(_ place: CgroupPlace) {
        let name = place.version == .v1 ? "/memory.oom_control" : "/memory.events"
        for directory in place.directories.prefix(place.version == .v1 ? 1 : .max) {
            let file = directory + Array(name.utf8)
            guard let before = Self.kills(in: file) else { continue }
            self.file = file
            self.directory = directory
            self.before = before
            return
        }
        return nil
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
