/// A time as people give it to `--since` and `--until`, before it is known what *now* is.
///
/// A day means its first instant, so that `--since yesterday --until today` is all of yesterday.
///
/// ```swift
/// try TimeExpression("3d2h").instant(now: .now(), in: .current)
/// ```
public struct TimeExpression: Hashable, Sendable {
    private enum Form: Hashable {
        case instant(Timestamp)
        case ago(milliseconds: Int64)
        case startOfDay(plus: Int)
        case timeOfDay(CivilDateTime)
        case timeOfDayOn(plus: Int, CivilDateTime)
        case local(CivilDateTime)
    }

    /// The text as it was given.
    public let text: String
    private let form: Form

    /// Reads `2h`, `3d2h`, `90s` (that long ago), `now`, `today`, `yesterday`, `yesterday 03:12`,
    /// `03:12`, `03:12:30`, `2026-11-23`, `2026-11-23T03:12`, `2026-11-23 03:12:00`, RFC 3339 with its zone, or
    /// `@1795435200`; words in any case, spaces around them ignored.
    public init(_ text: String) throws(ValueTextError) {
        self.text = text
        let trimmed = Self.trimmed(text)
        if trimmed.utf8.first == UInt8(ascii: "@") {
            form = .instant(try Self.unixSeconds(trimmed, of: text))
        } else if let form = Self.word(trimmed) ?? Self.calendarForm(trimmed) {
            self.form = form
        } else {
            form = .ago(milliseconds: try Self.duration(trimmed, of: text).milliseconds)
        }
    }

    /// The instant that was meant.
    ///
    /// A time of day is today's, or yesterday's if today's would be after `now`. A local time that
    /// clocks showed twice is the first; one that they skipped is read with the offset before.
    public func instant(now: Timestamp = .now(), in zone: LocalZone = .current) -> Timestamp {
        switch form {
        case .instant(let instant): return instant
        case .ago(let milliseconds): return now.advanced(byMilliseconds: -milliseconds)
        case .local(let civil): return zone.instant(of: civil)
        case .startOfDay(let days):
            guard let midnight = zone.civil(at: now)?.startOfDay(plus: days) else { return now }
            return zone.instant(of: midnight)
        case .timeOfDayOn(let days, let time):
            return instant(of: time, daysAfterToday: days, now: now, in: zone)
        case .timeOfDay(let time):
            let today = instant(of: time, daysAfterToday: 0, now: now, in: zone)
            guard today > now else { return today }
            return instant(of: time, daysAfterToday: -1, now: now, in: zone)
        }
    }

    private func instant(
        of time: CivilDateTime, daysAfterToday days: Int, now: Timestamp, in zone: LocalZone
    ) -> Timestamp {
        guard var civil = zone.civil(at: now)?.startOfDay(plus: days) else { return now }
        civil.hour = time.hour
        civil.minute = time.minute
        civil.second = time.second
        civil.millisecond = time.millisecond
        return zone.instant(of: civil)
    }

    private static func word(_ text: String) -> Form? {
        switch text.lowercased() {
        case "now": .ago(milliseconds: 0)
        case "today": .startOfDay(plus: 0)
        case "yesterday": .startOfDay(plus: -1)
        default: nil
        }
    }

    private static func calendarForm(_ text: String) -> Form? {
        if let instant = Timestamp(rfc3339: text) { return .instant(instant) }
        var scanner = TextScanner(text)
        if let civil = scanner.civilDateTime(timeRequired: false), scanner.isAtEnd {
            return .local(civil)
        }
        scanner = TextScanner(text)
        let day = scanner.dayWord()
        guard var time = CivilDateTime(year: 2000, month: 1, day: 1),
            scanner.readTimeOfDay(into: &time), scanner.isAtEnd
        else { return nil }
        return day.map { .timeOfDayOn(plus: $0, time) } ?? .timeOfDay(time)
    }

    private static func unixSeconds(
        _ text: String, of whole: String
    ) throws(ValueTextError) -> Timestamp {
        var scanner = TextScanner(text.dropFirst())
        let isNegative = scanner.skip("-")
        guard let seconds = scanner.number() else { throw unknown(whole) }
        var billionths: Int64 = 0
        if scanner.skip(".") {
            guard let fraction = scanner.billionths() else { throw unknown(whole) }
            billionths = fraction
        }
        guard scanner.isAtEnd else { throw unknown(whole) }
        let milliseconds = (seconds * 1000 + Int128(billionths / 1_000_000)) * (isNegative ? -1 : 1)
        guard let unix = Int64(exactly: milliseconds),
            CivilDateTime(unixMilliseconds: unix) != nil
        else { throw ValueTextError(text: whole, wanted: .time, problem: .outOfRange) }
        return Timestamp(unixMilliseconds: unix)
    }

    private static func duration(
        _ text: String, of whole: String
    ) throws(ValueTextError) -> Duration {
        do throws(ValueTextError) {
            let duration = try Duration(text: text)
            // "-2h" could mean before or after now: it is neither.
            guard text.utf8.first != UInt8(ascii: "-") else { throw unknown(whole) }
            return duration
        } catch {
            throw ValueTextError(
                text: whole, wanted: error.problem == .outOfRange ? .duration : .time,
                problem: error.problem)
        }
    }

    private static func unknown(_ text: String) -> ValueTextError {
        ValueTextError(text: text, wanted: .time, problem: .unknownForm)
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}

extension TextScanner {
    /// Reads `today ` or `yesterday `, with the spaces after it: days after today.
    fileprivate mutating func dayWord() -> Int? {
        let days: Int
        switch word().lowercased() {
        case "today": days = 0
        case "yesterday": days = -1
        default: return nil
        }
        guard skipOne(of: " \t") != nil else { return nil }
        while skipOne(of: " \t") != nil {}
        return days
    }
}
