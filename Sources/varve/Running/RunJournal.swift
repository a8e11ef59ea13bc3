internal import Dispatch
internal import HistoryModel
internal import HistoryStore
internal import Logging
internal import Recorder
internal import SQLite
internal import SlotRegistry

/// Writes one run into the catalog from a thread of its own, so that the command never waits for it.
///
/// It records the run's slot too, unless a `varve record` does that, and takes over if that one goes
/// away. While the catalog cannot be reached it warns once, keeps everything in memory and tries again
/// each poll; at the end it tries for ``patienceAtEnd`` and then gives up with a last warning.
final class RunJournal: Sendable {
    /// What it is told.
    private enum Message: Sendable {
        case begin(NewRun)
        /// The slot is filled; with an id of its own choice where the catalog's was not known.
        case slot(RegistryName, index: Int, externalID: Int64?)
        case event(LifecycleEvent)
        case end(@Sendable (RunID) -> RunEnding, LifecycleEvent)
    }

    /// How long the end of a run waits for a catalog that cannot be written.
    static let patienceAtEnd = Duration.seconds(10)

    private let messages = Mailbox<Message>()
    /// The run's rows, or `nil` once an attempt to write them has failed.
    private let begun = Mailbox<BegunRun?>()
    private let thread: DedicatedThread<RunID?>

    /// Starts the thread.
    ///
    /// - Returns: `nil` if there is no room for a thread.
    init?(
        path: String, source: Source, settings: RecorderSettings, logger: Logger,
        opening: ConnectionSettings = ConnectionSettings()
    ) {
        let messages = messages
        let begun = begun
        let thread = DedicatedThread {
            var writer = Writer(
                path: path, source: source, settings: settings, logger: logger, opening: opening,
                begun: begun)
            return writer.run(messages)
        }
        guard let thread else { return nil }
        self.thread = thread
    }

    /// Writes the run's rows.
    ///
    /// - Returns: What the catalog calls them, or `nil` if that is not known within `patience`: the
    ///   rows are then written later.
    func begin(_ run: NewRun, waitingFor patience: DispatchTimeInterval) -> BegunRun? {
        messages.post(.begin(run))
        return begun.next(until: .now() + patience) ?? nil
    }

    /// Records the slot `index` of `registry`.
    ///
    /// - Parameter externalID: The run's id in the slot where it is not the catalog's.
    func record(slot index: Int, of registry: RegistryName, externalID: Int64?) {
        messages.post(.slot(registry, index: index, externalID: externalID))
    }

    /// Writes down what happened to the run.
    func note(_ event: LifecycleEvent) {
        messages.post(.event(event))
    }

    /// Writes down how the run ended, and waits until that is done or given up.
    ///
    /// - Returns: The run's id; `nil` if it could not be recorded.
    func end(
        _ event: LifecycleEvent, _ ending: @escaping @Sendable (RunID) -> RunEnding
    ) -> RunID? {
        messages.post(.end(ending, event))
        return thread.join()
    }

    /// What lives on the thread.
    private struct Writer {
        let path: String
        let source: Source
        let settings: RecorderSettings
        let logger: Logger
        let opening: ConnectionSettings
        let begun: Mailbox<BegunRun?>

        private var catalog: Box<Catalog>?
        /// Why the catalog could not be opened ahead of the run.
        private var openingError: (any Error)?
        private var newRun: NewRun?
        private var run: BegunRun?
        /// What a catalog that was lost since called it.
        private var lostRun: BegunRun?
        private var events: [LifecycleEvent] = []
        private var slot: (registry: RegistryName, index: Int)?
        /// The run's id in its slot, until the catalog has it too.
        private var slotID: Int64?
        private var reader: Box<RegistryReader>?
        private var recorder: RecorderState?
        private var upkeep = CatalogUpkeep()
        private var hasWarned = false
        private var hasHandedOver = false
        /// Whether what was seen before could not be written yet.
        private var isHandingOver = false
        /// A recorder is given until then to come to a catalog that took the place of a lost one.
        private var waitsForRecorderUntil: ContinuousClock.Instant?

        private static let handOverTime = Duration.seconds(3)
        /// How long an attempt waits for a catalog that others write, and for one that was locked when
        /// it was tried last: the slot is not polled meanwhile.
        private static let patience = Duration.seconds(2)
        private static let patienceWhileLocked = Duration.milliseconds(50)

        init(
            path: String, source: Source, settings: RecorderSettings, logger: Logger,
            opening: ConnectionSettings, begun: Mailbox<BegunRun?>
        ) {
            self.path = path
            self.source = source
            self.settings = settings
            self.logger = logger
            self.opening = opening
            self.begun = begun
        }

        /// A recorder in a box, for the same reason as ``Box``; it is changed in place.
        final class RecorderState {
            var recorder: Recorder

