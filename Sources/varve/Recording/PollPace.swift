internal import HistoryModel

/// When the next poll is due, and whether the polls keep up.
///
/// Deadlines, not pauses: polls that come late do not move those that follow, and those whose time has
/// passed are left out.
struct PollPace {
    /// When the next poll is due, by the clock that stands still while the machine sleeps.
    private(set) var deadline: SuspendingClock.Instant
    private let period: Duration
    private var missedSinceComplaint: Int64 = 0
    private var pollsSinceComplaint: Int64 = 0
    private var lastComplaintAt: ContinuousClock.Instant?

    /// How often it is said at most that the polls do not keep up.
    private static let complaintInterval = Duration.seconds(60)

    /// A pace whose first poll is made now.
    init(poll: Duration, now: SuspendingClock.Instant = .now) {
        period = max(.milliseconds(1), poll)
        deadline = now + period
    }

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
        missedSinceComplaint += count
        pollsSinceComplaint += count + 1
        return (lag >= period / 2, count)
    }

    /// What is to be said of missed polls, if there were any and it was not said just now.
    mutating func complaint(now: ContinuousClock.Instant) -> String? {
        guard missedSinceComplaint > 0 else {
            pollsSinceComplaint = 0
            return nil
        }
        if let lastComplaintAt, now - lastComplaintAt < Self.complaintInterval { return nil }
        defer {
            lastComplaintAt = now
            missedSinceComplaint = 0
            pollsSinceComplaint = 0
        }
        return """
            the recorder does not keep up: \(missedSinceComplaint) of \(pollsSinceComplaint) polls \
            were missed; `varve db info` tells what takes its time
            """
    }
}
