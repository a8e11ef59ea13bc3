internal import HistoryModel
internal import HistoryStore
internal import Logging
internal import Microsandbox
internal import ProcessWatch
internal import Recorder
internal import SlotRegistry

/// The recording of one registry: what the recording thread does.
struct Recording: ~Copyable {
    private let service: RecordService
    private let stop: RecordingStop
    private var catalog: Catalog
    private let notifier = ServiceNotifier(environment: Environment.current)
    private var recorder: Recorder
    private var watch: ProcessWatch
    /// When the OOM killer's counts are read again.
    private var nextKillLook = ContinuousClock.now
    private var reader: Box<RegistryReader>?
    private var pace: PollPace
    private var upkeep = CatalogUpkeep()
    private var isWaiting = false
    private var hasWarned = false
    /// Since when attempts fail; `nil` if none has since the last flush.
    private var failingSince: ContinuousClock.Instant?
    private var droppedBefore: Int64 = 0
    private var lastCareAt: ContinuousClock.Instant?
    /// When another catalog took the place of the one that was lost.
    private var cameAt: ContinuousClock.Instant?

    /// A `varve run` looks each second where its catalog is.
    private static let settlingTime = Duration.seconds(3)
    /// How long a catalog is locked before that is said.
    private static let passingTime = Duration.seconds(1)
    /// How long the last flush waits for a locked catalog.
    private static let patienceAtEnd = Duration.seconds(10)

    private var logger: Logger { service.logger }

    /// Opens the catalog and the registry, and begins the recorder's life.
    ///
    /// - Throws: `StoreError`, `RegistryError`, `ProcessWatchError`: nothing can be recorded.
    init(of service: RecordService, until stop: RecordingStop) throws {
        var catalog = try Self.openCatalog(of: service, patience: .seconds(5))
        if service.makesRegistry { _ = try Registry.openOrCreate(service.name) }
        _ = DescriptorLimit.raise()
        let watch = try ProcessWatch { SystemEvidence().identity(of: $0) }
        var recorder = Recorder(
            of: service.source, settings: service.settings, probe: SystemEvidence())
        // Of the registries of a home most are never there: the life of their recorders begins with them.
        if service.home == nil {
            try recorder.beginSession(in: catalog, run: nil, pid: ProcessID.own, now: .now())
        }
        if let path = service.source.home, service.home != nil {
            let home = MicrosandboxHome(path: path)
            recorder.readLogs = { home.logTails(ofSandbox: $0, now: .now()) }
        }
        stop.use(watch.waker)
        let pace = PollPace(poll: service.settings.poll)
        // From here on the polls go before: what cannot be written at once waits in memory.
        catalog.patience = pace.patience
        self.service = service
        self.stop = stop
        self.catalog = catalog
        self.watch = watch
        self.recorder = recorder
        self.pace = pace
    }

    /// Opens the catalog, as the one recorder of the registry in it.
    private static func openCatalog(
        of service: RecordService, patience: Duration
    ) throws -> Catalog {
        let catalog = try Catalog(
            path: service.catalogPath, now: .now(), patience: patience,
            settings: service.plan.opening)
        try catalog.becomeRecorder(ofRegistry: service.source.name)
        let retention = service.plan.retention
        if retention.isGiven { try catalog.setRetention(retention.applied(to: catalog.retention)) }
        return catalog
    }

    /// Records until the end is requested.
    mutating func run() {
        if service.home == nil {
            logger.notice("recording \(service.name.value) into \(service.catalogPath)")
        }
        notifier.ready(status: "recording \(service.name.value) into \(service.catalogPath)")
        poll()
        while !stop.isRequested {
            let reports = watch.wait(atMost: pace.deadline - .now)
            take(reports)
            guard !stop.isRequested else { break }
            if pace.isDue() {
                let (isLate, missed) = pace.begin()
                recorder.statistics.latePollCount += isLate ? 1 : 0
                recorder.statistics.missedPollCount += missed
                poll()
                lookForKills()
            }
            notifier.alive()
        }
        notifier.stopping()
        end()
    }

    /// Now and then: a count needs no finer time.
    private mutating func lookForKills() {
        guard nextKillLook <= .now else { return }
        nextKillLook = .now + .seconds(1)
        take(watch.lookForKills())
    }

    private mutating func poll() {
        readSlots()
        changeWatch()
        write { recording in
            try recording.leaveLostCatalog()
            guard !recording.isSettlingIn else { return }
            let isAtWork = recording.reader != nil || recording.service.home == nil
            if isAtWork, !recording.recorder.hasSession {
                try recording.recorder.beginSession(
                    in: recording.catalog, run: nil, pid: ProcessID.own, now: .now())
            }
            try recording.recorder.adopt(from: recording.catalog)
            guard recording.recorder.isFlushDue(at: .now()) else { return }
            let now = ClockReading.now()
            let isOfEnded = !recording.recorder.isIntervalOver(at: now)
            try recording.recorder.flush(to: recording.catalog, now: now, isOfEnded: isOfEnded)
            recording.noteWritten()
            recording.keepSmall()
        }
        takeCare()
    }

    private mutating func end() {
        // What is open about processes that have died is not going to be told any more.
        take(watch.settle())
        readSlots()
        // There is no other poll to wait for.
        catalog.patience = Self.patienceAtEnd
        do {
            try leaveLostCatalog()
            try writeLast()
        } catch {
            logger.error("what was seen and not yet written is lost: \(error)")
            return
        }
        if recorder.hasSession { logger.notice("recorded \(service.name.value) to the end") }
        catalog.patience = pace.patience
        keepSmall()
    }

