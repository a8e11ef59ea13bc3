/// A date and a time of day as a calendar and a clock show them, of no particular time zone.
///
/// Proleptic Gregorian calendar, after Howard Hinnant's *chrono-compatible low-level date
/// algorithms*: pure arithmetic, so that hostile input needs no libc and no lock.
struct CivilDateTime: Hashable, Sendable {
    var year: Int
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    var millisecond = 0

    /// The date and time, or `nil` if no calendar has it: years 0 to 9999, second 60 allowed, as
    /// RFC 3339 allows it for leap seconds.
    init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
        millisecond: Int = 0
    ) {
        guard (0...9999).contains(year), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second),
            (0...999).contains(millisecond)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// What a clock shows that is set to `unixMilliseconds`, or `nil` outside years 0 to 9999.
    init?(unixMilliseconds: Int64) {
        let (days, timeOfDay) = Self.floorDivide(unixMilliseconds, by: 86_400_000)
        // Years 0 to 9999; the arithmetic below cannot overflow within them.
        guard (-719_528...2_932_896).contains(days) else { return nil }
        let (year, month, day) = Self.date(daysSinceEpoch: Int(days))
        let time = Int(timeOfDay)
        self.init(
            year: year, month: month, day: day,
            hour: time / 3_600_000, minute: time / 60_000 % 60, second: time / 1000 % 60,
            millisecond: time % 1000)
    }

    /// Unix milliseconds, if the clock that shows this were set to UTC.
    var unixMilliseconds: Int64 {
        let seconds = (daysSinceEpoch * 24 + hour) * 3600 + minute * 60 + second
        return Int64(seconds) * 1000 + Int64(millisecond)
    }

    /// Midnight, `days` later.
    func startOfDay(plus days: Int = 0) -> CivilDateTime? {
        let (year, month, day) = Self.date(daysSinceEpoch: daysSinceEpoch + days)
        return CivilDateTime(year: year, month: month, day: day)
    }

    private var daysSinceEpoch: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension CivilDateTime {
    /// `2026-11-23`.
    var dateText: String {
        "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
    }

    /// `03:12:00`.
    var timeText: String {
        "\(Self.padded(hour, to: 2)):\(Self.padded(minute, to: 2)):\(Self.padded(second, to: 2))"
    }

    /// `value` with leading zeros.
    static func padded(_ value: Int, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
