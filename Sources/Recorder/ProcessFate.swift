internal import HistoryModel
public import ProcessWatch

/// What became of the process of a run, as far as the system told.
struct ProcessFate {
    /// Whether the system tells of its death.
    enum Watch: Hashable {
        /// Nobody was asked yet.
        case unasked
        /// It does.
        case watched
        /// It does not: the recorder looks for itself at each poll.
        case unwatched
    }

    var watch = Watch.unasked
    /// Whether another process has its pid now.
    var isPIDReused = false
    /// When the system said that it died.
    private(set) var diedAt: Timestamp?
    /// How it ended, once all is known that will be.
    private(set) var end: ProcessEnd?

    mutating func noteDeath(at instant: Timestamp) {
        if diedAt == nil { diedAt = instant }
    }

    mutating func note(_ end: ProcessEnd) {
        self.end = end
    }

    /// Whether there is nothing to wait for: the system does not tell, or has told all.
    var isSettled: Bool { watch != .watched || end != nil }

    /// What the OOM killer did in its memory cgroup meanwhile, if it did anything.
    var oomSentence: String? {
        guard let kills = end?.oomKills, kills.count > 0 else { return nil }
        return kills.sentence
    }
}

extension OOMKills {
    /// What happened, in words. The cgroup's name is as it came: not safe to print as it is.
    public var sentence: String {
        let processes = count == 1 ? "1 process" : "\(count) processes"
        return "the kernel's OOM killer killed \(processes) of the memory cgroup \(cgroup)"
    }
}
