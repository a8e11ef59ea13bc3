internal import HistoryModel

/// Watches one run for samples that stay away, and tells why from what its slot showed meanwhile.
struct Silence {
    /// What a poll saw that brought no new sample.
    enum Sight: Hashable {
        /// The sample that was seen before.
        case unchanged
        /// A slot that could not be read whole.
        case torn
        /// A sample of an impossible time.
        case implausible
        /// No sample yet.
        case unsampled
    }

    /// What a poll found out.
    enum Turn: Hashable {
        case began(Series.Gap.Reason)
        case ended(Series.Gap)
    }

    /// Why the samples stay away, once they have for too long.
    private(set) var reason: Series.Gap.Reason?
    /// By the clock that runs while the machine is awake.
    private var newestAt: Duration?
    private var newestSampleAt: Timestamp?
    /// How far samples lie apart.
    private var cadence: Duration?

    private static let minimum = Duration.seconds(3)
    /// Until two samples have told how far they lie apart.
    private static let minimumAtFirst = Duration.seconds(30)

    /// Since when, as a gap of the run up to `instant`.
    func gap(until instant: Timestamp) -> Series.Gap? {
        guard let reason, let newestSampleAt, newestSampleAt < instant else { return nil }
        return Series.Gap(from: newestSampleAt, to: instant, reason: reason)
    }

    /// A new sample came.
    mutating func noteSample(at sampleAt: Timestamp, now: ClockReading) -> Turn? {
        defer {
            newestAt = now.awake
            newestSampleAt = sampleAt
        }
        if reason != nil {
            let gap = gap(until: sampleAt)
            reason = nil
            return gap.map(Turn.ended)
        }
        if let newestAt {
            let distance = now.awake - newestAt
            cadence = cadence.map { $0.quarterWay(to: distance) } ?? distance
        }
        return nil
    }

    /// A poll brought none.
    mutating func noteNone(_ sight: Sight, now: ClockReading, poll: Duration) -> Turn? {
        guard let newestAt, reason == nil else { return nil }
        let patience =
            cadence.map { max(Self.minimum, max($0, poll).threefold) }
            ?? Self.minimumAtFirst
        guard now.awake - newestAt >= patience else { return nil }
        let reason: Series.Gap.Reason =
            switch sight {
            case .unchanged: .stalled
            case .torn: .torn
            case .implausible: .implausible
            case .unsampled: .notSampled
            }
        self.reason = reason
        return .began(reason)
    }

    /// The machine slept or the recorder was held up: that is nobody's silence.
    mutating func skip(to now: ClockReading) {
        if reason == nil, newestAt != nil { newestAt = now.awake }
    }
}

// At each poll for each run: multiplying and dividing durations goes through generic code, and took
// longer than reading the slot.
extension Duration {
    fileprivate func quarterWay(to other: Duration) -> Duration {
        Duration(attoseconds: attoseconds + (other.attoseconds - attoseconds) >> 2)
    }

    fileprivate var threefold: Duration { self + self + self }
}
