internal import HistoryModel

/// One panel as SVG.
///
/// It is as wide as there is room, and not scaled: text keeps its size on a telephone. So places on
/// the time axis are percentages, and only the lines lie in a coordinate system that is stretched.
struct SVGChart {
    let panel: ChartPanel
    let tracks: [ChartTrack]
    let axis: TimeAxis
    /// What its ids begin with.
    let id: String

    private var height: Double { panel.isLow ? 84 : 132 }
    private static let top = 8.0
    /// The stretched coordinate system: so fine that its numbers need no point.
    private static let width = 10_000.0
    private static let fineness = 10.0

    private var tickDistance: Double { panel.unit.tickDistance(upTo: highest) }
    private var highest: Double { max(panel.highest, panel.drawnLimit?.value ?? 0) }
    /// The value of the upper edge.
    private var ceiling: Double {
        let distance = tickDistance
        let lines = (highest / distance).rounded(.up)
        // A line that runs along the upper edge would be lost in it.
        // All values may be 0, and nothing is divided by that.
        return max(max(lines, 1) * distance, highest * 1.04)
    }

    private func y(_ value: Double, _ ceiling: Double) -> String {
        let part = min(max(value / ceiling, 0), 1)
        return DecimalPlaces.text(
            height - (height - Self.top) * part, places: 1, isPadded: false)
    }

    private func point(_ instant: Timestamp, _ value: Double, _ ceiling: Double) -> Point {
        let part = min(max(value / ceiling, 0), 1)
        let y = (height - (height - Self.top) * part) * Self.fineness
        return Point(x: Int((axis.place(of: instant) * Self.width).rounded()), y: Int(y.rounded()))
    }

    var html: HTMLText {
        let ceiling = ceiling
        let size = DecimalPlaces.text(height, places: 0)
        return """
            <svg class="plot \(panel.isLow ? "low" : "high")" role="img" \
            aria-labelledby="\(id)-title \(id)-desc">
            <title id="\(id)-title">\(panel.title)</title>
            <desc id="\(id)-desc">\(description)</desc>
            \(grid(ceiling))<svg class="lines" width="100%" height="\(size)" \
            viewBox="0 0 10000 \(size)0" preserveAspectRatio="none">
            \(lines(ceiling))</svg>\(limit(ceiling))
            </svg>

            """
    }

    /// What a reader hears who cannot see the lines.
    private var description: String {
        let lines = panel.lines.map { line in
            let values = line.values.lazy.compactMap { $0 }
            guard let low = values.min(), let high = values.max() else {
                return "\(line.name): not measured."
            }
            return "\(line.name): \(panel.unit.text(of: low)) to \(panel.unit.text(of: high))."
        }
        let limit = panel.limit.map { " \($0.name): \(panel.unit.text(of: $0.value))." }
        return "\(axis.text(of: axis.from)) to \(axis.text(of: axis.to)). "
            + lines.joined(separator: " ") + (limit ?? "")
    }

    private func grid(_ ceiling: Double) -> HTMLText {
        var html = HTMLText()
        let distance = tickDistance
        var value = 0.0
        while value <= ceiling, value / distance < 6 {
            let place = y(value, ceiling)
            html += "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"\(place)\" y2=\"\(place)\"/>"
            html += """
                <text class="tick" x="-8" y="\(place)" dy=".32em" text-anchor="end">\
                \(panel.unit.tickText(of: value))</text>

                """
            value += distance
        }
        for tick in axis.ticks {
            let place = percent(tick.place)
            html += """
                <line class="grid time" x1="\(place)" x2="\(place)" \
                y1="\(DecimalPlaces.text(Self.top, places: 0))" y2="100%"/>

                """
        }
        return html
    }

    private func limit(_ ceiling: Double) -> HTMLText {
        guard let limit = panel.drawnLimit else { return "" }
        let place = y(limit.value, ceiling)
        return "<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"\(place)\" y2=\"\(place)\"/>"
    }

