import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

/// Two catalogs that are given the same rows: one is sealed now and then, the other never.
private final class Twins {
    let sealed: Catalog
    let plain: Catalog
    var runs: [RunID] = []
    var random: SeededRandom
    /// Whether rows bring their place in the order with them, as a recorder's may.
    let numbersRows: Bool
    var clock: [Timestamp]
    var counters: [Int64]
    var sequences: [Int64]
    var hasStepped: [Bool]
    var last: [SampleRow?]
    var sealCount = 0
    var stepCount = 0

    init(_ scratch: Scratch, seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        sealed = try Catalog(path: scratch.path("sealed-\(seed).db"), now: .noon)
        plain = try Catalog(path: scratch.path("plain-\(seed).db"), now: .noon)
        numbersRows = Bool.random(using: &random)
        for _ in 0..<3 {
            let run = try sealed.begin(.web(), of: .own).id
            #expect(try plain.begin(.web(), of: .own).id == run)
            runs.append(run)
        }
        clock = Array(repeating: .noon, count: 3)
        counters = Array(repeating: 0, count: 3)
        sequences = Array(repeating: 0, count: 3)
        hasStepped = Array(repeating: false, count: 3)
        last = Array(repeating: nil, count: 3)
    }

    func act() throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<13: try flush()
        case 13..<17: try seal()
        case 17: try stepBack()
        case 18: sealCount += try sealed.seal(runs.randomElement(using: &random)!).blockCount
        default:
            let index = runs.indices.randomElement(using: &random)!
            try sealed.end(runs[index], at: clock[index])
            try plain.end(runs[index], at: clock[index])
        }
    }

    private func seal() throws {
        let before = clock.randomElement(using: &random)!
        let limit = Int.random(in: 1...4, using: &random)
        let report = try sealed.seal(before: before, limit: limit)
        #expect(report.problems == [])
        #expect(report.blockCount <= limit)
        sealCount += report.blockCount
        // Otherwise all that is over is sealed.
        guard !report.hasMore else { return }
        #expect(
            try sealed.connection.integer(
                """
                SELECT count(*) FROM sample AS s JOIN run AS r ON r.id = s.run_id
                WHERE r.sample_count IS NOT NULL
                    OR s.at_ms < \(Hour(of: before).first.unixMilliseconds)
                """) == 0)
    }

    private func stepBack() throws {
        let index = runs.indices.randomElement(using: &random)!
        // Of rows that bring no place of their own, one step back is all that can be told.
        guard numbersRows || !hasStepped[index] else { return }
        hasStepped[index] = true
        stepCount += 1
        clock[index] = clock[index].advanced(
            byMilliseconds: -Int64.random(in: 0...9_000_000, using: &random))
        last[index] = nil
    }

    private func flush() throws {
        var rows: [SampleRow] = []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            rows.append(nextRow(of: runs.indices.randomElement(using: &random)!))
        }
        try sealed.write(rows)
        try plain.write(rows)
    }

    private func nextRow(of index: Int) -> SampleRow {
        // Now and then the later state of a row that is there.
        if var row = last[index], Int.random(in: 0..<4, using: &random) == 0 {
            row.sampleCount += 1
            counters[index] += 7
            row[counter: .diskWrite]?.last = counters[index]
            last[index] = row
            return row
        }
        let interval: Int64 = 600_000
        let first = clock[index].advanced(
            byMilliseconds: Int64.random(in: 1...interval, using: &random))
        clock[index] = first
        if Int.random(in: 0..<10, using: &random) == 0 { counters[index] /= 2 }
        var row = SampleRow(
            run: runs[index], at: first.aligned(downTo: interval / 2),
            intervalMilliseconds: interval,
            firstAt: first, lastAt: first.advanced(byMilliseconds: 9_000), sampleCount: 3,
            implausibleCount: 1)
        row[gauge: .cpu] = .init(
            count: 3, average: .random(in: 0...500, using: &random),
            maximum: .random(in: 500...900, using: &random))
        let before = counters[index]
        counters[index] += Int64.random(in: 0...100, using: &random)
        row[counter: .diskWrite] = .init(first: before, last: counters[index])
        if numbersRows {
            sequences[index] += 1
            row.sequence = sequences[index]
        }
        last[index] = row
        return row
    }

    func compare() throws {
        #expect(
            try sealed.connection.integer(
                """
                SELECT count(*) FROM sample AS s JOIN sample_block AS b ON b.run_id = s.run_id
                    AND s.at_ms / 3600000 = b.at_ms / 3600000
                """) == 0)
        let a = try CatalogReader(path: sealed.path)
        let b = try CatalogReader(path: plain.path)
        for index in runs.indices {
            let run = try a.run(RunReference("\(runs[index])"))
            #expect(run == (try b.run(RunReference("\(runs[index])"))))
            let start = clock[index].advanced(
                byMilliseconds: -Int64(abs(sequences.count &* 1_234_567 &+ index)))
            for range in [TimeRange.unbounded, TimeRange(from: start, until: clock[index])] {
                #expect(try rows(of: run, range, a) == rows(of: run, range, b))
            }
            #expect(
                try a.series(
                    of: RunReference("\(run.id)"), metrics: [.cpu, .diskWrite], now: .noon)
                    == b.series(
                        of: RunReference("\(run.id)"), metrics: [.cpu, .diskWrite], now: .noon))
        }
    }

    private func rows(
        of run: Run, _ range: TimeRange, _ reader: borrowing CatalogReader
    ) throws -> [SampleRow] {
        var rows: [SampleRow] = []
        let problems = try reader.connection.forEachRow(of: run, reachingInto: range) { row in
            rows.append(row)
            if !numbersRows { rows[rows.count - 1].sequence = 0 }
        }
        #expect(problems == [])
        return rows
    }
}

struct SealingPropertyTests {
    let scratch = try! Scratch()

    static let seeds = (1...10).map { UInt64($0) }

    @Test(arguments: seeds)
    func `a catalog that seals tells the same as one that does not`(seed: UInt64) throws {
        let twins = try Twins(scratch, seed: seed)
        for step in 0..<120 {
            try twins.act()
            if step % 5 == 0 { try twins.compare() }
        }
        try twins.compare()
        #expect(twins.sealCount > 20)
        #expect(twins.stepCount > 0)
        #expect(try CatalogReader(path: twins.sealed.path).problems() == [])
    }
}
