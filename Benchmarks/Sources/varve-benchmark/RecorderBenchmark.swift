internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import Recorder
internal import SlotRegistry

/// Hours of active slots through the real recorder and catalog, and through C that does the same reads,
/// sums and inserts, side by side.
struct RecorderBenchmark {
    private let slotCount: Int
    private let hours: Int
    private let report: Report

    init(_ options: Options) throws {
        slotCount = try options.number("slots", or: 1024)
        hours = try options.number("hours", or: 2)
        report = Report(options)
    }

    /// What one step of `varve record` may seal.
    private static let sealLimit = 64

    private static func clocks(_ second: Int) -> ClockReading {
        ClockReading(
            inStepWith: Timestamp(unixMilliseconds: Stage.start + Int64(second) * 1000))
    }

    func run() throws {
        let stage = try Stage(capacity: slotCount)
        let processes = SimulatedProcesses()
        let began = Timestamp(unixMilliseconds: Stage.start)
        var loads = (0..<slotCount).map { SandboxLoad($0) }
        let writers = try (0..<slotCount).map { slot in
            let id = Int32(slot + 1)
            processes.start(id)
            return try stage.run(id, sandbox: id, pid: id, startedAt: began)
        }
        func writeSamples(_ second: Int) throws {
            for slot in writers.indices {
                let at = Stage.start + Int64(second) * 1000 - 1000 + Int64(slot % 1000)
                try writers[slot].write(loads[slot].next(at: at))
            }
        }

        let scratch = try Scratch()
        var recorder = Recorder(
            of: stage.source, settings: RecorderSettings(), probe: processes)
        do {
            let catalog = try Catalog(path: scratch.file("ours.db"), now: began)
            try writeSamples(1)
            try recorder.poll(stage.reader, now: Self.clocks(1))
            processes.answer(&recorder, now: Self.clocks(1))
            try recorder.adopt(from: catalog)
            try recorder.beginSession(in: catalog, run: nil, pid: 1, now: began)
        }
        // Closed, the catalog is one file; the floor begins with the same one.
        try FileManager.default.copyItem(
            atPath: scratch.file("ours.db"), toPath: scratch.file("floor.db"))
        let catalog = try Catalog(path: scratch.file("ours.db"), now: began)
        let floor = try FloorRecorder(of: stage.name, capacity: slotCount)
        let floorCatalog = FloorCatalog(path: scratch.file("floor.db"))
        _ = floor.poll()

        var snapshot = Comparison("snapshot, part of a poll")
        var poll = Comparison("poll of \(slotCount) slots")
        var ends = Comparison("poll that begins rows")
        var flush = Comparison("flush of \(slotCount) rows")
        var search = Comparison("search for hours to seal, none")
        var seal = Comparison("seal of \(Self.sealLimit) hours of runs")
        var sealReading = Comparison(
            "the same, the floor reads its rows, too")
        var hourRows = [floor_row](repeating: floor_row(), count: slotCount * 360)
        var ourRows = 0
        var floorRows = 0
        var seen = 0

        for hour in 0..<hours {
            for second in hour * 3600 + 2...(hour + 1) * 3600 + 1 {
                if second % 600 == 2 {
                    print("hour \(hour + 1) of \(hours), minute \(second % 3600 / 60) …")
                }
                try writeSamples(second)
                let now = Self.clocks(second)
                try snapshot.measure {
                    try stage.reader.snapshot { _, outcome in
                        if case .reading(let reading) = outcome, reading.identity.pid > 0 {
                            seen += 1
                        }
                    }
                } floor: {
                    seen -= floor.snapshot()
                }
                let beginsRows = second % 10 == 1
                var finished = 0
                func measure(_ comparison: inout Comparison) throws {
                    try comparison.measure {
                        try recorder.poll(stage.reader, now: now)
                    } floor: {
                        finished = floor.poll()
                    }
                }
                if beginsRows { try measure(&ends) } else { try measure(&poll) }
                // The floor's rows are finished by the sample after them, ours by the time.
                if beginsRows, finished > 0 {
                    let interval = (second / 10 - 1) % 360
                    for (slot, row) in floor.rows(finished).enumerated() {
                        hourRows[slot * 360 + interval] = row
                    }
                    flush.measure(floor: { floorCatalog.flush(floor, count: finished) })
                    floorRows += finished
                    floor.forgetRows()
                }
                if recorder.isFlushDue(at: now) {
                    let before = recorder.statistics.rowCount
                    try flush.measure(ours: { try recorder.flush(to: catalog, now: now) })
                    ourRows += Int(recorder.statistics.rowCount - before)
                    try search.measure(ours: {
                        _ = try catalog.seal(before: Self.hour(hour), limit: Self.sealLimit)
                    })
                }
            }
            if hour.isMultiple(of: 2) {
                try sealHour(hour, catalog, floorCatalog, hourRows, into: &seal)
            } else {
                try sealHour(hour, catalog, floorCatalog, nil, into: &sealReading)
            }
        }
        guard seen == 0 else { throw BenchmarkError("ours and the floor saw different slots") }
        print("rows: ours \(ourRows), floor \(floorRows)")
        poll.forgetFirst(20)
        snapshot.forgetFirst(20)
        flush.forgetFirst(2)
        var plain = snapshot
        plain.keep(where: { ($0 + 22) % 10 != 1 })
        let fold = Comparison("fold: poll without snapshot", poll, without: plain)
        try report.add([snapshot, poll, fold, ends, flush, search, seal, sealReading])
    }

    private static func hour(_ hour: Int) -> Timestamp {
        Timestamp(unixMilliseconds: Stage.start + Int64(hour) * 3_600_000)
    }

    private func sealHour(
        _ hour: Int, _ catalog: borrowing Catalog, _ floor: FloorCatalog, _ rows: [floor_row]?,
        into comparison: inout Comparison
    ) throws {
        var sealed = 0
        while sealed < slotCount {
            var report = SealReport()
            try comparison.measure(ours: {
                report = try catalog.seal(before: Self.hour(hour + 1), limit: Self.sealLimit)
            })
            guard report.blockCount > 0, report.problems.isEmpty else {
                throw BenchmarkError("sealed nothing: \(report)")
            }
            let runs = sealed..<sealed + report.blockCount
            let part = rows.map { Array($0[runs.lowerBound * 360..<runs.upperBound * 360]) }
            comparison.measure(floor: {
                floor.seal(
                    runs.map { Int64($0 + 1) }, hour: Stage.start + Int64(hour) * 3_600_000,
                    rows: part, rowCount: 360, blobBytes: report.detailBytes / report.blockCount)
            })
            sealed += report.blockCount
        }
    }
}
