internal import HistoryModel

/// Why microsandbox's catalog cannot be read. Recording goes on without it.
public struct MicrosandboxCatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The database's path, as it came.
    public let path: String
    /// The reason, as the end of a sentence.
    public let reason: String

    /// Whether it may be that microsandbox is just making it.
    let isBeingMade: Bool

    init(path: String, reason: String, isBeingMade: Bool = false) {
        self.isBeingMade = isBeingMade
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
