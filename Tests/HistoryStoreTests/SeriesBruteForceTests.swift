import HistoryModel
import Testing

@testable import HistoryStore

struct SeriesBruteForceTests {
    let scratch = try! Scratch()

    static let seeds = (1...24).map { UInt64($0) }
    static let columns =
        Statistic.allCases.flatMap { [Series.Column(.memory, $0), Series.Column(.netRx, $0)] }
    static let steps: [Int64] = [60_000, 300_000, 900_000, 3_600_000, 5_400_000, 86_400_000]

    @Test(arguments: seeds)
    func `every number of a series is the one that the polls tell`(seed: UInt64) throws {
        var catalog = try PolledCatalog(scratch, seed: seed, steps: true)
        let reader = try CatalogReader(path: catalog.path)
        var (pointCount, absentCount, partialCount) = (0, 0, 0)
        for range in windows(&catalog) {
            let step = Self.steps.randomElement(using: &catalog.random)!
            let offset = Int64.random(in: -14...14, using: &catalog.random) * 3_600_000
            for (id, polled) in catalog.runs {
                let series = try reader.series(
                    of: RunReference("\(id)"),
                    SeriesQuery(
                        Self.columns, in: range, step: .fixed(.milliseconds(step)),
                        clockOffset: .milliseconds(offset)), now: catalog.now)
                let expected = SeriesBruteForce(
                    polled: polled, range: range, stepMilliseconds: step, offset: offset
                ).steps
                let place: Comment = "seed \(seed), run \(id), \(range), \(step) ms"
                #expect(series.points.map(\.at) == expected.map(\.at), place)
                for (point, (at, intervals)) in zip(series.points, expected) {
                    #expect(point.sampleCount == intervals.reduce(0) { $0 + $1.pollCount }, place)
                    #expect(point.lastAt == intervals.map(\.lastAt).max(), place)
                    for (index, column) in Self.columns.enumerated() {
                        let value = SeriesBruteForce.value(of: column, in: intervals)
                        #expect(point.values[index] == value, "\(place), \(at), \(column)")
                        absentCount += value == nil ? 1 : 0
                    }
                    let end = at.advanced(byMilliseconds: step)
                    let isOver = polled.end != nil || end <= catalog.now
                    let isWhole =
                        at >= range.start ?? at && end <= range.end ?? end && isOver
                    #expect(point.isPartial == !isWhole, place)
                    partialCount += isWhole ? 0 : 1
                    pointCount += 1
                }
            }
        }
        #expect(pointCount > 20 && absentCount > 0 && partialCount > 0)
    }

    @Test(arguments: seeds)
    func `every number of many runs together is the one that the polls of all tell`(
        seed: UInt64
    ) throws {
        var catalog = try PolledCatalog(scratch, seed: seed, steps: true)
        let reader = try CatalogReader(path: catalog.path)
        let statistics: [Statistic] = [.avg, .min, .max, .sum]
        let columns = statistics.flatMap { [Series.Column(.memory, $0), .init(.netRx, $0)] }
        var pointCount = 0
        for range in windows(&catalog) {
            let step = Self.steps.randomElement(using: &catalog.random)!
            let query = SeriesQuery(columns, in: range, step: .fixed(.milliseconds(step)))
            let pooled = try reader.pooledSeries(query, now: catalog.now)
            let all = catalog.runs.flatMap { run -> [(Timestamp, [SeriesBruteForce.Interval])] in
                // Runs that were over when the window began are not among those that are asked.
                guard run.polled.end.map({ $0 >= range.start ?? $0 }) ?? true,
                    range.end.map({ run.polled.start < $0 }) ?? true
                else { return [] }
                return SeriesBruteForce(
                    polled: run.polled, range: range, stepMilliseconds: step, offset: 0
                ).steps.map { ($0.at, $0.intervals) }
            }
            let steps = Dictionary(grouping: all) { $0.0 }.sorted { $0.key < $1.key }
            let place: Comment = "seed \(seed), \(range), \(step) ms"
            #expect(pooled.points.map(\.at) == steps.map(\.key), place)
            for (point, (_, parts)) in zip(pooled.points, steps) {
                let intervals = parts.flatMap(\.1)
                for (index, column) in columns.enumerated() {
                    let expected = value(of: column, in: intervals, step)
                    let found = point.values[index]
                    #expect((found == nil) == (expected == nil), place)
                    guard let found, let expected else { continue }
                    // Sums of the same numbers in another order.
                    #expect(abs(found - expected) <= abs(expected) * 1e-12, "\(place), \(column)")
                }
                pointCount += 1
            }
            try expectMaximaAlone(reader, query, as: pooled, place)
        }
        #expect(pointCount > 50)
    }

    /// That the way by summaries gives the same maxima as the way by all intervals.
    private func expectMaximaAlone(
        _ reader: borrowing CatalogReader, _ query: SeriesQuery, as pooled: PooledSeries,
        _ place: Comment
    ) throws {
        var alone = query
        alone.columns = [.init(.memory, .max)]
        let maxima = try reader.pooledSeries(alone, now: .noon(plus: 36_000_000))
        let index = query.columns.firstIndex(of: .init(.memory, .max))!
        // Steps in which no sample held it are not there.
        let expected = pooled.points.filter { $0.values[index] != nil }
        #expect(maxima.points.map(\.at) == expected.map(\.at), place)
        #expect(maxima.points.map { $0.values[0] } == expected.map { $0.values[index] }, place)
    }

    private func value(
        of column: Series.Column, in intervals: [SeriesBruteForce.Interval], _ step: Int64
    ) -> Double? {
        guard column == .init(.memory, .sum) else {
            return SeriesBruteForce.value(of: column, in: intervals)
        }
        let known = intervals.filter { $0.average != nil }
        guard !known.isEmpty else { return nil }
        return known.reduce(0) { $0 + Double($1.average!) * Double($1.elapsed) } / Double(step)
    }

    private func windows(_ catalog: inout PolledCatalog) -> [TimeRange] {
        let edges = catalog.edges(8)
        return zip(edges, edges.dropFirst()).map { TimeRange(from: $0, until: $1) }
            + [.unbounded, TimeRange(from: edges[2]), TimeRange(until: edges[5])]
    }

    @Test func `parts that are given one by one are the whole series`() throws {
        for seed in Self.seeds {
            let catalog = try PolledCatalog(scratch, seed: seed, steps: true)
            let reader = try CatalogReader(path: catalog.path)
            for (id, polled) in catalog.runs {
                let query = SeriesQuery(
                    Self.columns, step: .automatic(maximumPoints: 40))
                let whole = try reader.series(
                    of: RunReference("\(id)"), query, now: catalog.now)
                var points = Series.Points(columnCount: Self.columns.count)
                var gaps: [Series.Gap] = []
                var latest = Timestamp(unixMilliseconds: .min)
                let run = try reader.run(RunReference("\(id)"))
                _ = try reader.forEachPart(of: run, query, now: catalog.now) { more, between in
                    #expect(more.allSatisfy { $0.at >= latest })
                    #expect(between.allSatisfy { $0.from >= latest || more.isEmpty })
                    latest = more.last?.at ?? latest
                    points.append(contentsOf: more)
                    gaps += between
                }
                #expect(points == whole.points)
                #expect(gaps == whole.gaps)
                // Where the clock stepped, rows lie outside of the time from start to end.
                if polled.stepCount == 0 { #expect(points.count <= 42) }
            }
        }
    }
}