    /// Tries twice, as there is no next poll; a locked catalog was waited for already.
    private mutating func writeLast() throws(StoreError) {
        do throws(StoreError) {
            try recorder.flush(to: catalog, now: .now(), isLast: true)
        } catch {
            guard !error.isBusy else { throw error }
            try recorder.flush(to: catalog, now: .now(), isLast: true)
        }
    }

    /// Takes what happened to processes; of one that has died the slot is read at once.
    private mutating func take(_ reports: [ProcessReport]) {
        for report in reports {
            recorder.note(report)
            guard case .died(let token, _) = report, let reader else { continue }
            // A registry that was cut short is met by the next poll, too, and told of there.
            try? recorder.readSlot(of: token, reader.value, now: .now())
        }
    }

    private mutating func changeWatch() {
        for request in recorder.takeWatchRequests() {
            switch request {
            case .watch(let token, let pid, let expected):
                recorder.note(
                    watch.watch(pid, as: token, expecting: expected), of: token, now: .now())
            case .stop(let token):
                watch.stop(token)
            }
        }
    }

    private mutating func readSlots() {
        do {
            if reader == nil {
                reader = Box(try RegistryReader.open(service.name, waiting: .once))
                if isWaiting || service.home != nil {
                    logger.notice("\(service.name.value) is there now")
                }
                isWaiting = false
            }
            if let reader { try recorder.poll(reader.value, now: .now()) }
        } catch {
            reader = nil
            if !isWaiting { tellOfWaiting(because: error) }
            isWaiting = true
            recorder.pollProcesses(now: .now())
        }
        service.home?.note(service.name.value, isThere: reader != nil)
    }

    private func tellOfWaiting(because error: RegistryError) {
        // Which of a home's registries are there depends on the releases that were used since boot.
        guard service.home != nil else {
            logger.notice("waiting for \(service.name.value): \(error)")
            notifier.status("waiting for \(service.name.value)")
            return
        }
        if error.isNotFound {
            if recorder.hasSession { logger.notice("\(service.name.value) is gone") }
        } else {
            logger.warning("\(error)")
        }
    }

    /// Runs `body`; a failure is warned of once, and everything waits for the next poll.
    private mutating func write(_ body: (inout Recording) throws -> Void) {
        do {
            try body(&self)
        } catch {
            let now = ContinuousClock.now
            failingSince = failingSince ?? now
            // Where many programs write, each waits a little now and then.
            let isPassing =
                (error as? StoreError)?.isBusy == true
                && now - (failingSince ?? now) < Self.passingTime
            if !hasWarned, !isPassing {
                logger.warning(
                    "nothing can be written for now, what is seen waits in memory: \(error)")
                droppedBefore = recorder.statistics.droppedRowCount
                hasWarned = true
            }
        }
    }

    /// Begins anew where somebody has removed the catalog or put another file in its place.
    ///
    /// - Throws: ``StoreError`` as long as nothing can be made or opened there.
    private mutating func leaveLostCatalog() throws {
        guard !catalog.isInPlace else { return }
        recorder.leaveCatalog(now: .now())
        catalog.makeWay()
        catalog = try Self.openCatalog(of: service, patience: .seconds(2))
        catalog.patience = stop.isRequested ? Self.patienceAtEnd : pace.patience
        cameAt = .now
        logger.warning(
            """
            the catalog \(service.catalogPath) was removed or replaced: what is seen from here on, and \
            what was not written yet, goes into the one that is there now
            """)
    }

    /// Whether the catalog is so new that a `varve run` may not have begun its run in it: a row that is
    /// made from its slot would be another run's.
    private var isSettlingIn: Bool {
        guard let cameAt else { return false }
        return ContinuousClock.now - cameAt < Self.settlingTime
    }

    /// Says so, if there was a warning and now something was written.
    private mutating func noteWritten() {
        failingSince = nil
        guard hasWarned else { return }
        hasWarned = false
        let dropped = recorder.statistics.droppedRowCount - droppedBefore
        let loss =
            dropped > 0 ? "; \(dropped) rows were too many to wait and are given up" : ""
        logger.notice("\(service.catalogPath) can be written again\(loss)")
    }

    /// Seals what is over and forgets what is old, a little after each flush.
    private mutating func keepSmall() {
        let report = upkeep.step(
            catalog, interval: service.settings.interval, isTrimming: true,
            closedRunCount: recorder.closedRunCount, now: .now())
        recorder.statistics.sealedBlockCount += report.sealedBlockCount
        recorder.statistics.sealNanoseconds += report.sealNanoseconds
        for problem in report.problems { logger.warning("\(problem)") }
    }

    /// Once an interval, and after the first poll: closes runs that nobody watches over any more, looks whether the registry
    /// was replaced by another of the same name, and says if the recorder does not keep up.
    private mutating func takeCare() {
        let now = ContinuousClock.now
        if let lastCareAt, now - lastCareAt < service.settings.interval { return }
        lastCareAt = now
        if let sentence = pace.complaint(now: now) { logger.warning("\(sentence)") }
        write { recording in
            guard !recording.isSettlingIn, recording.catalog.isInPlace else { return }
            try recording.catalog.reconcile(
                on: recording.service.source.host, now: .now(),
                except: recording.recorder.openRuns.union(
                    recording.service.home?.claimedRuns ?? []), evidence: SystemEvidence())
        }
        guard let reader,
            let current = try? RegistryReader.open(service.name, waiting: .once)
        else { return }
        if current.createdAt != reader.value.createdAt { self.reader = nil }
    }
}
