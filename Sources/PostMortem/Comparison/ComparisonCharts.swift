internal import HistoryModel

/// Two runs as lines of block characters, one below the other, each metric on one scale and all on one
/// axis of the time since the start.
struct ComparisonCharts {
    let runs: [CaseFile]

    private static let labelWidth = 10
    private static let noteWidth = 17

    /// The longer of the two.
    var length: Int64 { max(1, runs.map(\.length).max() ?? 1) }

    /// The lines, `width` columns wide at most; none if nothing was measured.
    func lines(width: Int) -> [PageLine] {
        let chart = max(10, width - 2 - Self.labelWidth - 1 - Self.noteWidth)
        let metrics: [(String, KeyPath<Moment, Double?>, (Double) -> String)] = [
            ("CPU", \.cpu, Words.cpu), ("memory", \.memory, Words.bytes),
            ("disk", \.disk, Words.rate), ("network", \.net, Words.rate),
        ]
        var lines: [PageLine] = []
        for (name, value, show) in metrics {
            let courses = runs.map { course(of: $0, value) }
            let highest = courses.map { $0.map(\.value).max() }
            guard let scale = highest.compactMap(\.self).max() else { continue }
            for (index, course) in courses.enumerated() {
                var line = Sparkline(
                    from: .init(unixMilliseconds: 0), to: .init(unixMilliseconds: length),
                    width: chart, startsAtZero: true)
                line.includeInScale(scale)
                for step in course { line.add(step.value, from: step.from, to: step.to) }
                let label = "\(name) \(index + 1)"
                let note = highest[index].map { "max \(show($0))" } ?? "not measured"
                lines.append(
                    PageLine([
                        ("  " + label.padded(to: Self.labelWidth) + " ", .dim),
                        (line.text, .plain),
                        (" " + note.truncated(toWidth: Self.noteWidth - 1), .dim),
                    ]))
            }
        }
        guard !lines.isEmpty else { return [] }
        let (start, end) = ("start", "+" + Words.length(length))
        lines.append(
            PageLine(
                "  " + "".padded(to: Self.labelWidth) + " "
                    + start.padded(to: max(start.count + 1, chart - end.count)) + end, .dim))
        return lines
    }

    /// What was measured, from the start of the run.
    private func course(
        of file: CaseFile, _ value: KeyPath<Moment, Double?>
    ) -> [(value: Double, from: Timestamp, to: Timestamp)] {
        let moments = file.course.isEmpty ? file.ending : file.course
        return moments.compactMap { moment in
            guard let value = moment[keyPath: value], value.isFinite else { return nil }
            func elapsed(_ instant: Timestamp) -> Timestamp {
                Timestamp(unixMilliseconds: instant.milliseconds(since: file.run.startedAt))
            }
            return (value, elapsed(moment.from), elapsed(moment.until))
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