            init(_ recorder: consuming Recorder) {
                self.recorder = recorder
            }
        }

        mutating func run(_ messages: Mailbox<Message>) -> RunID? {
            // While its supervisor still looks at what limits the command.
            do { _ = try openCatalog() } catch { openingError = error }
            var deadline = DispatchTime.now()
            while true {
                guard let message = messages.next(until: deadline) else {
                    tick()
                    // Deadlines, not pauses; those that have passed are skipped.
                    let poll = Int(clamping: max(1, settings.poll.milliseconds))
                    deadline = max(deadline + .milliseconds(poll), .now())
                    continue
                }
                switch message {
                case .begin(let run):
                    newRun = run
                    attempt { try $0.begin() }
                    if self.run == nil { begun.post(nil) }
                    deadline = .now() + .milliseconds(Int(clamping: settings.poll.milliseconds))
                case .slot(let registry, let index, let externalID):
                    slot = (registry, index)
                    slotID = externalID
                    newRun?.externalID = externalID
                    tick()
                    // Soon again: the command starts now, and may not live until the next poll.
                    deadline = min(deadline, .now() + .milliseconds(20))
                case .event(let event):
                    events.append(event)
                case .end(let ending, let event):
                    events.append(event)
                    return end(ending)
                }
            }
        }

        /// Runs `body`; a failure is warned of once, and everything is kept for the next attempt.
        private mutating func attempt(_ body: (inout Writer) throws -> Void) {
            do {
                try body(&self)
            } catch {
                guard !hasWarned else { return }
                hasWarned = true
                logger.warning("the run goes on, but is not recorded for now: \(error)")
            }
        }

        /// Says so, if there was a warning and now something was written.
        private mutating func noteWritten() {
            guard hasWarned else { return }
            hasWarned = false
            logger.notice("recording goes on: \(path) can be written again")
        }

        private mutating func begin() throws {
            guard run == nil, let newRun else { return }
            if let error = openingError {
                // It was tried just now.
                openingError = nil
                throw error
            }
            let catalog = try openCatalog()
            let run: BegunRun
            if let known = try resume(newRun, in: catalog) {
                run = known
                // Some of its samples are in there.
                hasHandedOver = true
            } else {
                // The slot has the id that the lost catalog gave.
                self.newRun?.externalID = newRun.externalID ?? lostRun?.id.rawValue
                run = try catalog.value.begin(self.newRun ?? newRun, of: source)
            }
            self.run = run
            begun.post(run)
            noteWritten()
        }

        /// Finds the run's rows where a copy of the lost catalog is in its place, as after a backup was
        /// brought back.
        private mutating func resume(
            _ newRun: NewRun, in catalog: Box<Catalog>
        ) throws -> BegunRun? {
            guard let lostRun else { return nil }
            return try catalog.value.resume(newRun, begunAs: lostRun, of: source)
        }

        private mutating func openCatalog() throws -> Box<Catalog> {
            if let catalog { return catalog }
            // Not for long, so that the slot is polled now and then even while the catalog is locked.
            let opened = Box(
                try Catalog(
                    path: path, now: .now(),
                    patience: hasWarned ? Self.patienceWhileLocked : Self.patience,
                    settings: opening))
            catalog = opened
            return opened
        }

        /// Writes down the id that the slot was filled with while the catalog's was not known, if the
        /// run's row was written without it: else nobody could tell whose slot it is.
        private mutating func noteSlotID() throws {
            guard let slotID, let run, let newRun, let catalog else { return }
            self.run = try catalog.value.noteSlot(
                as: slotID, of: run, begunAs: newRun, in: source)
            self.slotID = nil
        }

        private mutating func tick() {
            guard newRun != nil else { return }
            leaveLostCatalog()
            catalog?.value.patience = hasWarned ? Self.patienceWhileLocked : Self.patience
            attempt { writer in
                try writer.begin()
                try writer.noteSlotID()
                try writer.closeAbandonedRuns()
            }
            pollSlot()
            attempt { try $0.flushIfDue() }
        }

        /// Begins anew where somebody has removed or replaced the catalog.
        private mutating func leaveLostCatalog() {
            guard let catalog, !catalog.value.isInPlace else { return }
            logger.warning(
                """
                the catalog \(path) was removed or replaced: what was recorded of this run is gone, \
                and it is recorded anew from here
                """)
            catalog.value.makeWay()
            self.catalog = nil
            // The recorder that had these samples looks for the catalog only at its next poll.
            if recorder == nil { waitsForRecorderUntil = .now + Self.handOverTime }
            recorder?.recorder.leaveCatalog(now: .now())
            if let run { lostRun = run }
            run = nil
        }

        private var hasReconciled = false

        /// Once, and after this run's own start, which must not wait for it.
        private mutating func closeAbandonedRuns() throws {
            guard !hasReconciled, let catalog else { return }
            hasReconciled = true
            try catalog.value.reconcile(
                on: source.host, now: .now(), evidence: SystemEvidence())
        }

