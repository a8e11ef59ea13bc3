internal import HistoryModel
internal import HistoryStore
internal import ProcessSampler
internal import Recorder
internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A running command as its supervisor sees it: signals are passed on, orphans reaped, the time limit
/// kept.
struct CommandLife {
    private let pid: Int32
    private let settings: SupervisedRun.Settings
    private let journal: RunJournal?
    private let clock: ContinuousClock
    private let start: ContinuousClock.Instant
    private var nextLimit: ContinuousClock.Instant?
    private var nextLook: ContinuousClock.Instant
    private var killRounds = 0
    /// What the kernel's OOM killer was seen to do before the command's end.
    private(set) var oomKills = OOMKillNotes()
    /// Those of the last look: the command may have been the one, and its end tell more.
    private var unnotedOOMKills: [LifecycleEvent] = []

    /// What limits it.
    private(set) var limits: CommandLimits

    /// The signals from outside that asked for an end.
    private(set) var stopRequests = StopRequests()
    /// Whether the time limit was reached.
    private(set) var hasTimedOut = false
    /// How long the command took; `nil` while it runs.
    private(set) var duration: Duration?
    /// When it was seen to have ended.
    private(set) var endedAt = Timestamp(unixMilliseconds: 0)
    /// CPU time of adopted orphans that have ended.
    private(set) var orphanCPUTimeNanoseconds: Int64 = 0

    init(
        pid: Int32, limits: CommandLimits, settings: SupervisedRun.Settings, journal: RunJournal?,
        clock: ContinuousClock
    ) {
        self.pid = pid
        self.limits = limits
        self.settings = settings
        self.journal = journal
        self.clock = clock
        let start = clock.now
        self.start = start
        nextLimit = settings.maxDuration.map { start + $0 }
        nextLook = start + Self.firstLook
    }

    /// A command that enters a cgroup mostly does so at once, and may die there at once: it is looked for
    /// often at first, and later ever more rarely.
    private static let firstLook = Duration.milliseconds(1)
    private static let longestPause = Duration.seconds(1)

    /// Passes signals on until the command has ended; it is not reaped then. Of a run that reached its
    /// time limit everything has ended then.
    mutating func waitForEnd(_ signals: borrowing SignalGate) {
        while !reapOrphans() { step(signals) }
        duration = clock.now - start
        endedAt = .now()
        limits.finish(at: endedAt)
        guard hasTimedOut else { return }
        // What survives ten rounds of SIGKILL, a second each, hangs in the kernel.
        while killRounds < 10, !survivors.isEmpty {
            step(signals)
            _ = reapOrphans()
        }
    }

    private mutating func step(_ signals: borrowing SignalGate) {
        let deadline = duration == nil ? min(nextLook, nextLimit ?? nextLook) : nextLimit
        let signal = signals.next(within: deadline.map { max(.zero, $0 - clock.now) })
        if let signal, signal.number != SIGCHLD { passOn(signal) }
        // After a signal, too: a command that keeps sending some must not outlive its limit by that.
        lookAtLimits()
        enforceLimit()
    }

    private mutating func lookAtLimits() {
        let now = clock.now
        guard duration == nil, now >= nextLook else { return }
        noteOOMKills()
        unnotedOOMKills = limits.look().compactMap { oomKills.take($0) }
        nextLook = now + min(max((now - start) / 4, Self.firstLook), Self.longestPause)
    }

    /// What the kernel's OOM killer was seen to do so shortly before the end that it may be the reason.
    var oomKillNearEnd: LifecycleEvent? {
        oomKills.last.flatMap {
            endedAt.milliseconds(since: $0.at) <= EventBound.nearEnd ? $0 : nil
        }
    }

    private mutating func noteOOMKills() {
        for event in unnotedOOMKills { journal?.note(event) }
        unnotedOOMKills = []
    }

    /// What is to be written down at the end of what the OOM killer did.
    ///
    /// - Parameter last: What it did as the command ended. If that names the command, it is the same kill
    ///   that a look has just seen counted.
    mutating func finishOOMKills(_ last: [LifecycleEvent]) -> [LifecycleEvent] {
        let isNamed = last.contains { $0.detail.map(OOMKillText.namesCommand) ?? false }
        if !isNamed { noteOOMKills() }
        return [isNamed ? nil : oomKills.rest].compactMap(\.self) + last
    }

    /// All processes of the run that have not ended.
    private var survivors: [ProcessIdentity] {
        ProcessTree.descendants(of: ProcessID.own).filter {
            (try? $0.isRunning()) == true && (try? $0.isZombie()) != true
        }
    }

    /// Reaps adopted orphans that have ended.
    ///
    /// - Returns: Whether the command itself has ended.
    private mutating func reapOrphans() -> Bool {
        while let ended = Children.firstEnded() {
            if ended == pid { return true }
            if let orphan = Children.reap(ended) {
                orphanCPUTimeNanoseconds += orphan.cpuTimeNanoseconds
            }
        }
        return false
    }

    /// Reaps the command.
    ///
    /// - Returns: `nil` only if somebody else did, which would be a fault of this program.
    func reap() -> EndedProcess? {
        Children.reap(pid)
    }

    private mutating func passOn(_ signal: ReceivedSignal) {
        if let request = StopRequest(signal),
            let event = stopRequests.take(request, at: .now())
        {
            journal?.note(event)
        }
        if !signal.reachedGroup { kill(pid, signal.number) }
    }

    /// Ends the whole tree: first politely, and after the grace period for good, as often as it takes.
    private mutating func enforceLimit() {
        guard let limit = nextLimit, clock.now >= limit else { return }
        let signal = hasTimedOut ? SIGKILL : SIGTERM
        journal?.note(
            LifecycleEvent(
                .timedOut, at: .now(),
                detail: "\(SignalName.name(of: signal)) to all processes of the run",
                seenBy: .supervisor))
        for process in survivors { kill(process.pid, signal) }
        if hasTimedOut { killRounds += 1 }
        nextLimit = clock.now + (hasTimedOut ? .seconds(1) : settings.grace)
        hasTimedOut = true
    }
}
