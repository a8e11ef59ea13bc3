/// One chart of a group: lines of one unit over the group's time.
public struct ChartPanel: Sendable {
    /// A line, and what it is called.
    public struct Line: Sendable {
        /// How it is drawn.
        public enum Style: String, Sendable {
            /// The first colour, the area below it tinted.
            case first
            /// The second colour.
            case second
            /// A thin line in the first colour, and the band between it and the line before it:
            /// the highest above the average.
            case peak
        }

        /// What it is called in the legend.
        public var name: String
        /// A value for each step of its track; `nil` where nobody measured.
        public var values: [Double?]
        /// How it is drawn.
        public var style: Style
        /// The place of its track in the group.
        public var track: Int

        /// The line `name` through `values`.
        public init(_ name: String, _ values: [Double?], _ style: Style, track: Int = 0) {
            self.name = name
            self.values = values
            self.style = style
            self.track = track
        }

        /// The highest value; `nil` without any.
        var highest: Double? { values.lazy.compactMap { $0 }.filter(\.isFinite).max() }
    }

    /// A level that the values should not, or cannot, exceed.
    public struct Limit: Hashable, Sendable {
        /// What it is called in the legend.
        public var name: String
        /// Where it is.
        public var value: Double

        /// The level `value`.
        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// What it shows, as `Memory`.
    public var title: String
    /// What its values are.
    public var unit: ChartUnit
    /// Its lines, those in front last.
    public var lines: [Line]
    /// Its limit, if there is one.
    public var limit: Limit?
    /// Whether it is a lower one, for what matters less.
    public var isLow: Bool

    /// The chart `title`.
    public init(
        _ title: String, in unit: ChartUnit, lines: [Line], limit: Limit? = nil, isLow: Bool = false
    ) {
        self.title = title
        self.unit = unit
        self.lines = lines
        self.limit = limit
        self.isLow = isLow
    }

    /// Whether anybody measured what it shows.
    public var isEmpty: Bool { !lines.contains { $0.highest != nil } }

    /// The highest value of all lines.
    var highest: Double { lines.compactMap(\.highest).max() ?? 0 }

    /// The limit, unless it is so far above all values that those would be flat beside it.
    var drawnLimit: Limit? {
        limit.flatMap { $0.value.isFinite && $0.value <= 4 * max(highest, 1) ? $0 : nil }
    }
}
