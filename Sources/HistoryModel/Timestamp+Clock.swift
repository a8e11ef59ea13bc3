extension Timestamp {
    /// What calendars and clocks of `zone` show: `2026-11-23` and `04:12:00`; `nil` outside years 0 to
    /// 9999.
    public func dateAndTime(in zone: LocalZone) -> (date: String, time: String)? {
        zone.civil(at: self).map { ($0.dateText, $0.timeText) }
    }

    /// The time that clocks of `zone` show, to the millisecond, with its offset from UTC:
    /// `2026-11-23 04:12:00.250 +01:00`.
    public func preciseDescription(in zone: LocalZone) -> String {
        let text = description(in: zone)
        guard let civil = zone.civil(at: self), let offset = text.lastIndex(of: " ") else {
            return text
        }
        return text[..<offset] + "." + CivilDateTime.padded(civil.millisecond, to: 3)
            + text[offset...]
    }
}
