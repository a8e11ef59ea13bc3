import HistoryModel
import Testing

@testable import HistoryStore

struct SeriesFolderTests {
    /// What a clock that was set back a moment ago gives: the last moments of a run are not put in order.
    private func folded(
        _ offsets: [Int64], in range: TimeRange, step: SeriesQuery.Step, endedAt: Timestamp?
    ) -> Series.Points {
        let query = SeriesQuery([.init(.memory, .max)], in: range, step: step)
        let metrics = MetricSelection([.memory])
        var rows = RowColumns(of: metrics)
        for offset in offsets {
            let at = Timestamp.noon(plus: offset)
            var row = SampleRow(
                run: RunID(rawValue: 1), at: at, intervalMilliseconds: 1_000, firstAt: at,
                lastAt: at, sampleCount: 1, implausibleCount: 0)
            row[gauge: .memory] = .init(count: 1, average: offset, maximum: offset)
            rows.append(row)
        }
        var folder = SeriesFolder(
            query, metrics, startedAt: .noon(plus: -60_000), terminatedAt: endedAt,
            now: .noon(plus: 60_000))
        folder.add(rows)
        folder.finish()
        return folder.takePoints()
    }

    @Test func `rows out of order are in a window or out of it each by itself`() {
        let window = TimeRange(from: .noon, until: .noon(plus: 1_500))
        let points = folded(
            [0, 1_000, -5_000, 500, 2_000], in: window, step: .recorded,
            endedAt: .noon(plus: 2_000))
        #expect(points.starts.map { $0 - Timestamp.noon.unixMilliseconds } == [0, 1_000, 500])
        // Of 2,000 the first shows that it is in time, which says nothing of the others.
        let reaching = folded(
            [0, 2_000, -5_000, 1_000], in: window, step: .recorded, endedAt: .noon(plus: 2_000))
        #expect(reaching.starts.map { $0 - Timestamp.noon.unixMilliseconds } == [0, 1_000])
    }

    @Test func `a last row out of order leaves those before it in their steps`() {
        let points = folded(
            [0, 25_000, 1_000], in: .unbounded, step: .fixed(.seconds(10)), endedAt: nil)
        #expect(points.starts.map { $0 - Timestamp.noon.unixMilliseconds } == [0, 20_000])
        #expect(points.column(at: 0) == [0, 25_000])
    }
}
