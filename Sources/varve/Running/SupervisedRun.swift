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
    }

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
        let signals = SignalGate()
        Children.adoptOrphans()
        let command: GatedCommand
        do {
            // Before anything else, while this process is small: see GatedCommand.
            command = try GatedCommand(settings.arguments, mask: signals.inheritedMask)
        } catch {
            logger.error("\(error)")
            return error.exitCode
        }
        // From here on a closed stderr must not end the run; the command has its own disposition.
        signal(SIGPIPE, SIG_IGN)
        return supervise(command, signals)
    }

    private func supervise(_ command: consuming GatedCommand, _ signals: borrowing SignalGate)
        -> Int32
    {
        let pid = command.pid
        let process = (try? ProcessIdentity.of(pid: pid)) ?? nil
        let startedAt = Timestamp.now()
        let journal = makeJournal()
        let begun = journal?.begin(newRun(process, startedAt), waitingFor: .milliseconds(250))
        let slot = takeSlot(for: begun, pid: pid, startedAt: startedAt)
        if let slot {
            journal?.record(
                slot: slot.writer.slot, of: settings.registry, externalID: slot.externalID)
        }

        let sampler = makeSampler(of: process, into: slot)
        let memoryCgroup =
            journal == nil ? nil : MemoryCgroup(of: pid, in: CgroupMounts())
        var life = CommandLife(pid: pid, settings: settings, journal: journal, clock: clock)
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
        var oomSentence: String?
        if let kills = memoryCgroup?.killsSince(), kills.count > 0 {
            oomSentence = kills.sentence
            journal?.note(
                LifecycleEvent(
                    .oomKill, at: life.endedAt, detail: kills.sentence, seenBy: .supervisor))
        }
        let outcome = RunOutcome(
            end: end, life: life, startError: startError, oomSentence: oomSentence)
        let id = journal?.end(outcome.event, { outcome.ending(of: $0) })
        // Not before the journal has read the last sample: a slot that was given back can be another
        // run's at once.
        try? slot?.writer.release(to: .stale)
        report(outcome, id)
        return outcome.exitCode
    }

    private func newRun(_ process: ProcessIdentity?, _ startedAt: Timestamp) -> NewRun {
        NewRun(
            sandbox: settings.sandbox, labels: settings.labels,
            command: settings.arguments.map { String(decoding: $0, as: UTF8.self) },
            process: process, startedAt: startedAt)
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

    private func takeSlot(for run: BegunRun?, pid: Int32, startedAt: Timestamp) -> CommandSlot? {
        do {
            return try CommandSlot(
                in: settings.registry, sandbox: settings.sandbox, run: run, pid: pid,
                startedAt: startedAt, memoryLimitBytes: nil)
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
        guard !settings.isQuiet, let id else { return }
        Console.say(outcome.sentence(sandbox: settings.sandbox, run: id))
    }
}
