/// A run's id in a catalog; never given out twice.
public struct RunID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The value of `run.id`.
    public let rawValue: Int64

    /// The run with `rawValue` as its `run.id`.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The number alone, as people type it.
    public var description: String { String(rawValue) }

    /// Whether `self` was given out before `other`.
    public static func < (self: RunID, other: RunID) -> Bool {
        self.rawValue < other.rawValue
    }
}

/// A sandbox's id in a catalog.
public struct SandboxID: RawRepresentable, Hashable, Sendable {
    /// The value of `sandbox.id`.
    public let rawValue: Int64

    /// The sandbox with `rawValue` as its `sandbox.id`.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }
}

/// A recorded registry's id in a catalog.
public struct SourceID: RawRepresentable, Hashable, Sendable {
    /// The value of `source.id`.
    public let rawValue: Int64

    /// The source with `rawValue` as its `source.id`.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }
}

/// A recorder's life in a catalog.
public struct RecorderSessionID: RawRepresentable, Hashable, Sendable {
    /// The value of `recorder_session.id`.
    public let rawValue: Int64

    /// The session with `rawValue` as its `recorder_session.id`.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }
}
