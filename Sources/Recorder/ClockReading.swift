public import HistoryModel

/// What the clocks say at one instant: the wall's, which may be set, and two that only run.
public struct ClockReading: Hashable, Sendable {
    /// The time of day.
    public var wall: Timestamp
    /// Time passed since some fixed instant, the machine's sleep included.
    public var continuous: Duration
    /// Time passed since some fixed instant while the machine was awake.
    public var awake: Duration

    /// Clocks that show these times.
    public init(wall: Timestamp, continuous: Duration, awake: Duration) {
        self.wall = wall
        self.continuous = continuous
        self.awake = awake
    }

    /// Clocks that run in step, for a time that is made up.
    public init(inStepWith wall: Timestamp) {
        let passed = Duration.milliseconds(wall.unixMilliseconds)
        self.init(wall: wall, continuous: passed, awake: passed)
    }

    private static let origin = (
        continuous: ContinuousClock.now, awake: SuspendingClock.now
    )

    /// The system's clocks now: `CLOCK_REALTIME`, `CLOCK_BOOTTIME` and `CLOCK_MONOTONIC` on Linux.
    public static func now() -> ClockReading {
        let origin = origin
        return ClockReading(
            wall: .now(), continuous: ContinuousClock.now - origin.continuous,
            awake: SuspendingClock.now - origin.awake)
    }
}

/// What lay between two polls that should have lain a poll interval apart.
struct ClockJump: Hashable {
    /// Why there is nothing in between: `clockStepped`, `hostDown`, `recorderDown`.
    let reason: Series.Gap.Reason
    let from: Timestamp
    let to: Timestamp
    /// In words, for the lifecycle.
    let detail: String

    /// Differences below this are the clock being disciplined, or a poll that was late.
    private static let threshold = Duration.seconds(1)

    /// - Returns: `nil` if nothing remarkable lay between.
    init?(from earlier: ClockReading, to later: ClockReading, poll: Duration) {
        let passed = later.continuous - earlier.continuous
        let awake = later.awake - earlier.awake
        let shown = Duration.milliseconds(later.wall.milliseconds(since: earlier.wall))
        from = earlier.wall
        to = later.wall
        if Self.magnitude(shown - passed) >= Self.threshold {
            reason = .clockStepped
            let step = Self.seconds(Self.magnitude(shown - passed))
            detail = "the wall clock was set \(shown > passed ? "forward" : "back") by \(step)"
        } else if passed - awake >= Self.threshold {
            reason = .hostDown
            detail = "the machine slept for \(Self.seconds(passed - awake))"
        } else if awake >= max(.seconds(3), poll * 3) {
            reason = .recorderDown
            detail = "the recorder was held up for \(Self.seconds(awake - poll))"
        } else {
            return nil
        }
    }

    /// What the lifecycle says of it; a recorder's own troubles are no event of a run.
    var eventKind: LifecycleEvent.Kind? {
        switch reason {
        case .clockStepped: .clockStepped
        case .hostDown: .hostSlept
        default: nil
        }
    }

    private static func magnitude(_ duration: Duration) -> Duration {
        duration < .zero ? .zero - duration : duration
    }

    private static func seconds(_ duration: Duration) -> String {
        "\((duration.milliseconds + 500) / 1000) s"
    }
}
