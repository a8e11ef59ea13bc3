public import HistoryModel

/// What the out-of-memory killer did to one run that goes on, within bounds: it may strike each second for
/// days, and what happened to a run is kept for ever.
///
/// ```swift
/// var kills = OOMKillNotes()
/// if let event = kills.take(event) { journal.note(event) }
/// // … the run has ended …
/// if let event = kills.rest { journal.note(event) }
/// ```
public struct OOMKillNotes: Sendable {
    /// So many are written down when they are seen.
    public static let limit = 64

    /// The last that was seen.
    public private(set) var last: LifecycleEvent?
    private var count = 0

    /// None yet.
    public init() {}

    /// Takes one that was just seen.
    ///
    /// - Returns: What is to be written down of it now, if anything is.
    public mutating func take(_ event: LifecycleEvent) -> LifecycleEvent? {
        last = event
        count = min(count + 1, Self.limit + 1)
        return count <= Self.limit ? event : nil
    }

    /// What is to be written down at the end: the last, if there were too many; it may tell of the end.
    public var rest: LifecycleEvent? { count > Self.limit ? last : nil }
}