    private func lines(_ ceiling: Double) -> HTMLText {
        var html = HTMLText()
        // Areas lie behind all lines.
        for (index, line) in panel.lines.enumerated() {
            switch line.style {
            case .first: html += area(line, above: nil, "area", ceiling)
            case .second: continue
            case .peak:
                if index > 0 { html += area(line, above: panel.lines[index - 1], "band", ceiling) }
            }
        }
        for line in panel.lines.sorted(by: { $0.style == .peak && $1.style != .peak }) {
            let path = pieces(of: line).map { Self.path(through: trace(line, $0, ceiling)) }
                .joined()
            if !path.isEmpty {
                html += "<path class=\"line \(line.style.rawValue)\" d=\"\(path)\"/>\n"
            }
        }
        return html
    }

    /// The stretches of steps that a line goes through without a break.
    private func pieces(of line: ChartPanel.Line) -> [Range<Int>] {
        guard tracks.indices.contains(line.track) else { return [] }
        let track = tracks[line.track]
        var pieces: [Range<Int>] = []
        var start: Int?
        for index in 0..<min(track.steps.count, line.values.count) {
            let hasValue = line.values[index]?.isFinite ?? false
            if let begun = start, !hasValue || !track.joins(index) {
                pieces.append(begun..<index)
                start = nil
            }
            if hasValue, start == nil { start = index }
        }
        if let start { pieces.append(start..<min(track.steps.count, line.values.count)) }
        return pieces
    }

    /// From the start of the first step through each of them to the end of the last, so that a step
    /// alone is seen, too.
    private func trace(
        _ line: ChartPanel.Line, _ piece: Range<Int>, _ ceiling: Double
    ) -> [Point] {
        let steps = tracks[line.track].steps
        let value = { (index: Int) -> Double in line.values[index] ?? 0 }
        let (first, last) = (piece.lowerBound, piece.upperBound - 1)
        var points: [Point] = []
        points.reserveCapacity(piece.count + 2)
        points.append(point(steps[first].from, value(first), ceiling))
        for index in piece { points.append(point(steps[index].at, value(index), ceiling)) }
        points.append(point(steps[last].to, value(last), ceiling))
        return points
    }

    private func area(
        _ line: ChartPanel.Line, above lower: ChartPanel.Line?, _ name: String, _ ceiling: Double
    ) -> HTMLText {
        let path = pieces(of: line).map { piece -> String in
            let upper = trace(line, piece, ceiling)
            guard let lower else {
                let bottom = Int(height * Self.fineness)
                let ends = [upper.last, upper.first].compactMap { $0 }
                return Self.path(through: upper + ends.map { Point(x: $0.x, y: bottom) }) + "Z"
            }
            let hasAll = piece.allSatisfy { index in
                lower.values.indices.contains(index) && lower.values[index] != nil
            }
            return hasAll
                ? Self.path(through: upper + trace(lower, piece, ceiling).reversed()) + "Z" : ""
        }.joined()
        return path.isEmpty ? "" : "<path class=\"\(name)\" d=\"\(path)\"/>\n"
    }

    private struct Point: Hashable {
        var x: Int
        var y: Int
    }

    /// The path from point to point, each told by its distance from the one before, which is short.
    private static func path(through points: [Point]) -> String {
        guard var last = points.first else { return "" }
        // A line of no length is a dot, by its round ends.
        var path = "M\(last.x) \(last.y)l"
        for point in points.dropFirst() {
            let (x, y) = (point.x - last.x, point.y - last.y)
            if path.utf8.last != UInt8(ascii: "l"), x >= 0 { path += " " }
            path += "\(x)"
            if y >= 0 { path += " " }
            path += "\(y)"
            last = point
        }
        return points.count == 1 ? path + "0 0" : path
    }
}

/// `12.34%` of a place from 0 to 1.
func percent(_ place: Double) -> String {
    DecimalPlaces.text(place * 100, places: 3, isPadded: false) + "%"
}
