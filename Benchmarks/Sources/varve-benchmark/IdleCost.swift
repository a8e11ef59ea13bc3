internal import Foundation

/// What a real `varve record` costs beside active slots: how much there is of it, against what is wanted.
struct IdleCost {
    private let recorder: RecorderAtWork
    private let report: Report

    init(_ options: Options) throws {
        recorder = RecorderAtWork(
            varve: options.text("varve") ?? "",
            slotCount: try options.number("slots", or: 1024),
            processCount: try options.number("processes", or: 1024),
            seconds: try options.number("seconds", or: 120))
        report = Report(options)
    }

    func run() throws {
        let figures = try recorder.measure()
        let rings = Int64(recorder.slotCount * 121 * 14 * 8)
        var table = Table([
            "\(recorder.slotCount) active slots, \(recorder.seconds) s", "measured", "wanted",
        ])
        table.add([
            "processor, of one core", Text.fixed(figures.processorShare * 100, 2) + " %", "< 1 %",
        ])
        table.add(["memory, peak", Text.megabytes(figures.peakResidentBytes), "< 40 MiB"])
        table.add(["memory at the end", Text.megabytes(figures.residentBytes), ""])
        table.add(["of it final moments, computed", Text.megabytes(rings), "< 20 MiB"])
        table.add(["database and log, once it ended", Text.megabytes(figures.databaseBytes), ""])
        table.print()
        let what = "varve record beside \(recorder.slotCount) slots"
        try report.add(
            what + ", processor", Text.fixed(figures.processorShare * 100, 2) + " %",
            wanted: "< 1 %", isMet: figures.processorShare < 0.01)
        try report.add(
            what + ", peak memory", Text.megabytes(figures.peakResidentBytes), wanted: "< 40 MiB",
            isMet: figures.peakResidentBytes < 40 << 20)
        print("\nIts own figures:")
        print(figures.report)
    }
}
