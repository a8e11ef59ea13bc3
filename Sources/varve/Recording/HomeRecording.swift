internal import HistoryModel
internal import HistoryStore
internal import Logging
internal import Microsandbox
internal import ProcessWatch
internal import Recorder

/// The reading of one home's catalog: what its thread does.
struct HomeRecording: ~Copyable {
    private let service: HomeService
    private let stop: RecordingStop
    private var catalog: Catalog
    private var source: MicrosandboxCatalog
    private var book: ClaimBook
    private var watch: ProcessWatch
    private let pause: Duration
    private var isWaiting: Bool?
    private var problem: String?
    private var toldConfigs: Set<String> = []
    private var toldLabels: Set<String> = []
    private var hasToldOfManyLabels = false
    private var hasWarned = false
    /// When the OOM killer's counts are read again.
    private var nextKillLook = ContinuousClock.now

    /// Of so many sandboxes it is told that their configuration, or their labels, cannot be taken whole.
    private static let toldLimit = 100

    private var logger: Logger { service.plan.logger }
    private var place: String { service.home.path.escapedForDisplay }

    /// - Throws: `StoreError`, `ProcessWatchError`: nothing can be recorded.
    init(of service: HomeService, until stop: RecordingStop) throws {
        let poll = service.plan.settings.poll
        // Looked at more often than slots are read: the row of an ephemeral sandbox is gone moments
        // after its end. A look at what did not change takes some ten microseconds.
        pause = min(max(poll / 4, .milliseconds(10)), .seconds(1))
        var catalog = try Catalog(path: service.plan.catalogPath, now: .now())
        catalog.patience = .milliseconds(250)
        watch = try ProcessWatch { SystemEvidence().identity(of: $0) }
        stop.use(watch.waker)
        self.service = service
        self.stop = stop
        self.catalog = catalog
        source = MicrosandboxCatalog(of: service.home)
        let home = service.home
        book = ClaimBook(of: service.source, grace: max(.seconds(2), poll * 3)) { sandbox in
            home.logTails(ofSandbox: sandbox, now: .now())
        }
    }

    /// Reads until the end is requested.
    mutating func run() {
        logger.notice(
            "recording microsandbox in \(place) into \(service.plan.catalogPath)")
        while !stop.isRequested {
            step()
            tellOfRegistries()
            take(watch.wait(atMost: pause))
            if nextKillLook <= .now {
                take(watch.lookForKills())
                nextKillLook = .now + max(service.plan.settings.poll, .seconds(1))
            }
        }
        take(watch.settle())
        step(isLast: true)
    }

    private mutating func step(isLast: Bool = false) {
        let now = ClockReading.now()
        switch source.poll(now: now.wall) {
        case .unchanged, .busy: break
        case .missing: book.takeNothing(now: now)
        case .unreadable(let error): tell("\(error)")
        case .changed(let reading):
            if problem != nil {
                logger.notice("\(service.home.catalogPath.escapedForDisplay) can be read now")
                problem = nil
            }
            book.take(reading.runs, completeFrom: reading.isCompleteFrom, now: now)
            for name in reading.badConfigs { tellOfConfig(name) }
            tellOfLabels(reading)
        }
        do {
            try leaveLostCatalog(now: now)
            try book.write(
                to: catalog, bootedAt: SystemEvidence().bootedAt, probe: SystemEvidence(),
                now: now, isLast: isLast)
            hasWarned = false
        } catch {
            if !hasWarned, !error.isBusy {
                logger.warning("what microsandbox says waits in memory: \(error)")
                hasWarned = true
            }
        }
        service.state.claimedRuns = book.openRuns
        for request in book.takeWatchRequests() {
            switch request {
            case .watch(let token, let pid, let expected):
                book.note(watch.watch(pid, as: token, expecting: expected), of: token, now: now)
            case .stop(let token): watch.stop(token)
            }
        }
    }

    /// Begins anew where somebody has removed the catalog or put another file in its place; the
    /// recorders of its registries say so.
    private mutating func leaveLostCatalog(now: ClockReading) throws(StoreError) {
        guard !catalog.isInPlace else { return }
        book.leaveCatalog(now: now)
        catalog.makeWay()
        let patience = catalog.patience
        catalog = try Catalog(path: service.plan.catalogPath, now: .now())
        catalog.patience = patience
    }

    private mutating func take(_ reports: [ProcessReport]) {
        for report in reports { book.note(report) }
    }

    private mutating func tell(_ problem: String) {
        guard problem != self.problem else { return }
        self.problem = problem
        logger.warning("\(problem.escapedForDisplay)")
    }

    private mutating func tellOfConfig(_ sandbox: String) {
        guard toldConfigs.count < Self.toldLimit, toldConfigs.insert(sandbox).inserted else {
            return
        }
        logger.warning(
            """
            the configuration of sandbox \(sandbox.escapedForDisplay) in \
            \(service.home.catalogPath.escapedForDisplay) cannot be read; its limits are not known \
            from there
            """)
    }

    private mutating func tellOfLabels(_ reading: MicrosandboxCatalog.Reading) {
        let place = service.home.catalogPath.escapedForDisplay
        for (sandbox, count) in reading.leftOutLabels.sorted(by: { $0.key < $1.key }) {
            guard toldLabels.count < Self.toldLimit, toldLabels.insert(sandbox).inserted else {
                continue
            }
            logger.warning(
                """
                \(count) labels of sandbox \(sandbox.escapedForDisplay) in \(place) are left out: of a \
                sandbox the first \(MicrosandboxCatalog.labelLimit) are kept, of up to \
                \(MicrosandboxCatalog.labelByteLimit) bytes each
                """)
        }
        guard let last = reading.labelsUnreadUpTo, !hasToldOfManyLabels else { return }
        hasToldOfManyLabels = true
        logger.warning(
            """
            \(place) has more labels than are read at once: those of sandboxes with ids up to \(last) are \
            not known
            """)
    }

    private mutating func tellOfRegistries() {
        guard let hasRegistry = service.state.hasRegistry(of: service.registryCount),
            isWaiting != !hasRegistry
        else { return }
        isWaiting = !hasRegistry
        if !hasRegistry {
            logger.notice(
                """
                waiting: microsandbox has no registry of \(place) now; it makes one with its first \
                sandbox
                """)
        }
    }
}
