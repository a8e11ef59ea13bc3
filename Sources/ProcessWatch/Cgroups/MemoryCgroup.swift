public import HistoryModel

/// How far the kills of the out-of-memory killer rose in one cgroup between two looks.
///
/// It counts every process of the cgroup, on v2 of those below it too: that a process ended while the
/// count rose is evidence, not proof, that it was the one.
public struct OOMKills: Hashable, Sendable {
    /// The cgroup's directory.
    public let cgroup: String
    /// How many more; never negative.
    public let count: Int64
    /// When the count was last seen to be lower.
    public let notBefore: Timestamp
    /// When it was seen to have risen.
    public let seenAt: Timestamp

    /// `count` more kills in the cgroup of that directory, between two looks.
    public init(cgroup: String, count: Int64, notBefore: Timestamp, seenAt: Timestamp) {
        self.cgroup = cgroup
        self.count = count
        self.notBefore = notBefore
        self.seenAt = seenAt
    }

    /// What happened, in words. The cgroup's name is as it came: not safe to print as it is.
    public var sentence: String {
        OOMKillText.counted(count, in: cgroup, notBefore: notBefore)
    }

    /// Whether a process that ended at `end` ended as they rose, as far as the looks can tell.
    public func isNear(_ end: Timestamp) -> Bool {
        count > 0 && EventBound.isNear(end, notBefore: notBefore)
    }
}

/// The memory cgroup that a process was in, with the kills of the out-of-memory killer until the last
/// look.
///
/// Source: `oom_kill` of `memory.events` (v2) or `memory.oom_control` (v1). No file stays open.
///
/// ```swift
/// var cgroup = MemoryCgroup(of: command.pid, in: CgroupMounts())
/// // … now and then, and when the command has ended …
/// cgroup?.look()?.count  // 1 if the killer has struck there since the last look, nil if nobody can tell
/// ```
public struct MemoryCgroup: Hashable, Sendable {
    /// Counts that were just read, by file: many processes may be in one cgroup.
    typealias Counts = [[UInt8]: Int64?]

    private let directory: [UInt8]
    private let file: [UInt8]
    private var count: Int64
    private var lookedAt: Timestamp

    /// The cgroup that `pid` is in now; `nil` if there is none to see, or it counts no kills, as the
    /// root of v2 does.
    ///
    /// - Complexity: two files are opened, read and closed.
    public init?(of pid: Int32, in mounts: CgroupMounts, at now: Timestamp = .now()) {
        guard let text = mounts.membershipText(of: pid),
            let place = CgroupPlace(of: .memory, in: text, mounts)
        else { return nil }
        self.init(place, at: now)
    }

    /// On v2 a cgroup without memory accounting of its own is counted in the next above that has it.
    init?(_ place: CgroupPlace, at now: Timestamp) {
        let name = place.version == .v1 ? "/memory.oom_control" : "/memory.events"
        for directory in place.directories.prefix(place.version == .v1 ? 1 : .max) {
            let file = directory + Array(name.utf8)
            guard let count = Self.kills(in: file) else { continue }
            self.file = file
            self.directory = directory
            self.count = count
            lookedAt = now
            return
        }
        return nil
    }

    /// The cgroup's directory; bytes that are no UTF-8 are replaced.
    public var path: String { String(decoding: directory, as: UTF8.self) }

    /// How far the kills have risen since the last look, or since this value was made; `nil` if the
    /// cgroup is gone, is a new one of the same name that counts less, or cannot be read.
    ///
    /// - Complexity: one file is opened, read and closed.
    public mutating func look(at now: Timestamp = .now()) -> OOMKills? {
        take(Self.kills(in: file), at: now)
    }

    /// The same, where the file is read only if `counts` lacks it.
    mutating func look(at now: Timestamp, sharing counts: inout Counts) -> OOMKills? {
        if let known = counts[file] { return take(known, at: now) }
        let read = Self.kills(in: file)
        counts[file] = .some(read)
        return take(read, at: now)
    }

    private mutating func take(_ current: Int64?, at now: Timestamp) -> OOMKills? {
        guard let current, current >= count else { return nil }
        defer {
            count = current
            lookedAt = now
        }
        return OOMKills(
            cgroup: path, count: current - count, notBefore: min(lookedAt, now), seenAt: now)
    }

    private static func kills(in file: [UInt8]) -> Int64? {
        SmallFile.read(file, limit: 1 << 14).flatMap(CgroupText.oomKills)
    }
}
