internal import Dispatch
internal import HistoryModel
internal import HistoryStore
internal import Logging
internal import ProcessSampler
internal import ProcessWatch
internal import Recorder
internal import SlotRegistry
internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// One command from its start to its end: supervised here, sampled and recorded on threads of their
/// own. Nothing that goes wrong with those stops or slows the command.
struct SupervisedRun {
    /// What is run, and how.
    struct Settings {
        var arguments: [[UInt8]]
        var sandbox: String
        var labels: [String: String]
        var scope: CommandSampler.Scope
        var interval: Duration
        var rowInterval: Duration
        /// How much of the end is kept at full resolution.
        var keep: Duration
        var maxDuration: Duration?
        var grace: Duration
        /// `nil` to record nothing.
        var catalogPath: String?
        var registry: RegistryName
        var source: Source
        var isQuiet: Bool
        /// Whether the end of what the command writes to stderr is kept.
        var capturesErrors = false
    }

    /// How long a line for people waits for room where stderr goes.
    private static let patience = Duration.seconds(2)

    private let settings: Settings
    private let logger: Logger
    private let clock = ContinuousClock()

    init(_ settings: Settings) {
        self.settings = settings
        logger = Console.logger(isQuiet: settings.isQuiet)
    }

    /// Runs the command to its end.
    ///
    /// - Returns: The code to end with.
    func run() -> Int32 {
        Heap.shareAmongThreads()
        let signals = SignalGate()
        // A command's end must not wait for somebody who does not read what is said of it.
        Console.giveUpReader(after: Self.patience)
        Children.adoptOrphans()
        let command: GatedCommand
        var tap: StreamTap?
        do {
            if settings.capturesErrors {
                tap = try StreamTap(
                    into: STDERR_FILENO, keeping: ErrorCapture.keptBytes,
                    for: String(decoding: settings.arguments[0], as: UTF8.self))
            }
            // Before anything else, while this process is small: see GatedCommand.
            command = try GatedCommand(
                settings.arguments, mask: signals.inheritedMask, errors: tap?.input)
            tap?.closeInput()
        } catch {
            logger.error("\(error)")
            return error.exitCode
        }
        // From here on a closed stderr must not end the run; the command has its own disposition.
        signal(SIGPIPE, SIG_IGN)
        var capture: ErrorCapture?
        if let tap {
            capture = ErrorCapture(tap)
            guard capture != nil else {
                logger.error(
                    "nothing was started: the system has no room for the thread of --capture-stderr"
                )
                return 1
            }
        }
        return supervise(command, signals, capture)
    }

    private func supervise(
        _ command: consuming GatedCommand, _ signals: borrowing SignalGate, _ capture: ErrorCapture?
    ) -> Int32 {
        let pid = command.pid
        // First, as it opens the catalog on its own thread meanwhile.
        let journal = makeJournal()
        let limits = CommandLimits(of: pid, isEvidenceKept: settings.catalogPath != nil)
        let process = identify(pid)
        let startedAt = Timestamp.now()
        let begun = journal?.begin(
            newRun(process, startedAt, limits), waitingFor: .milliseconds(250))
        let slot = takeSlot(for: begun, pid: pid, startedAt: startedAt, limits)
        if let slot {
            journal?.record(
                slot: slot.writer.slot, of: settings.registry, externalID: slot.externalID)
        }

        let sampler = makeSampler(of: process, into: slot)
        var life = CommandLife(
            pid: pid, limits: limits, settings: settings, journal: journal, clock: clock)
        var startError: SpawnError?
        do {
            try command.open()
            journal?.note(LifecycleEvent(.started, at: .now(), seenBy: .supervisor))
            sampler?.start()
        } catch {
            logger.error("\(error)")
            journal?.note(
                LifecycleEvent(
                    .startFailed, at: .now(), detail: error.description, seenBy: .supervisor))
            startError = error
        }
        life.waitForEnd(signals)
        // The process is still a zombie, and /proc has its last figures.
        if startError == nil {
            sampler?.finish()
        } else {
            sampler?.cancel()
        }
        let end = life.reap()
        let log = capture?.finish(signals, limit: life.hasTimedOut ? settings.grace : nil)
        let oomKills = life.finishOOMKills(
            life.limits.lastOOMKills(isKilled: end?.exitSignal == SIGKILL, at: life.endedAt))
        if let event = life.stopRequests.rest { journal?.note(event) }
        if startError == nil, let journal {
            for event in evidence(of: life, end) + oomKills { journal.note(event) }
        }
        let outcome = RunOutcome(
            end: end, life: life, startError: startError,
            oomKill: oomKills.last ?? life.oomKillNearEnd,
            logs: [log].compactMap(\.self))
        let id = journal?.end(outcome.event, { outcome.ending(of: $0) })
        // Not before the journal has read the last sample: a slot that was given back can be another
        // run's at once.
        try? slot?.writer.release(to: .stale)
        report(outcome, id)
        return outcome.exitCode
    }

