/// The texts in which Linux tells of cgroups. Any bytes may come in; what makes no sense is `nil`.
package enum CgroupText {
    /// Which of the two kinds of hierarchy.
    package enum Version: Hashable, Sendable {
        case v1
        case v2
    }

    /// What a hierarchy accounts for and limits.
    package enum Controller: String, CaseIterable, Sendable {
        case memory
        case cpu
        case pids
    }

    /// A process's place in the hierarchy of a controller.
    package struct Membership: Hashable {
        let version: Version
        /// Seen from the root of the reader's cgroup namespace.
        let path: [UInt8]
    }

    /// Where a hierarchy is mounted.
    package struct Mount: Hashable, Sendable {
        let version: Version
        /// The cgroup that is seen at ``point``.
        let root: [UInt8]
        let point: [UInt8]
    }

    /// Where `/proc/<pid>/cgroup` says that the process is accounted for, see `cgroups(7)`.
    package static func membership(of controller: Controller, in text: [UInt8]) -> Membership? {
        var unified: Membership?
        for line in text.split(separator: UInt8(ascii: "\n")) {
            // hierarchy:controllers:path, and a path may hold colons
            let fields = line.split(
                separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let first = fields[2].first, first == UInt8(ascii: "/") else {
                continue
            }
            if names(fields[1], contain: controller.rawValue) {
                return Membership(version: .v1, path: Array(fields[2]))
            }
            if fields[0].elementsEqual("0".utf8), fields[1].isEmpty {
                unified = Membership(version: .v2, path: Array(fields[2]))
            }
        }
        return unified
    }

    /// The mounts of v2, and of v1 with `controller`, in `/proc/self/mountinfo`, see
    /// `proc_pid_mountinfo(5)`.
    package static func mounts(of controller: Controller, in text: [UInt8]) -> [Mount] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: " "))
            // Optional fields from the seventh on end with a lone hyphen.
            guard fields.count >= 9,
                let hyphen = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
                fields.count > hyphen + 1
            else { return nil }
            let version: Version
            if fields[hyphen + 1].elementsEqual("cgroup2".utf8) {
                version = .v2
            } else if fields[hyphen + 1].elementsEqual("cgroup".utf8), fields.count > hyphen + 3,
                names(fields[hyphen + 3], contain: controller.rawValue)
            {
                version = .v1
            } else {
                return nil
            }
            return Mount(
                version: version, root: unescaped(fields[3]), point: unescaped(fields[4]))
        }
    }

    /// The number behind `oom_kill` in `memory.events` (v2) or `memory.oom_control` (v1).
    package static func oomKills(in text: [UInt8]) -> Int64? {
        figure("oom_kill", in: text)
    }

    /// The directory of `membership` below the first of `mounts` that shows it.
    static func directory(of membership: Membership, in mounts: [Mount]) -> [UInt8]? {
        directories(of: membership, in: mounts)?.first
    }

    /// That directory, and those above it up to where its hierarchy is mounted.
    package static func directories(of membership: Membership, in mounts: [Mount]) -> [[UInt8]]? {
        // A cgroup outside our namespace starts with /.. and is nowhere in our mounts.
        let hidden = membership.path.split(separator: UInt8(ascii: "/")).contains {
            $0.elementsEqual("..".utf8)
        }
        guard !hidden else { return nil }
        for mount in mounts where mount.version == membership.version {
            let root = mount.root == [UInt8(ascii: "/")] ? [] : mount.root
            guard membership.path.starts(with: root) else { continue }
            let rest = membership.path.dropFirst(root.count)
            guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { continue }
            var directory = mount.point + (rest.count > 1 ? Array(rest) : [])
            var directories = [directory]
            while directory.count > mount.point.count, directories.count < depthLimit,
                let slash = directory.lastIndex(of: UInt8(ascii: "/")), slash >= mount.point.count
            {
                directory.removeSubrange(slash...)
                directories.append(directory)
            }
            return directories
        }
        return nil
    }

    /// Nobody nests cgroups so deeply; a text of `/proc` that says so is not worth as many reads.
    private static let depthLimit = 64

    private static func names(_ list: ArraySlice<UInt8>, contain name: String) -> Bool {
        list.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(name.utf8) }
    }

    /// Blanks and their like are written as a backslash and three octal digits.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        let field = Array(field)
        var bytes: [UInt8] = []
        var index = 0
        while index < field.count {
            if field[index] == UInt8(ascii: "\\"), index + 3 < field.count,
                let value = UInt8(
                    String(decoding: field[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                index += 4
            } else {
                bytes.append(field[index])
                index += 1
            }
        }
        return bytes
    }
}
