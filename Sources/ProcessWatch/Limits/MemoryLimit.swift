public import HistoryModel

/// How much memory a process may have, and who says so.
public struct MemoryLimit: Hashable, Sendable {
    /// The limit.
    public var bytes: Int64
    /// What it is a limit of.
    public var kind: MemoryLimitKind

    /// The limit that is met first: the smallest, a cgroup's before one of the same size.
    ///
    /// - Returns: `nil` without any.
    public init?(cgroupBytes: Int64?, resources: ResourceLimits) {
        let limits: [(bytes: Int64?, kind: MemoryLimitKind)] = [
            (cgroupBytes, .cgroup), (resources.addressSpaceBytes, .addressSpace),
            (resources.dataSegmentBytes, .dataSegment),
        ]
        var smallest: MemoryLimit?
        for limit in limits {
            guard let bytes = limit.bytes, bytes < smallest?.bytes ?? .max else { continue }
            smallest = MemoryLimit(bytes, limit.kind)
        }
        guard let smallest else { return nil }
        self = smallest
    }

    private init(_ bytes: Int64, _ kind: MemoryLimitKind) {
        self.bytes = bytes
        self.kind = kind
    }
}
