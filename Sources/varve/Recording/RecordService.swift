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
    /// What is to be kept from now on, where it is said.
    let retention: RetentionOptions
    let catalogPath: String
    /// Whether the registry is varve's own, which is made where it is missing.
    let makesRegistry: Bool
    let logger: Logger

    func run() async throws {
        // It blocks: in waiting for deaths, and some milliseconds in the catalog once an interval.
        let stop = RecordingStop()
        try await withGracefulShutdownHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = DedicatedThread<Void> {
                    do {
                        var recording = try Recording(of: self, until: stop)
                        recording.run()
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

    var description: String {
        "the system has no room for another thread: end some programs and try again"
    }
}
