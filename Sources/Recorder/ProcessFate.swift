internal import HistoryModel
internal import ProcessWatch

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

    /// What the OOM killer did in its memory cgroup about when it ended, if it did anything.
    func oomSentence(at instant: Timestamp) -> String? {
        guard let kills = end?.oomKills, kills.isNear(instant) else { return nil }
        return kills.sentence
    }

    /// What the OOM killer did there between the last look and its death.
    var lastOOMKill: LifecycleEvent? {
        guard let kills = end?.oomKills, kills.count > 0 else { return nil }
        return LifecycleEvent(kills)
    }
}

extension LifecycleEvent {
    /// That `kills` were seen by a recorder.
    init(_ kills: OOMKills) {
        self.init(.oomKill, at: kills.seenAt, detail: kills.sentence, seenBy: .recorder)
    }
}
