/// Where this process sees cgroups. Empty on macOS.
public struct CgroupMounts: Hashable, Sendable {
    let mounts: [CgroupText.Controller: [CgroupText.Mount]]
    let processes: [UInt8]

    /// The mounts that `mountInfo` lists now, for the processes of `processes`.
    public init(mountInfo: String = "/proc/self/mountinfo", processes: String = "/proc") {
        let text = SmallFile.read(Array(mountInfo.utf8), limit: 1 << 22) ?? []
        var mounts: [CgroupText.Controller: [CgroupText.Mount]] = [:]
        for controller in CgroupText.Controller.allCases {
            let found = CgroupText.mounts(of: controller, in: text)
            if !found.isEmpty { mounts[controller] = found }
        }
        self.mounts = mounts
        self.processes = Array(processes.utf8)
    }

    /// What `/proc` says of the cgroups of `pid`; `nil` if there is nothing to read, or to see.
    func membershipText(of pid: Int32) -> [UInt8]? {
        guard pid > 0, !mounts.isEmpty else { return nil }
        return SmallFile.read(processes + Array("/\(pid)/cgroup".utf8), limit: 1 << 16)
    }
}

/// The cgroup of a process in the hierarchy of one controller, with those above it that can be seen.
struct CgroupPlace: Hashable, Sendable {
    let version: CgroupText.Version
    /// The cgroup's own directory first; never empty.
    let directories: [[UInt8]]

    /// - Parameter text: a process's `/proc/<pid>/cgroup`.
    init?(of controller: CgroupText.Controller, in text: [UInt8], _ mounts: CgroupMounts) {
        guard let membership = CgroupText.membership(of: controller, in: text),
            let directories = CgroupText.directories(
                of: membership, in: mounts.mounts[controller] ?? []), !directories.isEmpty
        else { return nil }
        version = membership.version
        self.directories = directories
    }

    /// Whether it is the root as far as can be seen.
    var isRoot: Bool { directories.count == 1 }

    /// The tightest memory limit of the cgroup and of all above it.
    var memoryLimit: CgroupLimit {
        tightest { directory in
            CgroupText.memoryLimit(
                in: read(version == .v1 ? "memory.limit_in_bytes" : "memory.max", in: directory))
        }
    }

    /// The tightest CPU limit of the cgroup and of all above it, in hundredths of a percent of one core.
    var cpuLimit: CgroupLimit { tightest(cpuLimit(in:)) }

    /// The directories with a CPU limit.
    var throttling: [[UInt8]] {
        directories.filter {
            guard case .limit = cpuLimit(in: $0) else { return false }
            return true
        }
    }

    private func cpuLimit(in directory: [UInt8]) -> CgroupLimit {
        switch version {
        case .v1:
            CgroupText.cpuLimit(
                quota: read("cpu.cfs_quota_us", in: directory),
                period: read("cpu.cfs_period_us", in: directory))
        case .v2: CgroupText.cpuLimit(in: read("cpu.max", in: directory))
        }
    }

    private func tightest(_ limit: ([UInt8]) -> CgroupLimit) -> CgroupLimit {
        directories.reduce(.unknown) { $0.and(limit($1)) }
    }

    private func read(_ name: String, in directory: [UInt8]) -> [UInt8] {
        SmallFile.read(directory + Array("/\(name)".utf8), limit: 1 << 12) ?? []
    }
}
