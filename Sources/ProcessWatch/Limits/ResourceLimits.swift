/// Limits that a process has for itself and hands on to its children, see `getrlimit(2)`.
public struct ResourceLimits: Hashable, Sendable {
    /// `RLIMIT_AS`, the soft limit; `nil` if there is none.
    public var addressSpaceBytes: Int64?
    /// `RLIMIT_DATA`, the soft limit; `nil` if there is none.
    public var dataSegmentBytes: Int64?

    /// No limits.
    public init() {}

    /// Those of `pid` now; those that it had if it is a zombie.
    ///
    /// Source: `/proc/<pid>/limits`, see `proc_pid_limits(5)`.
    ///
    /// - Returns: `nil` if they cannot be read, as on macOS.
    public static func of(pid: Int32) -> ResourceLimits? {
        guard pid > 0 else { return nil }
        return SmallFile.read(Array("/proc/\(pid)/limits".utf8), limit: 1 << 14)
            .flatMap(ResourceLimits.init(text:))
    }

    /// - Returns: `nil` if `text` is no such file.
    package init?(text: [UInt8]) {
        var isUnderstood = false
        for line in text.split(separator: UInt8(ascii: "\n")) {
            for (name, property) in Self.properties where line.starts(with: name.utf8) {
                // The name, the soft limit, the hard limit, the unit.
                let words = line.dropFirst(name.utf8.count).split(separator: UInt8(ascii: " "))
                guard words.count == 3 else { continue }
                let soft = String(decoding: words[0], as: UTF8.self)
                guard soft == "unlimited" || soft.utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else { continue }
                isUnderstood = true
                // What no Int64 holds limits nothing.
                self[keyPath: property] = Int64(soft)
            }
        }
        guard isUnderstood else { return nil }
    }

    private static let properties:
        [(String, any WritableKeyPath<ResourceLimits, Int64?> & Sendable)] =
            [
                ("Max address space ", \.addressSpaceBytes), ("Max data size ", \.dataSegmentBytes),
            ]
}
