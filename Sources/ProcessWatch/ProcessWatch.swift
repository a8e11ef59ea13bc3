internal import CPlatform
public import HistoryModel

/// Waits for the deaths of many processes, none of which need be a child, and for a deadline at once.
///
/// A death makes two reports: ``ProcessReport/died(token:at:)`` when it happens, and
/// ``ProcessReport/ended(token:_:)`` once it is known how, at the latest ``exitLimit`` later. The second
/// comes when the parent has waited for the process, since Linux tells it then only; mostly both come
/// together.
///
/// Only a wait notices: who does long work between two waits notices deaths that much later.
///
/// ```swift
/// var watch = try ProcessWatch { try? ProcessIdentity.of(pid: $0) }
/// guard case .watching = watch.watch(pid, as: 1, expecting: ExpectedProcess(startedAt: nil)) else { … }
/// for report in watch.wait(until: deadline) {
///     switch report {
///     case .died(let token, let at): print("\(token) died at \(at)")
///     case .ended(let token, let end): print("\(token) ended with \(end.exit?.signal ?? 0)")
///     }
/// }
/// ```
public struct ProcessWatch: ~Copyable, Sendable {
    /// How long after a death the question how it ended stays open while its parent does not wait for
    /// it; then what `/proc` showed is told, if it did.
    public let exitLimit: Duration
    /// Ends a wait from elsewhere.
    public let waker: Waker
    /// How many processes are held, the dead ones of which it is not known yet how they ended included.
    public var watchedCount: Int { watched.count }

    private var queue: DeathQueue
    private var watched: [Int32: WatchedProcess] = [:]
    private var keys: [UInt64: Int32] = [:]
    // Those that have died and wait for their exit.
    private var dying: Set<Int32> = []
    // Those whose cgroup is to be looked at before any other is again.
    private var unlooked: [Int32] = []
    private let mounts: CgroupMounts
    private let identify: @Sendable (Int32) -> ProcessIdentity?

    /// Descriptors left for everything else that the program opens.
    private static let reservedDescriptors: UInt64 = 64
    /// So many cgroups are read in one look, some five microseconds each; others have their turn next.
    private static let lookLimit = 256
    /// Of a process in whose cgroup the killer strikes on and on no more is told until its death.
    private static let killReportLimit = 64

    /// A watch of nothing yet.
    ///
    /// - Parameters:
    ///   - exitLimit: see ``exitLimit``.
    ///   - mounts: where memory cgroups are; the default reads this host's.
    ///   - identify: gives the process that has a pid now, zombies included; `nil` if none has, or it
    ///     cannot be read.
    /// - Throws: ``ProcessWatchError`` if the system grants no queue.
    public init(
        exitLimit: Duration = .seconds(3), mounts: CgroupMounts = CgroupMounts(),
        identify: @escaping @Sendable (Int32) -> ProcessIdentity?
    ) throws(ProcessWatchError) {
        self.exitLimit = exitLimit
        self.mounts = mounts
        self.identify = identify
        queue = try DeathQueue()
        waker = queue.waker
    }

    /// Holds the process that has `pid` now, if it is the one meant.
    ///
    /// - Parameters:
    ///   - token: the caller's name of it in reports; what was watched under it before no longer is.
    ///   - expected: what is known of the process, for it to be told from a later one of that pid.
    /// - Complexity: about 25 system calls, a quarter of a millisecond, and one descriptor.
    public mutating func watch(
        _ pid: Int32, as token: UInt64, expecting expected: ExpectedProcess
    ) -> WatchOutcome {
        stop(token)
        guard pid > 0 else { return .gone }
        let handle: HeldProcess
        switch queue.hold(pid) {
        case .held(let held): handle = held
        case .gone: return .gone
        case .refused(let errorNumber): return .unsupported(errorNumber: errorNumber)
        }
        if let limit = DescriptorLimit.current, handle.usesDescriptor,
            UInt64(clamping: handle.key) + Self.reservedDescriptors >= limit
        {
            return .unsupported(errorNumber: DeathQueue.noDescriptorsLeft)
        }
        let identity = identify(pid)
        let cgroup = MemoryCgroup(of: pid, in: mounts)
        // Asked after the others were read: unless it is reaped by now, they were of this process.
        let state = handle.state
        guard state != .reaped else { return .gone }
        guard let identity else {
            return .unsupported(errorNumber: DeathQueue.notPermitted)
        }
        guard expected.canBe(identity, thatStartedAt: handle.startedAt(of: identity)) else {
            return .another(identity)
        }
        // A key is a pid on macOS: one that is watched twice is told of once, as the later token.
        if let former = watched[handle.key] { stop(former.token) }
        if let errorNumber = queue.add(handle) {
            return errorNumber == DeathQueue.noSuchProcess
                ? .gone : .unsupported(errorNumber: errorNumber)
        }
        var process = WatchedProcess(token: token, handle: handle, cgroup: cgroup)
        if state == .zombie {
            process.hasDied = true
            process.statStatus = handle.zombieStatus()
            process.settleBy = settlingDeadline()
            dying.insert(handle.key)
        }
        watched[handle.key] = process
        keys[token] = handle.key
        return state == .zombie ? .dead(identity) : .watching(identity)
    }

