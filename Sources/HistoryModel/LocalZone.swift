#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The rules by which an instant becomes a local date and time, and back.
///
/// ```swift
/// TimeExpression("03:12").instant(now: .now(), in: .current)
/// ```
public struct LocalZone: Sendable {
    private let secondsEastAtUnixSecond: @Sendable (Int64) -> Int

    /// A zone whose clock is `secondsEast(t)` ahead of UTC at Unix second `t`.
    ///
    /// Offsets of more than a day either way are held at a day.
    public init(secondsEast: @escaping @Sendable (Int64) -> Int) {
        self.secondsEastAtUnixSecond = secondsEast
    }

    /// A zone whose clock is always `seconds` ahead of UTC.
    public static func fixed(secondsEast seconds: Int) -> LocalZone {
        LocalZone { _ in seconds }
    }

    /// Coordinated universal time.
    public static let utc = LocalZone.fixed(secondsEast: 0)

    /// The zone of this process: `TZ`, else `/etc/localtime`, as `localtime_r(3)` reads them.
    ///
    /// An instant that libc cannot break down is shown in UTC.
    public static let current: LocalZone = {
        // POSIX leaves it open whether localtime_r reads the zone by itself.
        tzset()
        return LocalZone { unixSecond in
            var time = time_t(unixSecond)
            var parts = unsafe tm()
            guard unsafe localtime_r(&time, &parts) != nil else { return 0 }
            return unsafe Int(parts.tm_gmtoff)
        }
    }()

    /// Seconds that the zone's clock is ahead of UTC at `instant`.
    public func secondsEast(at instant: Timestamp) -> Int {
        let (quotient, remainder) = instant.unixMilliseconds.quotientAndRemainder(
            dividingBy: 1000)
        let offset = secondsEastAtUnixSecond(remainder < 0 ? quotient - 1 : quotient)
        return min(max(offset, -86_400), 86_400)
    }

    /// What the zone's clock shows at `instant`, `nil` outside years 0 to 9999.
    func civil(at instant: Timestamp) -> CivilDateTime? {
        CivilDateTime(unixMilliseconds: shifted(instant).unixMilliseconds)
    }

    /// The instant at which the zone's clock shows `civil`.
    ///
    /// Where clocks were put back it is the first of the two instants. Where they were put forward,
    /// a time that was skipped is read with the offset before the step, so that 02:30 becomes 03:30.
    func instant(of civil: CivilDateTime) -> Timestamp {
        let asUTC = Timestamp(unixMilliseconds: civil.unixMilliseconds)
        // No zone changes twice within two days, so the offsets a day either side are the only ones.
        let before = secondsEast(at: asUTC.advanced(byMilliseconds: -86_400_000))
        let after = secondsEast(at: asUTC.advanced(byMilliseconds: 86_400_000))
        let candidates = [before, after].map {
            asUTC.advanced(byMilliseconds: -Int64($0) * 1000)
        }
        let shown = candidates.filter { shifted($0) == asUTC }
        return shown.min() ?? candidates[0]
    }

    private func shifted(_ instant: Timestamp) -> Timestamp {
        instant.advanced(byMilliseconds: Int64(secondsEast(at: instant)) * 1000)
    }
}
