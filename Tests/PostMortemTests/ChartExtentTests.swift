import HistoryModel
import Testing

@testable import PostMortem

/// Blank in a chart is *not recorded*, and nothing else.
struct ChartExtentTests {
    /// A run of ten seconds in steps of one, of whose samples the last is taken 200 ms before the end of
    /// each; those from the fifth to the seventh second are missing if wanted.
    private func made(hasGap: Bool) -> CaseFile {
        let seconds = (0..<10).filter { !hasGap || !(5..<8).contains($0) }
        var file = MadeCase(seconds: 10, code: 0).file
        var points = Series.Points(columnCount: CaseFile.columns.count)
        for second in seconds {
            let at = Timestamp.noon(Int64(second) * 1_000).unixMilliseconds
            points.appendStep(
                at: at, milliseconds: 1_000, lastAt: at + 800, sampleCount: 5, isPartial: false)
            for column in CaseFile.columns.indices { points.append(100, to: column) }
        }
        let gap = Series.Gap(from: .noon(4_800), to: .noon(8_000), reason: .recorderDown)
        file.history = Series(
            run: file.run, columns: CaseFile.columns, stepMilliseconds: 1_000, points: points,
            gaps: hasGap ? [gap] : [])
        return file
    }

    private func line(_ name: String, of lines: [PageLine]) throws -> String {
        let line = try #require(lines.map(\.text).first { $0.contains(name) })
        let bars = try #require(line.firstIndex { "▁▂▃▄▅▆▇█".contains($0) })
        let last = try #require(line.lastIndex { "▁▂▃▄▅▆▇█".contains($0) })
        return String(line[bars...last])
    }

    private func charts(of file: CaseFile) -> [PageLine] {
        LineCharts(
            from: .noon, to: .noon(10_000), moments: file.course, marks: [], limit: nil, zone: .utc
        ).lines(width: 90)
    }

    @Test func `steps that follow each other leave nothing blank`() throws {
        let file = made(hasGap: false)
        #expect(try !line("memory", of: charts(of: file)).contains(" "))
        let compared = ComparisonCharts(runs: [file, file]).lines(width: 90)
        #expect(try !line("memory 1", of: compared).contains(" "))
    }

    @Test func `what nobody recorded stays blank, from its last sample on`() throws {
        let bars = try line("memory", of: charts(of: made(hasGap: true)))
        let blank = bars.filter { $0 == " " }.count
        #expect(Double(blank) / Double(bars.count) > 0.25)
        #expect(Double(blank) / Double(bars.count) < 0.35)
    }

    @Test func `a run that ends within a step is drawn to its end`() {
        var file = made(hasGap: false)
        file.run.terminatedAt = .noon(9_900)
        file.history.run.terminatedAt = .noon(9_900)
        #expect(file.course.last?.until == .noon(9_900))
        #expect(file.course.last?.at == .noon(9_800))
    }
}