    /// What tells the command's first process from all others; without it nothing is sampled.
    private func identify(_ pid: Int32) -> ProcessIdentity? {
        do {
            if let process = try ProcessIdentity.of(pid: pid) { return process }
            logger.warning(
                """
                the run goes on without samples: the system tells nothing of process \(pid); is /proc \
                mounted?
                """)
        } catch {
            logger.warning("the run goes on without samples: \(error)")
        }
        return nil
    }

    /// What is known, beside its end itself, of why the command ended as it did.
    private func evidence(
        of life: CommandLife, _ end: EndedProcess?
    ) -> [LifecycleEvent] {
        var events: [LifecycleEvent] = []
        if let event = life.limits.processLimitEvent { events.append(event) }
        if end?.exitCode != 0 {
            events += WritableDirectories.shortages.map {
                LifecycleEvent(.diskFull, at: life.endedAt, detail: $0, seenBy: .supervisor)
            }
        }
        return events
    }

    private func newRun(
        _ process: ProcessIdentity?, _ startedAt: Timestamp, _ limits: CommandLimits
    ) -> NewRun {
        var run = NewRun(
            sandbox: settings.sandbox, labels: settings.labels,
            command: settings.arguments.map { String(decoding: $0, as: UTF8.self) },
            process: process, startedAt: startedAt, memoryLimitBytes: limits.memory?.bytes)
        run.memoryLimitKind = limits.memory?.kind
        run.cpuLimitCentipercent = limits.cpuCentipercent
        return run
    }

    private func makeJournal() -> RunJournal? {
        guard let path = settings.catalogPath else { return nil }
        let journal = RunJournal(
            path: path, source: settings.source,
            settings: RecorderSettings(
                poll: min(settings.interval, .seconds(1)), interval: settings.rowInterval,
                keep: settings.keep),
            logger: logger)
        if journal == nil {
            logger.warning("the run is not recorded: the system has no room for another thread")
        }
        return journal
    }

    private func takeSlot(
        for run: BegunRun?, pid: Int32, startedAt: Timestamp, _ limits: CommandLimits
    ) -> CommandSlot? {
        do {
            return try CommandSlot(
                in: settings.registry, sandbox: settings.sandbox, run: run, pid: pid,
                startedAt: startedAt, memoryLimitBytes: limits.memory?.bytes)
        } catch {
            logger.warning("the run goes on without samples: \(error)")
            return nil
        }
    }

    private func makeSampler(of process: ProcessIdentity?, into slot: CommandSlot?)
        -> CommandSampler?
    {
        guard let process, let slot else { return nil }
        do {
            let sampler = try CommandSampler(
                of: process, scope: settings.scope, into: slot.writer,
                interval: settings.interval, logger: logger)
            if sampler == nil {
                logger.warning(
                    "the run goes on without samples: the system has no room for another thread")
            }
            return sampler
        } catch {
            logger.warning("the run goes on without samples: \(error)")
            return nil
        }
    }

    /// One line for a person, on stderr.
    private func report(_ outcome: RunOutcome, _ id: RunID?) {
        guard !settings.isQuiet else { return }
        Console.say(outcome.sentence(sandbox: settings.sandbox, run: id))
    }
}
