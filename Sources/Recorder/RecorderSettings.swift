internal import HistoryModel

/// How a recorder records.
public struct RecorderSettings: Hashable, Sendable {
    /// How often the slots are read.
    public var poll: Duration
    /// The length of the interval that a row covers, and how often rows are written.
    public var interval: Duration
    /// The one slot that is recorded; `nil` for all.
    public var slot: Int?
    /// How much of the end of a run is kept at full resolution; zero keeps nothing.
    public var keep: Duration
    /// About how many rows may wait in memory while the catalog cannot be written, some 700 bytes
    /// each; the oldest of those that are too many are given up, and counted.
    public var waitingRowLimit: Int

    /// The usual: every second, into rows of ten seconds.
    public init(
        poll: Duration = .seconds(1), interval: Duration = .seconds(10), slot: Int? = nil,
        keep: Duration = .seconds(120), waitingRowLimit: Int = 50_000
    ) {
        self.poll = poll
        self.interval = interval
        self.slot = slot
        self.keep = keep
        self.waitingRowLimit = waitingRowLimit
    }

    /// How many samples of the end of a run are kept at most, however fast they come.
    public static let momentLimit = 1200
}

/// What a recorder asks the system about the processes that slots name.
public protocol ProcessProbe: Sendable {
    /// Whether no process has `pid` any more.
    func isGone(_ pid: Int32) -> Bool
    /// When the process that has `pid` now started, see ``HistoryModel/ProcessIdentity``; `nil` if
    /// there is none, or it cannot be told.
    func startTimeNanoseconds(of pid: Int32) -> Int64?
}
