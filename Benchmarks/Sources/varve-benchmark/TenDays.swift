internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import Recorder
internal import SlotRegistry

/// Days of sandboxes pushed through the real registry, recorder and catalog with a simulated clock.
struct TenDays {
    private let days: Int
    private let sandboxCount: Int
    private let step: Int
    private let retention: Retention
    private let isChecking: Bool

    init(_ options: Options) throws {
        days = try options.number("days", or: 10)
        sandboxCount = try options.number("sandboxes", or: 100)
        step = try options.number("step", or: 1)
        func length(_ name: String) throws -> Duration? {
            try options.decimal(name).map { .milliseconds(Int64($0 * 86_400_000)) }
        }
        retention = Retention(
            keepDetail: try length("keep-detail"), keepSummaries: try length("keep-summaries"))
        isChecking = options.has("check")
    }

    /// What one step of `varve record` may seal and forget.
    private static let sealLimit = 64
    private static let pruneLimit = 256

    private struct Day {
        var fileBytes: Int64
        var residentBytes: Int64
    }

    func run() throws {
        let scratch = try Scratch()
        let path = scratch.file("history.db")
        var fleet = try Fleet(sandboxCount, stepSeconds: step)
        let begun = Date()
        let catalog = try Catalog(path: path, now: Fleet.time(0))
        try catalog.setRetention(retention)
        var recorder = Recorder(
            of: fleet.stage.source, settings: RecorderSettings(poll: .seconds(step)),
            probe: fleet.processes)
        try recorder.beginSession(in: catalog, run: nil, pid: 1, now: Fleet.time(0))

        var measured: [Day] = []
        var table = Table([
            "day", "file", "hot rows", "blocks", "without detail", "rows", "B/row", "B/sample",
            "runs", "memory", "wall time",
        ])
        var pruned: PruneReport?
        for second in stride(from: step, through: days * 86_400, by: step) {
            let now = ClockReading(inStepWith: Fleet.time(second))
            try fleet.advance(to: second, &recorder)
            try recorder.poll(fleet.stage.reader, now: now)
            fleet.processes.answer(&recorder, now: now)
            try recorder.adopt(from: catalog)
            if recorder.isFlushDue(at: now) {
                try recorder.flush(to: catalog, now: now)
                let settled = now.wall.advanced(byMilliseconds: -12_000)
                let report = try catalog.seal(before: settled, limit: Self.sealLimit)
                guard report.problems.isEmpty else {
                    throw BenchmarkError(report.problems.joined(separator: "\n"))
                }
                if second.isMultiple(of: 60) || pruned?.hasMore == true {
                    let isContinued = pruned?.hasMore == true
                    pruned = try catalog.prune(
                        now: now.wall, limit: Self.pruneLimit,
                        continuing: isContinued ? pruned : nil)
                }
            }
            guard second.isMultiple(of: 86_400) else { continue }
            try catalog.trimJournal()
            let summary = try CatalogReader(path: path).summary()
            let resident = ProcessFigures()?.residentBytes ?? 0
            measured.append(Day(fileBytes: summary.databaseBytes, residentBytes: resident))
            func per(_ count: Int64) -> String {
                count > 0 ? Text.fixed(Double(summary.databaseBytes) / Double(count), 2) : "-"
            }
            table.add([
                "\(second / 86_400)", Text.megabytes(summary.databaseBytes),
                "\(summary.hotRowCount)", "\(summary.blockCount)",
                "\(summary.forgottenBlockCount)", "\(summary.rowCount)", per(summary.rowCount),
                per(summary.sampleCount), "\(summary.runCount)", Text.megabytes(resident),
                Text.fixed(Date().timeIntervalSince(begun), 0) + " s",
            ])
        }
        table.print()
        let figures = recorder.statistics
        print(
            "polls \(figures.pollCount), rows \(figures.rowCount), flushes \(figures.flushCount), "
                + "runs ended \(fleet.endCount), of them killed \(fleet.killCount)")
        if isChecking { try check(measured) }
    }

    /// Where everything that is kept has its age, no day is larger than the one before but for what
    /// is kept for ever, and memory does not grow after the first day.
    private func check(_ measured: [Day]) throws {
        guard let keepSummaries = retention.keepSummaries, let last = measured.last else {
            throw BenchmarkError("--check needs --keep-summaries")
        }
        let settled = Int(keepSummaries.milliseconds / 86_400_000) + 1
        guard settled < measured.count else {
            throw BenchmarkError("--check needs more days than are kept")
        }
        let file = Double(last.fileBytes) / Double(measured[settled - 1].fileBytes)
        let memory = Double(last.residentBytes) / Double(measured[0].residentBytes)
        print(
            "since day \(settled) the file has grown to \(Text.fixed(file, 3)) of what it was, "
                + "since day 1 memory to \(Text.fixed(memory, 3))")
        guard file <= 1.05 else { throw BenchmarkError("the file keeps growing") }
        guard memory <= 1.10 else { throw BenchmarkError("memory keeps growing") }
    }
}
