import Foundation

@testable import ProcessWatch

/// A `/proc` and a cgroup of our own making.
final class FakeTree {
    let root: URL
    var mounts: CgroupMounts {
        CgroupMounts(
            mountInfo: root.path + "/mountinfo", processes: root.path + "/proc")
    }
    var cgroup: String { root.path + "/cgroup/job" }

    init(type: String, options: String, membership: String) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "varve-\(UUID().uuidString)")
        try write(membership, to: "proc/42/cgroup")
        try write(
            "41 31 0:38 / \(root.path)/cgroup rw,relatime - \(type) cgroup \(options)\n",
            to: "mountinfo")
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func write(_ text: String, to path: String) throws {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}
