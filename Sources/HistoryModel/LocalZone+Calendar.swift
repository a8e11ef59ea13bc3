/// A stretch of the calendar by which usage is put together.
public enum CalendarUnit: String, Hashable, Sendable {
    /// From one midnight to the next.
    case day
    /// From the midnight that begins a month to the one that begins the next.
    case month
}

extension LocalZone {
    /// When the unit that `instant` lies in begins; where clocks step over midnight, the first instant
    /// of the day. `nil` outside years 0 to 9999.
    public func start(of unit: CalendarUnit, containing instant: Timestamp) -> Timestamp? {
        guard var shown = civil(at: instant) else { return nil }
        if unit == .month { shown.day = 1 }
        return shown.startOfDay().map { self.instant(of: $0) }
    }

    /// When the unit after the one that `instant` lies in begins. `nil` outside years 0 to 9999.
    ///
    /// A day has 23 or 25 hours where clocks are changed.
    public func start(of unit: CalendarUnit, after instant: Timestamp) -> Timestamp? {
        guard var shown = civil(at: instant) else { return nil }
        if unit == .month { shown.day = 1 }
        // The next that begins later: a zone may have left out a whole day.
        for step in 1...3 {
            let next = unit == .day ? shown.startOfDay(plus: step) : shown.startOfMonth(plus: step)
            if let start = next.map({ self.instant(of: $0) }), start > instant { return start }
        }
        return nil
    }

    /// `2026-11-22` or `2026-11`: the name of the unit that `instant` lies in. `nil` outside years 0 to
    /// 9999.
    public func name(of unit: CalendarUnit, containing instant: Timestamp) -> String? {
        guard let date = civil(at: instant)?.dateText else { return nil }
        return unit == .day ? date : String(date.dropLast(3))
    }
}

extension CivilDateTime {
    /// The midnight that begins the month, `months` later.
    fileprivate func startOfMonth(plus months: Int) -> CivilDateTime? {
        let count = year * 12 + month - 1 + months
        return CivilDateTime(year: count / 12, month: count % 12 + 1, day: 1)
    }
}
