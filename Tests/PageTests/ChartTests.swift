import HistoryModel
import Testing

@testable import PostMortem

struct ChartTests {
    @Test(arguments: [
        (ChartUnit.bytes, 512 << 20, ["0 B", "128 MiB", "256 MiB", "384 MiB", "512 MiB"]),
        (.bytes, 3 << 29, ["0 B", "512 MiB", "1 GiB", "1.5 GiB"]),
        (.bytesPerSecond, 0, ["0 B/s", "1 B/s"]),
        (.cpuCentipercent, 14_820, ["0 %", "50 %", "100 %"]),
        (.cpuCentipercent, 37, ["0 %", "1 %"]),
    ])
    func `lines across a chart are at round values`(
        unit: ChartUnit, highest: Int, labels: [String]
    ) {
        let distance = unit.tickDistance(upTo: Double(highest))
        let values = (0..<labels.count).map { Double($0) * distance }
        #expect(values.map(unit.tickText) == labels)
        #expect(Double(highest) <= values.last! + distance)
    }

    @Test(arguments: [0.3, 5, 59, 120, 2_400, 7_200, 86_400, 864_000, 2_592_000, 40_000_000])
    func `a time axis has two to nine labels, in order and at round times`(seconds: Double) {
        let from = Cases.instant(-12_345)
        let axis = TimeAxis(
            from: from, to: from.advanced(byMilliseconds: Int64(seconds * 1000)),
            clock: .local(Cases.zone))
        let ticks = axis.ticks
        #expect((2...11).contains(ticks.count))
        #expect(ticks.map(\.place) == ticks.map(\.place).sorted())
        #expect(Set(ticks.map(\.place)).count == ticks.count)
        #expect(ticks.allSatisfy { (0...1).contains($0.place) && !$0.label.isEmpty })
        #expect((1...4).contains(ticks.count(where: \.isMain)))
    }

    @Test func `labels are of the local clock, and days are told once`() {
        let axis = TimeAxis(
            from: Cases.instant(36_000_000), to: Cases.instant(57_600_000),
            clock: .local(Cases.zone))
        #expect(
            axis.ticks.map(\.label) == [
                "23:00", "00:00", "01:00", "02:00", "03:00", "04:00", "05:00",
            ])
        #expect(axis.ticks.compactMap(\.day) == ["23 Nov", "24 Nov"])
    }

    @Test func `runs that are laid over one another are told from their starts`() {
        let start = Timestamp(unixMilliseconds: 0)
        let axis = TimeAxis(
            from: start, to: start.advanced(byMilliseconds: 3_600_000), clock: .elapsed)
        #expect(axis.ticks.map(\.label) == ["0", "10m", "20m", "30m", "40m", "50m", "1h"])
        #expect(axis.text(of: Timestamp(unixMilliseconds: 245_000)) == "+4m 05s")
    }

    @Test func `a line is not drawn over a gap, and a step alone is seen`() {
        let steps = [0, 10, 20, 60].map { second in
            ChartTrack.Step(
                from: Cases.instant(Int64(second) * 1000),
                to: Cases.instant(Int64(second + 10) * 1000))
        }
        let track = ChartTrack(steps: steps, gaps: [])
        var group = ChartGroup(
            "run", title: "Run",
            axis: TimeAxis(from: Cases.noon, to: Cases.instant(100_000), clock: .local(.utc)),
            tracks: [track])
        group.panels = [
            ChartPanel(
                "CPU", in: .cpuCentipercent,
                lines: [.init("in use", [100, nil, 100, 100], .second)])
        ]
        let markup = group.html.markup
        // At 0 to 10, 20 to 30 and 60 to 70 of 100 seconds, each at 1 % below an edge at 1.04 %.
        #expect(
            markup.contains(#"d="M0 128l500 0 500 0M2000 128l500 0 500 0M6000 128l500 0 500 0""#))
    }

    @Test func `samples that are far apart are not joined, for the reason that is known`() {
        let seconds: [Int64] = [0, 1, 2, 3, 30, 31]
        let samples = seconds.map { Sample(at: Cases.instant($0 * 1000)) }
        let known = ChartTrack.Gap(
            from: Cases.instant(3_000), to: Cases.instant(30_000), reason: "stalled")
        let track = ChartTrack(of: samples, gaps: [known])
        #expect(track.gaps == [known])
        #expect((0..<6).filter(track.joins) == [1, 2, 3, 5])
    }

    @Test func `a limit far above all values is told, not drawn`() {
        let line = ChartPanel.Line("in use", [100], .first)
        let near = ChartPanel("M", in: .bytes, lines: [line], limit: .init("limit", 400))
        let far = ChartPanel("M", in: .bytes, lines: [line], limit: .init("limit", 401))
        #expect(near.drawnLimit?.value == 400)
        #expect(far.drawnLimit == nil)
    }

    @Test(arguments: [0, 1e-300, 1e300, .greatestFiniteMagnitude, .nan, .infinity, -5])
    func `no value is too small, too large or no number for a chart`(value: Double) {
        var postMortem = Cases.outOfMemory()
        let columns = CaseFile.columns
        var points = Series.Points(columnCount: columns.count)
        for index in 0..<3 {
            points.appendStep(
                at: Cases.instant(Int64(index) * 10_000).unixMilliseconds, milliseconds: 10_000,
                lastAt: Cases.instant(Int64(index + 1) * 10_000).unixMilliseconds, sampleCount: 10,
                isPartial: false)
            for column in columns.indices { points.append(value, to: column) }
        }
        postMortem.caseFile.history.points = points
        #expect(postMortem.markup.contains("id=\"run\""))
    }

    @Test func `no time is too far away for a chart`() {
        var postMortem = Cases.outOfMemory()
        let far: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        postMortem.caseFile.moments = far.map {
            var sample = Sample(at: Timestamp(unixMilliseconds: $0))
            sample.memoryBytes = .max
            sample.diskReadBytes = $0
            return sample
        }
        postMortem.caseFile.run.startedAt = Timestamp(unixMilliseconds: .min)
        postMortem.caseFile.events = far.map {
            LifecycleEvent(.stalled, at: Timestamp(unixMilliseconds: $0), seenBy: .recorder)
        }
        #expect(postMortem.markup.contains("id=\"moments\""))
    }

    @Test func `a gap that is far shorter than a step breaks no line`() {
        var series = Cases.series(of: Cases.run(), count: 6, length: 10_000)
        series.gaps = [Int64(4_999), 5_000].enumerated().map { index, length in
            let from = Int64(index) * 20_000 + 8_000
            return Series.Gap(
                from: Cases.instant(from), to: Cases.instant(from + length), reason: .notSampled)
        }
        let track = ChartTrack(of: series)
        #expect(track.gaps.map(\.from) == [Cases.instant(28_000)])
        #expect((0..<6).filter(track.joins) == [1, 2, 4, 5])
    }
}