    /// Lets go of what is watched as `token`; nothing more is told of it.
    public mutating func stop(_ token: UInt64) {
        guard let key = keys.removeValue(forKey: token) else { return }
        dying.remove(key)
        guard let process = watched.removeValue(forKey: key) else { return }
        queue.remove(process.handle)
    }

    /// Blocks until there is something to tell, ``waker`` was used, or the monotonic clock shows
    /// `deadlineNanoseconds`; a deadline that has passed only looks.
    ///
    /// - Returns: what happened, each process's death before its end; maybe nothing.
    public mutating func wait(until deadlineNanoseconds: UInt64) -> [ProcessReport] {
        var reports: [ProcessReport] = []
        var isWoken = false
        while true {
            let now = cplatform_monotonic_nanoseconds()
            let next = dying.reduce(deadlineNanoseconds) { min($0, watched[$1]?.settleBy ?? .max) }
            let mayBlock = reports.isEmpty && !isWoken && next > now
            let heard = queue.wait(mayBlock ? next - now : 0)
            isWoken = isWoken || heard.isWoken
            if !heard.deaths.isEmpty {
                let noticed = Timestamp.now()
                for death in heard.deaths { note(death, at: noticed, in: &reports) }
            }
            settleOverdue(in: &reports)
            if heard.mayHaveMore { continue }
            if isWoken || !reports.isEmpty
                || cplatform_monotonic_nanoseconds() >= deadlineNanoseconds
            {
                return reports
            }
        }
    }

    /// Looks whether the out-of-memory killer has struck in the cgroups of what is watched, so that a kill
    /// has a time of its own: meant to be called once a poll.
    ///
    /// - Complexity: one small file is read for each cgroup, and of no more than some hundred in one
    ///   call.
    public mutating func lookForKills() -> [ProcessReport] {
        var reports: [ProcessReport] = []
        var counts: MemoryCgroup.Counts = [:]
        if unlooked.isEmpty { unlooked = Array(watched.keys) }
        let now = Timestamp.now()
        while counts.count < Self.lookLimit, let key = unlooked.popLast() {
            guard watched[key]?.hasDied == false,
                let kills = watched[key]?.cgroup?.look(at: now, sharing: &counts), kills.count > 0,
                let process = watched[key], process.killReportCount < Self.killReportLimit
            else { continue }
            watched[key]?.killReportCount += 1
            reports.append(.oomKills(token: process.token, kills))
        }
        return reports
    }

    /// Closes the questions that are open: tells of every process that has died how it ended as far as
    /// is known now, without waiting for anything.
    public mutating func settle() -> [ProcessReport] {
        var reports = wait(until: 0)
        for key in dying { watched[key]?.settleBy = 0 }
        settleOverdue(in: &reports)
        return reports
    }

    private mutating func note(
        _ death: DeathQueue.Death, at noticed: Timestamp, in reports: inout [ProcessReport]
    ) {
        guard var process = watched[death.key] else { return }
        if !process.hasDied {
            process.hasDied = true
            reports.append(.died(token: process.token, at: noticed))
            process.oomKills = process.cgroup?.look(at: noticed)
            if !death.isReaped { process.statStatus = process.handle.zombieStatus() }
            process.settleBy = settlingDeadline()
            dying.insert(death.key)
        }
        watched[death.key] = process
        switch death.toldStatus.map(ExitAnswer.known) ?? process.handle.exitStatus() {
        case .known(let status):
            finish(death.key, process.end(told: status, by: DeathQueue.source), in: &reports)
        case .never: finish(death.key, process.end(), in: &reports)
        case .notYet: break
        }
    }

    private mutating func settleOverdue(in reports: inout [ProcessReport]) {
        guard !dying.isEmpty else { return }
        let now = cplatform_monotonic_nanoseconds()
        for key in dying {
            guard let process = watched[key], process.settleBy <= now else { continue }
            if case .known(let status) = process.handle.exitStatus() {
                finish(key, process.end(told: status, by: DeathQueue.source), in: &reports)
            } else {
                finish(key, process.end(), in: &reports)
            }
        }
    }

    private mutating func finish(
        _ key: Int32, _ end: ProcessEnd, in reports: inout [ProcessReport]
    ) {
        guard let process = watched[key] else { return }
        reports.append(.ended(token: process.token, end))
        stop(process.token)
    }

    private func settlingDeadline() -> UInt64 {
        let (seconds, attoseconds) = exitLimit.components
        let whole = max(0, seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let fraction = max(0, attoseconds) / 1_000_000_000
        let limit = whole.partialValue.addingReportingOverflow(fraction)
        guard !whole.overflow, !limit.overflow else { return .max }
        return cplatform_monotonic_nanoseconds().addingClamped(UInt64(limit.partialValue))
    }
}

extension UInt64 {
    fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
