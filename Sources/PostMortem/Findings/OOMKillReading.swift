internal import HistoryModel

/// What the events of the OOM killer say of a run's end.
///
/// They count kills of any process in the run's cgroup. Only one that the kernel's log names is proof by
/// itself; of a count it matters when it rose.
struct OOMKillReading {
    /// How a kill lies to the end of the run.
    enum Nearness {
        /// The command itself was killed.
        case named
        /// The count rose as the run ended.
        case atEnd
        /// It rose so many milliseconds before the end, or later.
        case within(Int64)
        /// It rose at some time, as what earlier varves wrote says.
        case untimed
        /// It rose so many milliseconds before the end, and then no more.
        case before(Int64)
    }

    /// The event that says most.
    let event: LifecycleEvent
    let nearness: Nearness

    /// - Returns: `nil` if there is no such event.
    init?(_ events: [LifecycleEvent], end: Timestamp) {
        let kills = events.filter { $0.kind == .oomKill }
        if let named = kills.last(where: { $0.detail.map(OOMKillText.namesCommand) ?? false }) {
            (event, nearness) = (named, .named)
            return
        }
        guard let last = kills.max(by: { $0.at < $1.at }) else { return nil }
        event = last
        let seen = end.milliseconds(since: last.at)
        guard let notBefore = last.detail.flatMap(EventBound.notBefore) else {
            nearness = .untimed
            return
        }
        let earliest = end.milliseconds(since: notBefore)
        nearness =
            if earliest <= EventBound.nearEnd {
                .atEnd
            } else if seen <= EventBound.nearEnd {
                .within(earliest)
            } else {
                .before(seen)
            }
    }

    /// Whether the killer was seen to strike before the end, and not at it: what it struck at had the
    /// peak.
    var isOfAnother: Bool {
        if case .before = nearness { true } else { false }
    }

    /// How sure it is that the kill ended a run that ended so; `nil` if it most likely did not.
    ///
    /// - Parameters:
    ///   - isKilled: Whether SIGKILL ended it.
    ///   - code: Its exit code.
    func certainty(isKilled: Bool, code: Int32?) -> Finding.Certainty? {
        switch nearness {
        case .named: return .certain
        case .atEnd: return isKilled ? .certain : .likely
        case .within, .untimed:
            // What was killed may be something that it ran, and told it so.
            return isKilled || code == 137 ? .likely : .possible
        case .before: return nil
        }
    }
}
