public import HistoryModel

/// All that a catalog says of a stretch of time, run by run and in sums.
public struct Period: Sendable {
    /// The stretch.
    public var from: Timestamp
    /// The first instant after it.
    public var until: Timestamp
    /// The runs that were alive at some instant of it, in no order.
    public var runs: [RunOutline] = []
    /// What happened to those of them that failed in it.
    public var events: [RunID: [LifecycleEvent]] = [:]
    /// Runs that ended in the stretch of the same length before it.
    public var endedBefore = 0
    /// Those of them that failed.
    public var failedBefore = 0
    /// What all runs used in it: times and bytes. Memory over time is not added up.
    public var usage = Usage()
    /// The same by sandbox.
    public var usageOfSandboxes: [SandboxIdentity: Usage] = [:]
    /// Stretches without data that recorders wrote down, by reason, the longest first.
    public var gaps: [GapSum] = []
    /// When the standing recorders were at work, one entry for each registry that ever had one.
    public var recorders: [RecorderPresence] = []
    /// Hours that should be readable and are not, a sentence each.
    public var problems: [String] = []

    /// The stretch from `from` up to `until`, of which nothing is known yet.
    public init(from: Timestamp, until: Timestamp) {
        self.from = from
        self.until = until
    }

    /// The runs that ended in it.
    public var ended: [RunOutline] { runs.filter(hasEnded) }

    /// Whether `run` ended in it.
    public func hasEnded(_ run: RunOutline) -> Bool {
        run.status == .terminated && run.terminatedAt.map { $0 >= from && $0 < until } ?? false
    }
}

/// Stretches without data of one reason.
public struct GapSum: Hashable, Sendable {
    /// The word in the catalog, as ``Series/Gap/Reason`` has them; a later varve may know more.
    public var reason: String
    /// How many there are.
    public var count: Int64
    /// The runs that have one.
    public var runCount: Int64
    /// How long they are together, within the period, in milliseconds.
    public var milliseconds: Int64
}

/// When the standing recorder of a registry was not at work.
public struct RecorderPresence: Hashable, Sendable {
    /// The registry's name.
    public var registry: String
    /// Its machine.
    public var host: String
    /// The stretches of the period in which none was at work, in order of time; what lies before the
    /// first one ever does not count.
    public var absences: [Absence]

    /// A stretch without a recorder.
    public struct Absence: Hashable, Sendable {
        /// Where it begins.
        public var from: Timestamp
        /// Where it ends.
        public var to: Timestamp

        /// The stretch from `from` to `to`.
        public init(from: Timestamp, to: Timestamp) {
            self.from = from
            self.to = to
        }

        /// How long it is.
        public var milliseconds: Int64 { max(0, to.milliseconds(since: from)) }
    }

    /// Nobody was at work in `absences`.
    public init(registry: String, host: String, absences: [Absence]) {
        self.registry = registry
        self.host = host
        self.absences = absences
    }
}
