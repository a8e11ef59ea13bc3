public import HistoryModel

/// Two runs as a page for a browser: one file that loads nothing and can be mailed.
public struct ComparisonBrowserPage: Sendable {
    private let comparison: RunComparison
    private let zone: LocalZone

    /// A page of `comparison`, its times as clocks of `zone` show them.
    public init(of comparison: RunComparison, in zone: LocalZone) {
        self.comparison = comparison
        self.zone = zone
    }

    private var files: [CaseFile] { comparison.runs.map(\.caseFile) }

    /// The page.
    public var html: HTMLText {
        let ids = files.map { "\($0.run.id)" }
        let names = files.map { $0.run.sandbox.escapedForDisplay.truncated(toWidth: 60) }
        let sections = comparison.sections(in: zone).filter { !$0.isEmpty }.enumerated()
            .map { index, section in section.html(id: "part-\(index)") }
        let main: HTMLText = """
            <main>
            <header class="card answer">
            <p class="eyebrow">Two runs compared</p>
            <h1>Run \(ids[1]) of <bdi>\(names[1])</bdi> with run \(ids[0]) of \
            <bdi>\(names[0])</bdi></h1>
            <p class="verdict">\(comparison.sentence)</p>
            </header>
            \(sections.prefix(2).joined())\(charts.html)\(sections.dropFirst(2).joined())</main>

            """
        let footer: HTMLText = """
            <footer><p>Made by <b>varve</b> from its catalog. \
            <code>varve compare \(ids[0]) \(ids[1])</code> says the same in a terminal.</p></footer>

            """
        return HTMLPage(
            title: "Run \(ids[1]) compared with run \(ids[0])", body: main + footer
        ).html
    }

    /// Both from their start, on one axis.
    private var charts: ChartGroup {
        let length = max(1, files.map(\.length).max() ?? 1)
        let tracks = zip(["first", "second"], files).map { name, file -> ChartTrack in
            var track = ChartTrack(of: file.history.fromStart)
            track.name = name
            return track
        }
        var group = ChartGroup(
            "both", title: "Both from their start",
            axis: TimeAxis(
                from: Timestamp(unixMilliseconds: 0), to: Timestamp(unixMilliseconds: length),
                clock: .elapsed),
            tracks: tracks)
        group.note = "The highest memory and the average of all else in each step."
        group.panels = [
            panel("Memory", .bytes, [.init(.memory, .max)], isLow: false),
            panel("CPU", .cpuCentipercent, [.init(.cpu, .avg)], isLow: false),
            panel(
                "Disk", .bytesPerSecond, [.init(.diskRead, .avg), .init(.diskWrite, .avg)],
                isLow: true),
            panel(
                "Network", .bytesPerSecond, [.init(.netRx, .avg), .init(.netTx, .avg)],
                isLow: true),
        ]
        return group
    }

    private func panel(
        _ title: String, _ unit: ChartUnit, _ columns: [Series.Column], isLow: Bool
    ) -> ChartPanel {
        let lines = files.enumerated().map { index, file -> ChartPanel.Line in
            let places = columns.compactMap { file.history.columns.firstIndex(of: $0) }
            let values = file.history.points.map { point -> Double? in
                places.reduce(nil) { CaseFile.sum($0, point.values[$1]) }
            }
            return ChartPanel.Line("run", values, index == 0 ? .first : .second, track: index)
        }
        return ChartPanel(title, in: unit, lines: lines, isLow: isLow)
    }
}

extension Series {
    /// The series as if its run had started at the epoch: times are elapsed ones.
    fileprivate var fromStart: Series {
        let start = run.startedAt
        func elapsed(_ instant: Timestamp) -> Timestamp {
            Timestamp(unixMilliseconds: instant.milliseconds(since: start))
        }
        var shifted = self
        shifted.run.startedAt = Timestamp(unixMilliseconds: 0)
        shifted.points = Points(columnCount: columns.count)
        for point in points {
            shifted.points.appendStep(
                at: elapsed(point.at).unixMilliseconds, milliseconds: point.milliseconds,
                lastAt: elapsed(point.lastAt).unixMilliseconds, sampleCount: point.sampleCount,
                isPartial: point.isPartial)
            for (column, value) in point.values.enumerated() {
                shifted.points.append(value ?? .nan, to: column)
            }
        }
        shifted.gaps = gaps.map {
            Gap(from: elapsed($0.from), to: elapsed($0.to), reason: $0.reason)
        }
        return shifted
    }
}
