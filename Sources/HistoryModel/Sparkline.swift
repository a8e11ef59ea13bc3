/// A value over time on one line: `▁▂▅█▇▃  ▁▁`.
///
/// ```swift
/// var line = Sparkline(from: start, to: end, width: 40)
/// line.add(12.5, from: at, to: next)
/// line.text  // 40 characters, blank where nothing is known
/// ```
public struct Sparkline: Sendable {
    private let from: Int64
    private let length: Double
    private var highest: [Double?]
    private let startsAtZero: Bool
    /// The lowest and the highest value that was added, or is to be shown; `nil` without any.
    public private(set) var bounds: ClosedRange<Double>?

    /// A line of `width` characters for the time from `from` to `to`.
    ///
    /// - Parameter startsAtZero: Whether the lowest bar is 0, and not the lowest value: right for
    ///   rates, while a level of gigabytes would be flat.
    public init(from: Timestamp, to: Timestamp, width: Int, startsAtZero: Bool) {
        self.from = from.unixMilliseconds
        length = Double(max(1, to.milliseconds(since: from)))
        highest = Array(repeating: nil, count: max(0, width))
        self.startsAtZero = startsAtZero
    }

    /// Takes a value that held from `from` to `to`; of several in one place the highest shows.
    public mutating func add(_ value: Double, from: Timestamp, to: Timestamp) {
        guard value.isFinite, !highest.isEmpty else { return }
        bounds = min(bounds?.lowerBound ?? value, value)...max(bounds?.upperBound ?? value, value)
        let first = place(of: from)
        // What ends where the next begins does not reach into it.
        let last = max(first, place(of: to.advanced(byMilliseconds: -1)))
        for index in max(0, first)...max(0, last) where index < highest.count {
            highest[index] = max(highest[index] ?? value, value)
        }
    }

    /// Makes the highest bar at least `value` high, so that two lines can be held against each other.
    public mutating func includeInScale(_ value: Double) {
        guard value.isFinite else { return }
        bounds = min(bounds?.lowerBound ?? value, value)...max(bounds?.upperBound ?? value, value)
    }

    private func place(of instant: Timestamp) -> Int {
        let elapsed = Double(instant.milliseconds(since: Timestamp(unixMilliseconds: from)))
        let place = elapsed / length * Double(highest.count)
        return Int(min(max(place, -1), Double(highest.count)).rounded(.down))
    }

    /// The line.
    public var text: String {
        guard let bounds else { return String(repeating: " ", count: highest.count) }
        let low = startsAtZero ? min(0, bounds.lowerBound) : bounds.lowerBound
        let span = bounds.upperBound - low
        let bars = Array("▁▂▃▄▅▆▇█")
        return String(
            highest.map { value in
                guard let value else { return " " as Character }
                let part = span > 0 ? (value - low) / span : 0
                return bars[min(bars.count - 1, Int(part * Double(bars.count)))]
            })
    }
}
