internal import HistoryModel

/// When the next poll is due, and whether the polls keep up.
///
/// Deadlines, not pauses: polls that come late do not move those that follow, and those whose time has
/// passed are left out.
struct PollPace {
    /// When the next poll is due, by the clock that stands still while the machine sleeps.
    private(set) var deadline: SuspendingClock.Instant
    private let period: Duration
    private var missed: Int64 = 0
    private var polls: Int64 = 0
    private var countedSince = ContinuousClock.now
    private var lastComplaintAt: ContinuousClock.Instant?

    /// Polls are counted for so long before it is said that too many are missed: more than a quarter.
    private static let countingTime = Duration.seconds(10)
    /// How often that is said at most.
    private static let complaintInterval = Duration.seconds(60)

    /// A pace whose first poll is made now.
    init(poll: Duration, now: SuspendingClock.Instant = .now) {
        period = max(.milliseconds(1), poll)
        deadline = now + period
    }

    /// How long a poll may wait for a catalog that somebody else has locked: while it waits, nothing
    /// is seen, and what it could not write waits well in memory.
    var patience: Duration { min(max(period / 4, .milliseconds(50)), .milliseconds(250)) }

    /// Whether it is time.
    func isDue(at now: SuspendingClock.Instant = .now) -> Bool { now >= deadline }

    /// Begins the poll that is due.
    ///
    /// - Returns: Whether it is half an interval late or more, and how many before it were missed.
    mutating func begin(
        at now: SuspendingClock.Instant = .now
    ) -> (isLate: Bool, missed: Int64) {
        let lag = max(.zero, now - deadline)
        let missed = (lag / period).rounded(.down)
        let count = Int64(exactly: missed) ?? 0
        // Held up for days it begins anew; else it keeps step.
        deadline = count < 100_000 ? deadline + period * Int(count + 1) : now + period
        self.missed += count
        polls += count + 1
        return (lag >= period / 2, count)
    }

    /// What is to be said of missed polls, if they are too many and it was not said just now.
    mutating func complaint(now: ContinuousClock.Instant) -> String? {
        guard now - countedSince >= Self.countingTime else { return nil }
        defer {
            countedSince = now
            missed = 0
            polls = 0
        }
        guard missed * 4 > polls else { return nil }
        if let lastComplaintAt, now - lastComplaintAt < Self.complaintInterval { return nil }
        lastComplaintAt = now
        return """
            the recorder does not keep up: \(missed) of \(polls) polls were missed; `varve db info` \
            tells what takes its time
            """
    }
}
