internal import HistoryModel
internal import HistoryStore
internal import Logging
internal import Recorder
internal import ServiceLifecycle
internal import SlotRegistry

/// Records a whole registry until it is told to end.
struct RecordService: Service {
    let name: RegistryName
    let source: Source
    let settings: RecorderSettings
    let catalogPath: String
    /// Whether the registry is varve's own, which is made where it is missing.
    let makesRegistry: Bool
    let logger: Logger

    func run() async throws {
        let catalog = Box(try Catalog(path: catalogPath, now: .now()))
        try catalog.value.becomeRecorder(ofRegistry: source.name)
        if makesRegistry { _ = try Registry.openOrCreate(name) }
        var recording = Recording(service: self, catalog: catalog)
        try recording.begin()
        logger.notice("recording \(name.value) into \(catalogPath)")

        let clock = ContinuousClock()
        var deadline = clock.now
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            recording.poll()
            // Deadlines, not pauses; those that have passed are skipped.
            deadline = max(deadline + settings.poll, clock.now)
            try? await cancelWhenGracefulShutdown { [deadline] in
                try await Task.sleep(until: deadline, clock: clock)
            }
        }
        recording.end()
        logger.notice("recorded \(name.value) to the end")
    }

    /// The work of each poll; it blocks, for some milliseconds once an interval.
    private struct Recording {
        private let service: RecordService
        private let catalog: Box<Catalog>
        private let state: State
        private var reader: Box<RegistryReader>?
        private var isWaiting = false
        private var hasWarned = false
        private var lastCareAt: Timestamp?

        /// A recorder where it can be changed in place.
        private final class State {
            var recorder: Recorder

            init(_ recorder: consuming Recorder) {
                self.recorder = recorder
            }
        }

        init(service: RecordService, catalog: Box<Catalog>) {
            self.service = service
            self.catalog = catalog
            state = State(
                Recorder(of: service.source, settings: service.settings, probe: SystemEvidence()))
        }

        mutating func begin() throws {
            try catalog.value.reconcile(
                on: service.source.host, now: .now(), evidence: SystemEvidence())
            try state.recorder.beginSession(
                in: catalog.value, run: nil, pid: ProcessID.own, now: .now())
        }

        mutating func poll() {
            readSlots()
            write { recording in
                try recording.state.recorder.adopt(from: recording.catalog.value)
                guard recording.state.recorder.isFlushDue(at: .now()) else { return }
                try recording.state.recorder.flush(to: recording.catalog.value, now: .now())
                recording.noteWritten()
            }
            takeCare()
        }

        mutating func end() {
            readSlots()
            write { recording in
                try recording.state.recorder.flush(
                    to: recording.catalog.value, now: .now(), isLast: true)
            }
        }

        private mutating func readSlots() {
            do {
                if reader == nil {
                    reader = Box(try RegistryReader.open(service.name, waiting: .once))
                    if isWaiting { service.logger.notice("\(service.name.value) is there now") }
                    isWaiting = false
                }
                if let reader { try state.recorder.poll(reader.value, now: .now()) }
            } catch {
                reader = nil
                if !isWaiting {
                    service.logger.notice("waiting for \(service.name.value): \(error)")
                }
                isWaiting = true
                state.recorder.pollProcesses(now: .now())
            }
        }

        /// Runs `body`; a failure is warned of once, and everything waits for the next poll.
        private mutating func write(_ body: (inout Recording) throws -> Void) {
            do {
                try body(&self)
            } catch {
                if !hasWarned {
                    service.logger.warning(
                        "nothing can be written for now, what is seen waits in memory: \(error)")
                }
                hasWarned = true
            }
        }

        /// Says so, if there was a warning and now something was written.
        private mutating func noteWritten() {
            guard hasWarned else { return }
            hasWarned = false
            service.logger.notice("\(service.catalogPath) can be written again")
        }

        /// Once an interval: closes runs that nobody watches over any more, and looks whether the
        /// registry was replaced by another of the same name.
        private mutating func takeCare() {
            let now = Timestamp.now()
            let interval = max(1, service.settings.interval.milliseconds)
            if let lastCareAt, now.milliseconds(since: lastCareAt) < interval { return }
            lastCareAt = now
            write { recording in
                try recording.catalog.value.reconcile(
                    on: recording.service.source.host, now: now, evidence: SystemEvidence())
            }
            guard let reader,
                let current = try? RegistryReader.open(service.name, waiting: .once)
            else { return }
            if current.createdAt != reader.value.createdAt { self.reader = nil }
        }
    }
}
