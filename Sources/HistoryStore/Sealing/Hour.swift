internal import HistoryModel

/// An hour of the clock, UTC: what a block covers.
///
/// The hours at the ends of time are held within the range.
struct Hour: Hashable, Comparable {
    /// How long an hour is.
    static let milliseconds: Int64 = 3_600_000

    /// Hours since the epoch; negative before.
    private let index: Int64

    /// The hour that `instant` lies in.
    init(of instant: Timestamp) {
        let (quotient, remainder) = instant.unixMilliseconds.quotientAndRemainder(
            dividingBy: Self.milliseconds)
        index = remainder < 0 ? quotient - 1 : quotient
    }

    /// Its first millisecond.
    var first: Timestamp {
        let (start, isBeforeTime) = index.multipliedReportingOverflow(by: Self.milliseconds)
        return Timestamp(unixMilliseconds: isBeforeTime ? .min : start)
    }

    /// Its last millisecond.
    var last: Timestamp {
        let (end, isBeyond) = (index + 1).multipliedReportingOverflow(by: Self.milliseconds)
        return Timestamp(unixMilliseconds: isBeyond ? .max : end - 1)
    }

    static func < (self: Hour, other: Hour) -> Bool { self.index < other.index }
}
