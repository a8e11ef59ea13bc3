public import HistoryModel

/// The time that charts one below the other share.
public struct TimeAxis: Sendable {
    /// What its instants are.
    public enum Clock: Sendable {
        /// Instants, told as clocks of a zone show them.
        case local(LocalZone)
        /// Milliseconds from the start of each of several runs, so that those can be laid over
        /// one another.
        case elapsed
    }

    /// A place on the axis with a label.
    struct Tick: Hashable {
        /// Where, from 0 to 1.
        var place: Double
        /// The time, or the day.
        var label: String
        /// The day, where it is the first label of it.
        var day: String?
        /// Whether there is room for it on a telephone.
        var isMain: Bool
    }

    /// The left end.
    public let from: Timestamp
    /// The right end, later than the left one.
    public let to: Timestamp
    /// What the instants are.
    public let clock: Clock

    /// The time from `from` to `to`, a second at least.
    public init(from: Timestamp, to: Timestamp, clock: Clock) {
        self.from = from
        self.to = max(to, from.advanced(byMilliseconds: 1000))
        self.clock = clock
    }

    var milliseconds: Int64 { max(1, to.milliseconds(since: from)) }

    /// Where `instant` lies from 0 to 1; what is outside is at the nearer end.
    func place(of instant: Timestamp) -> Double {
        let part = Double(instant.milliseconds(since: from)) / Double(milliseconds)
        return min(max(part, 0), 1)
    }

    /// The instant as people read it: `2026-11-23 04:12:00.250 +01:00`, or `4m 05s` after the start.
    public func text(of instant: Timestamp, withMilliseconds: Bool = false) -> String {
        guard case .local(let zone) = clock else {
            return "+" + Duration.milliseconds(instant.unixMilliseconds).compactText
        }
        return withMilliseconds
            ? instant.preciseDescription(in: zone) : instant.description(in: zone)
    }

    /// Labels at round times: eight at most, of which four at most are main ones.
    var ticks: [Tick] {
        let distance = Self.distances.first { milliseconds / $0 <= 8 } ?? milliseconds / 6
        var ticks: [Tick] = []
        var day = ""
        for instant in instants(every: distance) where instant >= from && instant <= to {
            var tick = Tick(place: place(of: instant), label: "", day: nil, isMain: true)
            switch clock {
            case .elapsed:
                tick.label = Self.elapsedText(instant.unixMilliseconds)
            case .local(let zone):
                guard let shown = instant.dateAndTime(in: zone) else { continue }
                let date = Self.dayText(shown.date, withYear: distance >= 300 * 86_400_000)
                if distance >= 86_400_000 {
                    tick.label = date
                } else {
                    tick.label = Self.clockText(shown.time, instant, every: distance)
                    tick.day = date == day ? nil : date
                    day = date
                }
            }
            ticks.append(tick)
        }
        let stride = (ticks.count + 3) / 4
        // A day stays where it is told once.
        for index in ticks.indices { ticks[index].isMain = index % max(1, stride) == 0 }
        return ticks
    }

    /// Multiples of `distance` by the axis's clock.
    private func instants(every distance: Int64) -> [Timestamp] {
        let east = { (instant: Timestamp) -> Int64 in
            guard case .local(let zone) = clock else { return 0 }
            return Int64(zone.secondsEast(at: instant)) * 1000
        }
        var shown = from.advanced(byMilliseconds: east(from)).aligned(downTo: distance)
        var instants: [Timestamp] = []
        for _ in 0...12 {
            // Once more with the offset that holds there: clocks may have been changed since.
            let guess = shown.advanced(byMilliseconds: -east(from))
            let instant = shown.advanced(byMilliseconds: -east(guess))
            if instants.last.map({ $0 < instant }) ?? true { instants.append(instant) }
            shown = shown.advanced(byMilliseconds: distance)
        }
        return instants
    }

    private static let distances: [Int64] = {
        let second: Int64 = 1000
        let (minute, hour, day) = (60 * second, 3600 * second, 86_400 * second)
        return [
            100, 200, 500, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
            minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour,
            3 * hour, 6 * hour, 12 * hour, day, 2 * day, 4 * day, 7 * day, 14 * day, 30 * day,
            90 * day, 180 * day, 365 * day, 1825 * day, 3650 * day,
        ]
    }()

    private static func clockText(
        _ time: String, _ instant: Timestamp, every distance: Int64
    ) -> String {
        if distance >= 60_000 { return String(time.prefix(5)) }
        guard distance < 1000 else { return time }
        let tenths = (instant.unixMilliseconds % 1000 + 1000) % 1000 / 100
        return "\(time).\(tenths)"
    }

    /// `23 Nov`, or with its year.
    private static func dayText(_ date: String, withYear: Bool) -> String {
        let parts = date.split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), let day = Int(parts[2]),
            months.indices.contains(month - 1)
        else { return date }
        return withYear ? "\(months[month - 1]) \(parts[0])" : "\(day) \(months[month - 1])"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func elapsedText(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case 0: return "0"
        case ..<60_000:
            return DecimalPlaces.text(Double(milliseconds) / 1000, places: 1, isPadded: false) + "s"
        case _ where milliseconds % 86_400_000 == 0: return "\(milliseconds / 86_400_000)d"
        case _ where milliseconds % 3_600_000 == 0 && milliseconds < 86_400_000:
            return "\(milliseconds / 3_600_000)h"
        case _ where milliseconds % 60_000 == 0 && milliseconds < 3_600_000:
            return "\(milliseconds / 60_000)m"
        default: return Duration.milliseconds(milliseconds).compactText
        }
    }
}
