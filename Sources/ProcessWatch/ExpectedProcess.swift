public import HistoryModel

/// What a caller knows of the process that it wants to watch, so that a pid that was given out again
/// is never taken for it.
public struct ExpectedProcess: Hashable, Sendable {
    /// When its run says that it started; wall clock, from an untrusted source. `nil`: not known.
    public let startedAt: Timestamp?
    /// The start time of its ``ProcessIdentity``, where it was seen before. It alone decides then.
    public let startTimeNanoseconds: Int64?

    /// How much later than ``startedAt`` a process may have started, in milliseconds.
    static let toleranceMilliseconds: Int64 = 5000

    /// A process that started by `startedAt`, and if it is known at `startTimeNanoseconds`.
    public init(startedAt: Timestamp?, startTimeNanoseconds: Int64? = nil) {
        self.startedAt = startedAt
        self.startTimeNanoseconds = startTimeNanoseconds
    }

    /// Whether `identity` can be the process, given when it started by the wall clock, if that is known.
    ///
    /// A process that started more than 5 s after its run did is another. Where the wall clock was
    /// stepped forward since then, the process itself looks like that too: nobody can tell the two
    /// apart without ``startTimeNanoseconds``.
    func canBe(_ identity: ProcessIdentity, thatStartedAt started: Timestamp?) -> Bool {
        if let startTimeNanoseconds { return identity.startTimeNanoseconds == startTimeNanoseconds }
        guard let startedAt, let started else { return true }
        return started <= startedAt.advanced(byMilliseconds: Self.toleranceMilliseconds)
    }
}

extension ProcessIdentity {
    /// The wall clock's time when this process started, given both clocks now; `nil` if its start time
    /// makes no sense.
    func startedAt(bootNanoseconds: UInt64, wall: Timestamp) -> Timestamp? {
        guard startTimeNanoseconds >= 0 else { return nil }
        let age = Int64(clamping: bootNanoseconds).subtractingReportingOverflow(
            startTimeNanoseconds)
        guard !age.overflow else { return nil }
        return wall.advanced(byMilliseconds: -(age.partialValue / 1_000_000))
    }
}