        /// Reads the slot, if it is this program's to record.
        private mutating func pollSlot() {
            guard let slot else { return }
            if let catalog, catalog.value.hasRecorder(ofRegistry: source.name) {
                handOver()
                hasHandedOver = true
                return
            }
            if let waitsForRecorderUntil, waitsForRecorderUntil > .now { return }
            // The other recorder is gone again: a new one of ours finds out what it has written.
            if isHandingOver { handOver() }
            if recorder == nil {
                var settings = settings
                settings.slot = slot.index
                recorder = RecorderState(
                    Recorder(of: source, settings: settings, probe: SystemEvidence()))
            }
            do {
                if reader == nil { reader = Box(try RegistryReader.open(slot.registry)) }
                if let reader { try recorder?.recorder.poll(reader.value, now: .now()) }
                adoptRun()
            } catch {
                logger.warning("the run's slot cannot be read, its samples are lost: \(error)")
                self.slot = nil
            }
        }

        /// Tells the recorder which run it records.
        private mutating func adoptRun() {
            guard let run, let catalog, let state = recorder else { return }
            if hasHandedOver {
                // Another recorder has written some of its samples.
                attempt { _ in try state.recorder.adopt(from: catalog.value) }
            } else {
                state.recorder.adopt(AdoptedRun(begun: run))
            }
        }

        /// Leaves the samples to the `varve record` that has come.
        private mutating func handOver() {
            guard recorder != nil else { return }
            isHandingOver = true
            attempt { writer in
                try writer.flush(isLast: true)
                // Not before: what could not be written nobody else has.
                writer.recorder = nil
                writer.isHandingOver = false
            }
        }

        private mutating func flushIfDue() throws {
            guard run != nil else { return }
            if let state = recorder {
                guard !events.isEmpty || state.recorder.isFlushDue(at: .now()) else { return }
                let isIntervalOver = state.recorder.isIntervalOver(at: .now())
                try flush()
                if isIntervalOver { keepSmall() }
            } else if !events.isEmpty {
                try writeEvents()
            }
        }

        private mutating func flush(
            endings: [RunEnding] = [], closing: [RunID] = [], isLast: Bool = false
        ) throws {
            guard let run, let catalog, let state = recorder else { return }
            let now = ClockReading.now()
            if !state.recorder.hasSession {
                try state.recorder.beginSession(
                    in: catalog.value, run: run.id, pid: ProcessID.own, now: now.wall)
            }
            try state.recorder.flush(
                to: catalog.value, now: now, endings: endings,
                events: events.map { (run.id, $0) }, closing: closing, isLast: isLast)
            events = []
            noteWritten()
        }

        private mutating func writeEvents(endings: [RunEnding] = [], closing: [RunID] = []) throws {
            guard let run, let catalog else { return }
            var batch = FlushBatch()
            batch.events = events.map { (run.id, $0) }
            batch.endings = endings
            batch.closed = closing
            try catalog.value.flush(batch)
            events = []
            noteWritten()
        }

        /// Seals what was recorded of the run, and a little of what others have left. Where that fails
        /// the next recorder does it.
        private mutating func keepSmall(ended run: RunID? = nil) {
            guard let catalog else { return }
            do {
                if let run { _ = try catalog.value.seal(run) }
            } catch {
                logger.debug("nothing was sealed: \(error)")
            }
            let report = upkeep.step(
                catalog.value, interval: settings.interval, isTrimming: false, closedRunCount: 0,
                now: .now())
            for problem in report.problems { logger.debug("\(problem)") }
        }

        private mutating func end(_ ending: @Sendable (RunID) -> RunEnding) -> RunID? {
            leaveLostCatalog()
            pollSlot()
            catalog?.value.patience = Self.patience
            let clock = ContinuousClock()
            let deadline = clock.now + RunJournal.patienceAtEnd
            var hasFailed = false
            while true {
                do {
                    try begin()
                    try noteSlotID()
                    guard let run else { return nil }
                    if recorder != nil {
                        try flush(endings: [ending(run.id)], closing: [run.id], isLast: true)
                        keepSmall(ended: run.id)
                    } else {
                        // A recorder of the whole registry closes the samples; without a slot there
                        // are none to close.
                        try writeEvents(
                            endings: [ending(run.id)], closing: slot == nil ? [run.id] : [])
                    }
                    return run.id
                } catch {
                    // What failed but for a lock may succeed once more; who waits for it is the command.
                    let isBusy = (error as? StoreError)?.isBusy == true
                    guard isBusy || !hasFailed, clock.now < deadline else {
                        logger.warning("the run was not recorded: \(error)")
                        return nil
                    }
                    hasFailed = hasFailed || !isBusy
                }
            }
        }
    }
}
