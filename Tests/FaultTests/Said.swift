import Dispatch
import Logging
import Synchronization

/// What a logger was told, a line each.
final class Said: Sendable {
    private let heard = DispatchSemaphore(value: 0)
    private let kept = Mutex<[(level: Logger.Level, text: String)]>([])

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Listener(said: self) }
        logger.logLevel = .notice
        return logger
    }

    /// The warnings and errors.
    var warnings: [String] {
        kept.withLock { $0.filter { $0.level >= .warning }.map(\.text) }
    }

    /// Waits until there is a warning.
    ///
    /// - Returns: Whether there was one within a minute.
    func waitForWarning() -> Bool { heard.wait(timeout: .now() + 60) == .success }

    fileprivate func keep(_ level: Logger.Level, _ text: String) {
        kept.withLock { $0.append((level, text)) }
        if level >= .warning { heard.signal() }
    }
}

private struct Listener: LogHandler {
    let said: Said
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        said.keep(event.level, "\(event.message)")
    }
}
