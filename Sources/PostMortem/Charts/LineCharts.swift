import HistoryModel

/// What was measured over a stretch of time, as lines of block characters on one axis, with marks where
/// something happened.
struct LineCharts {
    let from: Timestamp
    let to: Timestamp
    let moments: [Moment]
    /// What is marked, each with its letter.
    let marks: [(letter: Character, at: Timestamp)]
    let limit: Double?
    let zone: LocalZone

    private static let labelWidth = 8
    private static let noteWidth = 21

    /// The lines, `width` columns wide at most.
    func lines(width: Int) -> [PageLine] {
        let chart = max(10, width - 2 - Self.labelWidth - 1 - Self.noteWidth)
        var lines: [PageLine] = []
        func memory(_ bytes: Double) -> String {
            guard let limit, limit > 0 else { return Words.bytes(bytes) }
            return "\(Words.bytes(bytes)) (\(Words.percent(bytes / limit)))"
        }
        let metrics: [(String, KeyPath<Moment, Double?>, (Double) -> String)] = [
            ("CPU", \.cpu, { Words.cpu($0) }),
            ("memory", \.memory, memory),
            ("disk", \.disk, Words.rate), ("network", \.net, Words.rate),
        ]
        for (name, value, show) in metrics {
            var line = Sparkline(from: from, to: to, width: chart, startsAtZero: true)
            for moment in moments {
                guard let value = moment[keyPath: value] else { continue }
                line.add(value, from: moment.from, to: moment.until)
            }
            guard let highest = line.bounds?.upperBound else { continue }
            let note = "max \(show(highest))".truncated(toWidth: Self.noteWidth - 1)
            lines.append(
                PageLine([
                    ("  " + padded(name) + " ", .dim), (line.text, .plain), (" " + note, .dim),
                ]))
        }
        guard !lines.isEmpty else { return [] }
        if let line = markLine(width: chart) {
            lines.append(PageLine([("  " + padded("events") + " ", .dim), (line, .warning)]))
        }
        lines.append(
            PageLine("  " + padded("") + " " + axis(width: chart), .dim))
        return lines
    }

    private func padded(_ name: String) -> String {
        name + String(repeating: " ", count: max(0, Self.labelWidth - name.count))
    }

    private func axis(width: Int) -> String {
        let (start, end) = (from.timeOfDay(in: zone), to.timeOfDay(in: zone))
        let free = width - start.count - end.count
        return start + (free > 0 ? String(repeating: " ", count: free) + end : "")
    }

    private func markLine(width: Int) -> String? {
        var places = [Character](repeating: " ", count: width)
        let length = Double(max(1, to.milliseconds(since: from)))
        var isEmpty = true
        for mark in marks where mark.at >= from && mark.at <= to {
            let part = Double(mark.at.milliseconds(since: from)) / length
            let place = min(width - 1, max(0, Int(part * Double(width))))
            // Of several in one place the first that is free to the left shows.
            guard let free = (0...place).last(where: { places[$0] == " " }) else { continue }
            places[free] = mark.letter
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        let end = places.lastIndex { $0 != " " } ?? 0
        return String(places[...end])
    }
}
