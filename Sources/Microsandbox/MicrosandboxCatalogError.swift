internal import HistoryModel

/// Why microsandbox's catalog cannot be read. Recording goes on without it.
public struct MicrosandboxCatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The database's path, as it came.
    public let path: String
    /// The reason, as the end of a sentence.
    public let reason: String

    init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// What failed, on what, why, and what that means.
    public var description: String {
        // The reason may quote names of tables, which are as foreign as all that is in the file.
        "cannot read \(path.escapedForDisplay): \(reason.escapedForDisplay); runs are recorded from "
            + "the registries alone"
    }
}
