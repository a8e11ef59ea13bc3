#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// An instant of the wall clock, to the millisecond.
///
/// It is what the catalog stores in its `…_at_ms` columns: Unix milliseconds, UTC.
///
/// ```swift
/// Timestamp(unixMilliseconds: 1_795_435_200_000).rfc3339  // "2026-11-23T12:00:00.000Z"
/// ```
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    public let unixMilliseconds: Int64

    /// The instant `unixMilliseconds` after the epoch.
    public init(unixMilliseconds: Int64) {
        self.unixMilliseconds = unixMilliseconds
    }

    /// The first instant that varve believes: 2000-01-01. A clock before it was never set.
    public static let earliestPlausible = Timestamp(unixMilliseconds: 946_684_800_000)
    /// The last instant that varve believes, and the last that RFC 3339 can write: year 9999.
    public static let latestPlausible = Timestamp(unixMilliseconds: 253_402_300_799_999)

    /// The instant, or `nil` if `unixMilliseconds` from an untrusted source is no time that a
    /// recorded run could have had.
    public init?(plausible unixMilliseconds: Int64) {
        let instant = Timestamp(unixMilliseconds: unixMilliseconds)
        guard instant >= .earliestPlausible, instant <= .latestPlausible else { return nil }
        self = instant
    }

    /// The wall clock's time now.
    public static func now() -> Timestamp {
        // `Date` and not `clock_gettime`: whether Swift 6.3 finds the members of `timespec` depends on
        // which other files the compiler sees first.
        let seconds = Date().timeIntervalSince1970
        return Timestamp(unixMilliseconds: Int64((seconds * 1000).rounded(.down)))
    }

    /// The instant `milliseconds` later, held at the ends of the range.
    public func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = unixMilliseconds.addingReportingOverflow(milliseconds)
        guard overflow else { return Timestamp(unixMilliseconds: sum) }
        return Timestamp(unixMilliseconds: milliseconds > 0 ? .max : .min)
    }

    /// Milliseconds from `earlier` to here, held at the ends of the range; negative if it is later.
    public func milliseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = unixMilliseconds.subtractingReportingOverflow(
            earlier.unixMilliseconds)
        guard overflow else { return difference }
        return self > earlier ? .max : .min
    }

    /// The latest multiple of `step` milliseconds since the epoch that is not after this instant.
    ///
    /// - Precondition: `step` is positive.
    public func aligned(downTo step: Int64) -> Timestamp {
        precondition(step > 0, "a step is positive")
        let remainder = unixMilliseconds % step
        let below = remainder >= 0 ? remainder : remainder + step
        return advanced(byMilliseconds: -below)
    }

    /// Whether `self` is earlier than `other`.
    public static func < (self: Timestamp, other: Timestamp) -> Bool {
        self.unixMilliseconds < other.unixMilliseconds
    }
}
