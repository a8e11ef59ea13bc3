internal import HistoryModel
internal import HistoryStore
internal import Logging
internal import Recorder
internal import SQLite
internal import ServiceLifecycle
internal import SlotRegistry

/// How everything that one `varve record` records is recorded.
struct RecordPlan {
    let settings: RecorderSettings
    /// What is to be kept from now on, where it is said.
    let retention: RetentionOptions
    let catalogPath: String
    let logger: Logger
    /// How the catalog's database is opened.
    var opening = ConnectionSettings()
}

/// Records a whole registry until it is told to end.
struct RecordService: Service {
    let name: RegistryName
    let source: Source
    let plan: RecordPlan
    /// Whether the registry is varve's own, which is made where it is missing.
    let makesRegistry: Bool
    /// The home whose registries come and go, of which this may be one; `nil` for a registry that was
    /// named.
    var home: HomeState?

    var settings: RecorderSettings { plan.settings }
    var catalogPath: String { plan.catalogPath }
    var logger: Logger { plan.logger }

    func run() async throws {
        let stop = RecordingStop()
        try await onThread(until: stop) {
            var recording = try Recording(of: self, until: stop)
            recording.run()
        }
    }
}

extension Service {
    /// Runs `body` on a thread of its own, and asks `stop` to end it when the service is to end.
    ///
    /// It blocks: in waiting for deaths, and some milliseconds in the catalog now and then.
    func onThread(
        until stop: RecordingStop, _ body: @escaping @Sendable () throws -> Void
    ) async throws {
        try await withGracefulShutdownHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = DedicatedThread<Void> {
                    do {
                        try body()
                        continuation.resume()
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
                if thread == nil { continuation.resume(throwing: RecordingError.noThread) }
            }
        } onGracefulShutdown: {
            stop.request()
        }
    }
}

/// Why nothing can be recorded, where no other error says it.
enum RecordingError: Error, CustomStringConvertible {
    case noThread
    case noProcesses
    case noDescriptors

    var description: String {
        switch self {
        case .noThread:
            "the system has no room for another thread: end some programs and try again"
        case .noDescriptors:
            "nothing can be recorded: Too many open files; raise the limit of open files (ulimit -n)"
        case .noProcesses:
            "nothing can be recorded: the system tells nothing of processes; mount /proc and try again"
        }
    }
}
