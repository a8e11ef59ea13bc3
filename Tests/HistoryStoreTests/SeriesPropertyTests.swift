import HistoryModel
import Testing

@testable import HistoryStore

/// Random polls of one counter, folded into rows as a recorder does it.
private struct RandomRun {
    var start = Timestamp.noon
    var rows: [SampleRow] = []
    var polls: [(at: Timestamp, value: Int64)] = []
    /// What was counted, by the polls alone: a counter that falls has begun anew from 0.
    var counted: Int64 = 0
    var hasReset = false
    var hasGap = false

    init(using random: inout SeededRandom) {
        start = .noon(plus: Int64.random(in: 0...20_000, using: &random))
        let interval = [200, 1_000, 10_000].randomElement(using: &random) ?? 1_000
        let pollMilliseconds = Int64(interval) / 10
        var at = start
        var value: Int64 = 0
        var last: Int64 = 0
        for _ in 0..<Int.random(in: 1...80, using: &random) {
            polls.append((at, value))
            counted += value >= last ? value - last : value
            last = value
            at = at.advanced(
                byMilliseconds: pollMilliseconds + Int64.random(in: 0...3, using: &random))
            if Int.random(in: 0..<40, using: &random) == 0 {
                at = at.advanced(
                    byMilliseconds: Int64.random(in: 1...(Int64(interval) * 6), using: &random))
                hasGap = true
            }
            if Int.random(in: 0..<30, using: &random) == 0, value > 0 {
                value = Int64.random(in: 0..<value, using: &random)
                hasReset = true
            } else {
                value += Int64.random(in: 0...1_000_000, using: &random)
            }
        }
        fold(Int64(interval))
    }

    /// One row for each interval, and a new one where the counter falls.
    private mutating func fold(_ interval: Int64) {
        for poll in polls {
            let aligned = poll.at.aligned(downTo: interval)
            if let row = rows.last, row.firstAt.aligned(downTo: interval) == aligned,
                let counter = row[counter: .diskWrite], counter.last <= poll.value
            {
                rows[rows.count - 1].lastAt = poll.at
                rows[rows.count - 1].sampleCount += 1
                rows[rows.count - 1][counter: .diskWrite]?.last = poll.value
            } else {
                let isContinuation = rows.last?.firstAt.aligned(downTo: interval) == aligned
                var row = SampleRow(
                    run: RunID(rawValue: 1), at: isContinuation ? poll.at : aligned,
                    intervalMilliseconds: interval, firstAt: poll.at, lastAt: poll.at,
                    sampleCount: 1, implausibleCount: 0)
                row[counter: .diskWrite] = .init(first: poll.value, last: poll.value)
                rows.append(row)
            }
        }
    }
}

struct SeriesPropertyTests {
    private func points(
        _ range: TimeRange, _ rows: [SampleRow], startedAt: Timestamp
    ) -> [Series.Point] {
        let metrics = MetricSelection([.diskWrite])
        var columns = RowColumns(of: metrics)
        for row in rows { columns.append(row) }
        var folder = SeriesFolder(
            SeriesQuery([.init(.diskWrite, .avg)], in: range), metrics, startedAt: startedAt,
            terminatedAt: startedAt, now: startedAt)
        folder.add(columns)
        folder.finish()
        return Array(folder.takePoints())
    }

    static let seeds = (1...400).map { UInt64($0) }

    @Test func `rates are never negative and add up to what was counted`() {
        var wholeCount = 0
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let run = RandomRun(using: &random)
            let points = points(.unbounded, run.rows, startedAt: run.start)
            #expect(points.count == run.rows.count, "seed \(seed)")
            var total = 0.0
            var previous: SampleRow?
            for (row, point) in zip(run.rows, points) {
                let rate = point.values[0]
                if let rate {
                    #expect(rate >= 0, "seed \(seed)")
                    // A rate covers the time from the row before, unless that is far or a reset.
                    let reset =
                        (previous?[counter: .diskWrite]?.last ?? 0)
                        > row[counter: .diskWrite]!.first
                    let before = previous?.lastAt ?? run.start
                    let far =
                        row.firstAt.milliseconds(since: before)
                        > (previous == nil
                            ? row.intervalMilliseconds
                            : GapFinder.tolerance(row.intervalMilliseconds))
                    let since = reset || far ? row.firstAt : before
                    total += rate * Double(row.lastAt.milliseconds(since: since)) / 1000
                }
                previous = row
            }
            // Never more than was counted; all of it where nothing fell and nothing was missed.
            #expect(total <= Double(run.counted) + 0.5, "seed \(seed)")
            if !run.hasReset, !run.hasGap {
                wholeCount += 1
                #expect(abs(total - Double(run.counted)) < 0.5, "seed \(seed)")
            }
        }
        #expect(wholeCount > 20)
    }

    @Test func `a window shows the same points as the whole series`() {
        var comparedCount = 0
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let run = RandomRun(using: &random)
            let whole = points(.unbounded, run.rows, startedAt: run.start)
            let near = run.polls.randomElement(using: &random)?.at ?? run.start
            let from = near.advanced(byMilliseconds: Int64.random(in: -100...100, using: &random))
            let range = TimeRange(
                from: from,
                until: from.advanced(byMilliseconds: Int64.random(in: 1...30_000, using: &random)))
            // As the query gives them: from the last row wholly before the window.
            let first = run.rows.lastIndex { $0.lastAt < from } ?? 0
            let rows = run.rows[first...].filter { row in range.end.map { row.at < $0 } ?? true }
            let expected = whole.filter { range.overlaps($0.at, $0.lastAt) }
            let found = points(range, Array(rows), startedAt: run.start)
            #expect(found.map(\.at) == expected.map(\.at), "seed \(seed)")
            #expect(found.map(\.values) == expected.map(\.values), "seed \(seed)")
            comparedCount += expected.count
        }
        #expect(comparedCount > 400)
    }

    @Test func `usage is what was counted, whatever fell`() {
        var resets = 0
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let run = RandomRun(using: &random)
            var accumulator = UsageAccumulator()
            for row in run.rows { accumulator.add(row) }
            #expect(accumulator.usage.diskWriteBytes == run.counted, "seed \(seed)")
            #expect(accumulator.usage.sampleCount == Int64(run.polls.count), "seed \(seed)")
            resets += run.hasReset ? 1 : 0
        }
        #expect(resets > 50)
    }
}
