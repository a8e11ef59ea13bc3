import HistoryModel
import Testing

@testable import HistoryStore

struct TopPropertyTests {
    let scratch = try! Scratch()

    static let seeds = (2_001...2_016).map { UInt64($0) }

    /// The rows of a run that belong to a window.
    private func rows(_ run: PolledRun, of id: RunID, in window: TimeRange) -> [SampleRow] {
        run.rows(of: id).filter { row in
            let begin = min(max(row.at, run.start), run.end ?? max(row.at, run.start))
            return window.contains(begin)
        }
    }

    /// What a run had at most, or in all, by its polls.
    private func value(
        _ top: TopQuery, of run: PolledRun, _ id: RunID, in window: TimeRange, now: Timestamp
    ) -> Int64? {
        let usage = run.usage(in: window, now: now)
        switch (top.resource, top.measure) {
        case (.memory, .peak):
            return rows(run, of: id, in: window).compactMap { $0[gauge: .memory]?.maximum }.max()
        case (.memory, .total): return usage?.memoryByteHours
        case (.cpu, .total): return usage?.cpuTimeNanoseconds
        case (.net, .total): return usage?.netRxBytes
        case (.net, .peak): return peakRate(of: run, id, in: window)
        default: return nil
        }
    }

    private func peakRate(of run: PolledRun, _ id: RunID, in window: TimeRange) -> Int64? {
        let asked = Set(rows(run, of: id, in: window).map(\.sequence))
        var before: SampleRow?
        var peak: Int64?
        for row in run.rows(of: id) {
            defer { before = row }
            guard let counter = row[counter: .netRx] else { continue }
            let (reached, base) =
                before.map { ($0.lastAt, $0[counter: .netRx]?.last) } ?? (run.start, 0)
            let isNear =
                row.firstAt >= reached
                && row.firstAt.milliseconds(since: reached)
                    <= (before == nil ? PolledRun.intervalMilliseconds : PolledRun.tolerance)
            let follows = isNear && base.map { $0 <= counter.first } ?? false
            let elapsed = row.lastAt.milliseconds(since: follows ? reached : row.firstAt)
            guard elapsed > 0, asked.contains(row.sequence) else { continue }
            let growth = counter.last - (follows ? base ?? 0 : counter.first)
            peak = max(peak ?? 0, Int64((Double(growth) * 1000 / Double(elapsed)).rounded()))
        }
        return peak
    }

    /// What the list should be, the largest first.
    private func expected(
        _ top: TopQuery, _ catalog: PolledCatalog, in window: TimeRange
    ) -> [(sandbox: String, value: Int64)] {
        var values: [String: Int64] = [:]
        for (id, run) in catalog.runs {
            guard run.usage(in: window, now: catalog.now) != nil,
                let found = value(top, of: run, id, in: window, now: catalog.now)
            else { continue }
            let name = top.unit == .run ? "\(id)" : catalog.sandboxes[id]!
            values[name] =
                top.measure == .peak ? max(values[name] ?? 0, found) : (values[name] ?? 0) + found
        }
        return values.map { ($0.key, $0.value) }.sorted { $0.1 > $1.1 }
    }

    @Test(arguments: seeds)
    func `the largest users are those that the polls tell of`(seed: UInt64) throws {
        var catalog = try PolledCatalog(scratch, seed: seed, steps: true)
        let reader = try CatalogReader(path: catalog.path)
        let edges = catalog.edges(8)
        var windows = zip(edges, edges.dropFirst()).map { TimeRange(from: $0, until: $1) }
        windows += [
            .unbounded, TimeRange(from: edges[2]), TimeRange(until: edges[5]),
            TimeRange(from: edges[1], until: edges[6]),
            TimeRange(from: .noon(plus: 3_600_000), until: .noon(plus: 10_800_000)),
        ]
        let kinds: [(TopQuery.Resource, TopQuery.Measure)] = [
            (.memory, .peak), (.memory, .total), (.cpu, .total), (.net, .total), (.net, .peak),
        ]
        var comparedCount = 0
        for window in windows {
            for (resource, measure) in kinds {
                for unit in TopQuery.Unit.allCases {
                    let top = TopQuery(
                        by: resource, measure, per: unit, limit: 3, precision: .interval)
                    let list = try reader.top(
                        top, matching: RunQuery(range: window), now: catalog.now)
                    let expected = expected(top, catalog, in: window)
                    #expect(
                        list.entries.map(\.value) == expected.prefix(3).map(\.value),
                        "seed \(seed), \(top), \(window)")
                    #expect(list.knownCount == expected.count, "seed \(seed)")
                    for (entry, wanted) in zip(list.entries, expected) {
                        comparedCount += 1
                        let name = unit == .run ? "\(entry.run!)" : entry.sandbox
                        let isTie = expected.filter { $0.value == wanted.value }.count > 1
                        #expect(isTie || name == wanted.sandbox, "seed \(seed), \(top), \(window)")
                        guard resource == .memory, measure == .peak else { continue }
                        checkPeak(entry, catalog, in: window)
                    }
                    if measure == .total {
                        #expect(list.total == expected.reduce(0) { $0 + $1.value }, "seed \(seed)")
                    }
                }
            }
        }
        #expect(comparedCount > 60)
    }

    /// The interval of a peak is one that holds it.
    private func checkPeak(
        _ entry: TopList.Entry, _ catalog: PolledCatalog, in window: TimeRange
    ) {
        guard let run = catalog.runs.first(where: { $0.id == entry.run }) else {
            Issue.record("a peak is of some run")
            return
        }
        #expect(
            rows(run.polled, of: run.id, in: window).contains {
                $0[gauge: .memory]?.maximum == entry.value && $0.lastAt == entry.peakRange?.end
            })
    }
}
