internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore

/// Questions about a day of 100 sandboxes, imported and sealed, against C that reads the same blocks by
/// SQL, or against SQL on plain tables of the same data.
struct QueryBenchmark {
    private let dayFile: String
    private let times: Int
    /// Only the questions that this text is in.
    private let only: String?
    private let againstPlainTables: Bool
    private let thresholds: Thresholds?
    private let report: Report

    init(_ options: Options) throws {
        guard let dayFile = options.text("day") else { throw UsageError() }
        self.dayFile = dayFile
        times = try options.number("times", or: 20)
        only = options.text("only")
        againstPlainTables = options.has("plain")
        thresholds = try Thresholds(options)
        report = Report(options)
    }

    func run() throws {
        let scratch = try Scratch()
        let path = scratch.file("history.db")
        print("importing \(dayFile) …")
        let runs = try ImportFile(path: dayFile).collect { _ in }
        let catalog = try Catalog(path: path, now: .now())
        _ = try catalog.add(runs, on: Host.current()) { _ in }
        let reader = try CatalogReader(path: path)
        let summary = try reader.summary()
        print(
            "\(summary.rowCount) intervals of \(summary.runCount) runs in "
                + "\(Text.fixed(Double(Scratch.databaseBytes(reader.path)) / 1e6, 1)) MB\n")
        guard againstPlainTables else {
            let comparisons = try compare(reader, with: FloorReader(path: path))
            try report.add(comparisons)
            try thresholds?.check(comparisons)
            return
        }
        print("filling two plain tables …")
        let days = try PlainTable.days(of: reader)
        for (table, name) in [
            (PlainTable.indexed(in: scratch), "with an index"),
            (PlainTable.clustered(in: scratch), "clustered"),
        ] {
            table.fill(days)
            print("\nagainst SQL on a plain table, \(name):\n")
            try report.add(compare(reader, with: table))
        }
    }

    private static let step: Int64 = 300_000
    private static let pointCount = 8640
    private static let stepCount = 288

    private func series(_ gauge: Metric, _ statistics: Statistic...) -> SeriesQuery {
        SeriesQuery(
            statistics.map { .init(gauge, $0) },
            step: statistics == [.avg] ? .recorded : .fixed(.milliseconds(Self.step)))
    }

    /// Runs both sides of a question, which has to have one answer.
    private func ask<Answer: Equatable>(
        _ what: String, _ comparisons: inout [Comparison], _ ours: () throws -> Answer,
        floor: () -> Answer
    ) throws {
        guard only.map(what.contains) ?? true else { return }
        var comparison = Comparison(what)
        for _ in 0..<(times + 2) {
            var answers: (ours: Answer?, floor: Answer?)
            try comparison.measure {
                answers.ours = try ours()
            } floor: {
                answers.floor = floor()
            }
            guard answers.ours == answers.floor else {
                throw BenchmarkError("\(what): the answers are not the same")
            }
        }
        comparison.forgetFirst(2)
        comparison.countSystemCalls(times: 10) { _ = try ours() }
        comparisons.append(comparison)
    }

    private func compare(
        _ reader: borrowing CatalogReader, with floor: FloorReader
    ) throws -> [Comparison] {
        var comparisons: [Comparison] = []
        let now = Timestamp.now()
        let run = try reader.runs(matching: RunQuery(limit: 1))[0].id
        let reference = RunReference("\(run)")
        for gauge in [Metric.cpu, .memory] {
            try ask("all points of a run's 24 h, \(gauge)", &comparisons) {
                let points = try reader.series(of: reference, series(gauge, .avg), now: now).points
                return Columns(points.starts, points.column(at: 0))
            } floor: {
                let points = floor.points(of: run, gauge, room: Self.pointCount)
                return Columns(points.starts, points.values)
            }
            try ask("averages and maxima of 5 min of it, \(gauge)", &comparisons) {
                let points = try reader.series(
                    of: reference, series(gauge, .avg, .max), now: now
                ).points
                return Columns(points.starts, points.column(at: 0), points.column(at: 1))
            } floor: {
                let steps = floor.steps(
                    of: run, gauge, milliseconds: Self.step, room: Self.stepCount)
                return Columns(
                    steps.map(\.start), steps.map(\.average), steps.map { Double($0.maximum) })
            }
        }
        try ask("ten sandboxes of highest peak memory", &comparisons) {
            try reader.top(TopQuery(by: .memory, .peak), now: now).entries.map {
                [$0.run?.rawValue ?? 0, $0.value, $0.peakRange?.start?.unixMilliseconds ?? 0]
            }
        } floor: {
            floor.peaks().map { [$0.run, $0.value, $0.hour] }
        }
        try ask("maximum CPU of all, each 5 min", &comparisons) {
            let points = try reader.pooledSeries(series(.cpu, .max), now: now).points
            return Columns(points.starts, points.column(at: 0))
        } floor: {
            let steps = floor.maxima(milliseconds: Self.step, room: Self.stepCount)
            return Columns(steps.map(\.start), steps.map { Double($0.maximum) })
        }
        return comparisons
    }

    private func compare(
        _ reader: borrowing CatalogReader, with table: PlainTable
    ) throws -> [Comparison] {
        var comparisons: [Comparison] = []
        let now = Timestamp.now()
        let last = try reader.runs(matching: RunQuery(limit: 1))[0]
        let (sandbox, reference) = (last.sandbox, RunReference("\(last.id)"))
        for gauge in [Metric.cpu, .memory] {
            let column = gauge == .cpu ? "cpu_percent" : "memory_bytes"
            try ask("all points of a run's 24 h, \(gauge)", &comparisons) {
                try reader.series(of: reference, series(gauge, .avg), now: now).points.count
            } floor: {
                table.rowCount(
                    of: "SELECT ts, \(column) FROM plain WHERE sandbox = \(sandbox) ORDER BY ts")
            }
            try ask("averages and maxima of 5 min of it, \(gauge)", &comparisons) {
                try reader.series(of: reference, series(gauge, .avg, .max), now: now).points.count
            } floor: {
                table.rowCount(
                    of: """
                        SELECT ts / 300, avg(\(column)), max(\(column)) FROM plain
                        WHERE sandbox = \(sandbox) GROUP BY 1 ORDER BY 1
                        """)
            }
        }
        try ask("ten sandboxes of highest peak memory", &comparisons) {
            try reader.top(TopQuery(by: .memory, .peak), now: now).entries.count
        } floor: {
            table.rowCount(
                of: """
                    SELECT sandbox, max(memory_bytes) FROM plain
                    GROUP BY 1 ORDER BY 2 DESC LIMIT 10
                    """)
        }
        try ask("maximum CPU of all, each 5 min", &comparisons) {
            try reader.pooledSeries(series(.cpu, .max), now: now).points.count
        } floor: {
            table.rowCount(
                of: "SELECT ts / 300, max(cpu_percent) FROM plain GROUP BY 1 ORDER BY 1")
        }
        return comparisons
    }
}

/// Times and values of them, as an answer.
private struct Columns: Equatable {
    let starts: [Int64]
    let values: [[Double]]

    init(_ starts: [Int64], _ values: [Double]...) {
        self.starts = starts
        self.values = values
    }
}
