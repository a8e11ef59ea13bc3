public import HistoryModel

/// How often a cgroup refused a new process: it had as many as it may.
public struct RefusedForks: Hashable, Sendable {
    /// The cgroup's directory; bytes that are no UTF-8 are replaced.
    public let cgroup: String
    /// How often; never negative.
    public let count: Int64
    /// The last look that did not see the latest of them yet.
    public let notBefore: Timestamp
    /// The look that saw it.
    public let seenAt: Timestamp

    /// `count` refusals in the cgroup of that directory, the latest between two looks.
    public init(cgroup: String, count: Int64, notBefore: Timestamp, seenAt: Timestamp) {
        self.cgroup = cgroup
        self.count = count
        self.notBefore = notBefore
        self.seenAt = seenAt
    }
}

/// The cgroups that a process is in and was in, with their limits, and what the kernel did to them
/// because of those while the process was there.
///
/// A process may enter a cgroup after its start, by its own doing or another's; nobody tells. So it is
/// looked for now and then, and what was counted there before it was seen is not taken for its own.
///
/// ```swift
/// var trail = CgroupTrail(of: command.pid, in: CgroupMounts())
/// // … now and then, and before the command is reaped …
/// trail.look()
/// trail.memoryLimitBytes     // nil if there is none
/// trail.takeOOMKills()       // since it was asked last
/// ```
public struct CgroupTrail: Sendable {
    private let pid: Int32
    private let mounts: CgroupMounts
    private var places: [CgroupText.Controller: CgroupPlace] = [:]
    private var memory: MemoryCgroup?
    private var throttles: [CgroupCounter] = []
    private var refusals: [CgroupCounter] = []
    private var kills: [OOMKills] = []
    private var lastLook: Timestamp
    /// The processes that its cgroup, or one above it, refused since it was seen there; `nil` if none.
    public private(set) var refusedForks: RefusedForks?
    // Of the cgroups that it has left.
    private var pastThrottledNanoseconds: Int64?

    /// The tightest memory limit of its cgroup and of those above, as it was last; `nil` if there is
    /// none, or none can be seen.
    public private(set) var memoryLimitBytes: Int64?
    /// The tightest CPU limit likewise, in hundredths of a percent of one core.
    public private(set) var cpuLimitCentipercent: Int64?

    /// The trail of `pid` that begins where it is now.
    ///
    /// - Complexity: one file is opened, read and closed, and eight for each cgroup above another.
    public init(of pid: Int32, in mounts: CgroupMounts, at now: Timestamp = .now()) {
        self.pid = pid
        self.mounts = mounts
        lastLook = now
        look(at: now)
    }

    /// Looks where the process is now, how far the kills of the out-of-memory killer have risen there,
    /// and which processes were refused; a zombie will do.
    ///
    /// - Complexity: three files are opened, read and closed, one more for each cgroup above its own,
    ///   and more only where it has moved.
    public mutating func look(at now: Timestamp = .now()) {
        // Before it is seen to have left the cgroup.
        lookForKills(at: now)
        lookForRefusals(at: now)
        defer { lastLook = now }
        guard let text = mounts.membershipText(of: pid) else { return }
        for controller in CgroupText.Controller.allCases {
            guard let place = CgroupPlace(of: controller, in: text, mounts),
                place != places[controller]
            else { continue }
            // A process that has ended, or is about to, is shown at the root of v1, wherever it was.
            if place.version == .v1, place.isRoot, places[controller] != nil { continue }
            places[controller] = place
            enter(place, of: controller, at: now)
        }
    }

    private mutating func lookForKills(at now: Timestamp) {
        guard let risen = memory?.look(at: now), risen.count > 0 else { return }
        kills.append(risen)
        if kills.count > Self.killLimit { kills.removeFirst() }
    }

    private mutating func lookForRefusals(at now: Timestamp) {
        for counter in refusals {
            guard let count = counter.growth, count > 0 else { continue }
            // The count of a cgroup that was left stays until another one refuses.
            let cgroup = String(decoding: counter.directory, as: UTF8.self)
            if let known = refusedForks, known.cgroup == cgroup, known.count == count { return }
            refusedForks = RefusedForks(
                cgroup: cgroup, count: count, notBefore: min(lastLook, now), seenAt: now)
            return
        }
    }

    /// What nobody takes is not kept for ever.
    private static let killLimit = 64

    /// Reads the limits again, as somebody may have set them since; of a cgroup that is gone they stay
    /// as they were.
    public mutating func readLimits() {
        take(places[.memory]?.memoryLimit ?? .unknown, \.memoryLimitBytes)
        take(places[.cpu]?.cpuLimit ?? .unknown, \.cpuLimitCentipercent)
    }

    /// The kills of the out-of-memory killer in its cgroup while it was there, as far as looks saw them
    /// and they were not taken before; one value for each look that saw some, the latest last.
    public mutating func takeOOMKills() -> [OOMKills] {
        defer { kills = [] }
        return kills
    }

    /// How long its cgroup, or one above it, was held back by its CPU limit meanwhile: the longest of
    /// them, in nanoseconds, added up over all cores; `nil` without a limit, or if nobody can tell.
    public var throttledNanoseconds: Int64? {
        guard let now = throttles.compactMap(\.growth).max() else {
            return pastThrottledNanoseconds
        }
        let (sum, overflow) = now.addingReportingOverflow(pastThrottledNanoseconds ?? 0)
        return overflow ? .max : sum
    }

    private mutating func enter(
        _ place: CgroupPlace, of controller: CgroupText.Controller, at now: Timestamp
    ) {
        switch controller {
        case .memory:
            memory = MemoryCgroup(place, at: now)
            memoryLimitBytes = nil
            take(place.memoryLimit, \.memoryLimitBytes)
        case .cpu:
            pastThrottledNanoseconds = throttledNanoseconds
            throttles = place.throttling.compactMap { directory in
                CgroupCounter("cpu.stat", in: directory, CgroupText.throttledNanoseconds)
            }
            cpuLimitCentipercent = nil
            take(place.cpuLimit, \.cpuLimitCentipercent)
        case .pids:
            refusals = place.directories.compactMap { directory in
                CgroupCounter("pids.events", in: directory, CgroupText.refusedForks)
            }
        }
    }

    private mutating func take(
        _ limit: CgroupLimit, _ property: WritableKeyPath<CgroupTrail, Int64?>
    ) {
        switch limit {
        case .limit(let value): self[keyPath: property] = value
        case .unlimited: self[keyPath: property] = nil
        case .unknown: break
        }
    }
}
