extension Timestamp {
    /// UTC with milliseconds: `2026-11-23T03:12:00.000Z`.
    ///
    /// RFC 3339 has no years beyond 0000 to 9999. An instant outside of them is written as Unix
    /// seconds, `@-62167219200.001`, which ``TimeExpression`` reads as a form, and is never moved.
    public var rfc3339: String {
        guard let civil = CivilDateTime(unixMilliseconds: unixMilliseconds) else {
            return unixSecondsText
        }
        let fraction = CivilDateTime.padded(civil.millisecond, to: 3)
        return "\(civil.dateText)T\(civil.timeText).\(fraction)Z"
    }

    /// The instant that `text` names, such as `2026-11-23T03:12:00.5+01:00`.
    ///
    /// Seconds and fraction may be missing; more digits than milliseconds are cut off; a space, `t`
    /// and `z` are read as RFC 3339 suggests. `nil` if it has another form or is no date, and outside
    /// years 0000 to 9999.
    public init?(rfc3339 text: String) {
        var scanner = TextScanner(text)
        guard let civil = scanner.civilDateTime(), let offset = scanner.zoneOffset(),
            scanner.isAtEnd
        else { return nil }
        let instant = Timestamp(unixMilliseconds: civil.unixMilliseconds)
            .advanced(byMilliseconds: -Int64(offset) * 1000)
        guard CivilDateTime(unixMilliseconds: instant.unixMilliseconds) != nil else { return nil }
        self = instant
    }

    /// Local time with its offset, for tables: `2026-11-23 04:12:00 +01:00`.
    public var localDescription: String { description(in: .current) }

    /// The time that clocks of `zone` show, to the second, with its offset from UTC.
    public func description(in zone: LocalZone) -> String {
        guard let civil = zone.civil(at: self) else { return unixSecondsText }
        let offset = zone.secondsEast(at: self)
        let hours = CivilDateTime.padded(abs(offset) / 3600, to: 2)
        let minutes = CivilDateTime.padded(abs(offset) / 60 % 60, to: 2)
        let sign = offset < 0 ? "-" : "+"
        return "\(civil.dateText) \(civil.timeText) \(sign)\(hours):\(minutes)"
    }

    private var unixSecondsText: String {
        let magnitude = unixMilliseconds.magnitude
        let fraction = CivilDateTime.padded(Int(magnitude % 1000), to: 3)
        return "@\(unixMilliseconds < 0 ? "-" : "")\(magnitude / 1000).\(fraction)"
    }
}

extension TextScanner {
    /// Reads `2026-11-23` and, if one follows, the time of day.
    mutating func civilDateTime(timeRequired: Bool = true) -> CivilDateTime? {
        guard let year = fixedNumber(digits: 4), skip("-"), let month = fixedNumber(digits: 2),
            skip("-"), let day = fixedNumber(digits: 2),
            var civil = CivilDateTime(year: year, month: month, day: day)
        else { return nil }
        if isAtEnd, !timeRequired { return civil }
        guard skipOne(of: "Tt ") != nil, readTimeOfDay(into: &civil) else { return nil }
        return civil
    }

    /// Reads `03:12`, `03:12:30` or `03:12:30.5` into `civil`.
    mutating func readTimeOfDay(into civil: inout CivilDateTime) -> Bool {
        guard let hour = fixedNumber(digits: 2), skip(":"), let minute = fixedNumber(digits: 2)
        else { return false }
        var second = 0
        var billionths: Int64 = 0
        if skip(":") {
            guard let seconds = fixedNumber(digits: 2) else { return false }
            second = seconds
            if skip(".") {
                guard let fraction = self.billionths() else { return false }
                billionths = fraction
            }
        }
        guard
            let whole = CivilDateTime(
                year: civil.year, month: civil.month, day: civil.day,
                hour: hour, minute: minute, second: second,
                millisecond: Int(billionths / 1_000_000))
        else { return false }
        civil = whole
        return true
    }

    /// Reads `Z` or `±hh:mm`: seconds east of UTC.
    mutating func zoneOffset() -> Int? {
        if skipOne(of: "Zz") != nil { return 0 }
        guard let sign = skipOne(of: "+-"), let hours = fixedNumber(digits: 2), skip(":"),
            let minutes = fixedNumber(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }
}
