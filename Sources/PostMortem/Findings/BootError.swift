package import HistoryModel

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Why a sandbox of microsandbox could not be booted, as its runtime leaves it in `boot-error.json`: an
/// object with `t`, `stage`, `errno` and `message`. microsandbox removes it when a later start succeeds.
package struct BootError {
    /// When it failed.
    let at: Timestamp
    /// At what, in microsandbox's words: `mount`, `build_vm`, `config`, `network`, `image` or `other`.
    let stage: String?
    /// What failed, in microsandbox's words.
    let message: String

    /// What the log is called.
    package static let logName = "boot-error.json"

    /// - Returns: `nil` for another log, and for one that does not say when and what.
    package init?(_ log: RunLog) {
        guard log.name == Self.logName,
            let shape = try? JSONDecoder().decode(Shape.self, from: Data(log.tail)),
            let at = Timestamp(rfc3339: shape.t)
        else { return nil }
        self.at = at
        stage = shape.stage
        message = shape.message
    }

    private struct Shape: Decodable {
        var t: String
        var stage: String?
        var message: String
    }
}
