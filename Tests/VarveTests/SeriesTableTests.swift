import Foundation
import HistoryModel
import Testing

@testable import varve

@Suite("Series on a terminal")
struct SeriesTableTests {
    private static let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    private func run(_ id: Int64, _ name: String) -> Run {
        let source = Source(
            kind: .varve, name: "/varve-x", home: nil, host: Host(name: "basalt", bootID: nil))
        var run = Run(
            id: RunID(rawValue: id), sandbox: name, source: source, status: .terminated,
            startedAt: Self.noon)
        run.terminatedAt = Self.noon.advanced(byMilliseconds: 20_000)
        return run
    }

    /// What is printed of series of two steps of these values each.
    private func printed(
        _ subjects: [SeriesSubject], _ columns: [Series.Column], _ first: [Double],
        _ second: [Double], on terminal: Terminal
    ) throws -> String {
        let sink = MemorySink()
        var printer = try SeriesPrinter(
            columns, in: .unbounded, as: .table, to: sink, on: terminal, now: Self.noon, zone: .utc)
        for subject in subjects {
            try printer.begin(subject, isOneOfSeveral: subjects.count > 1)
            var points = Series.Points(columnCount: columns.count)
            for (step, values) in [first, second].enumerated() {
                let at = Self.noon.unixMilliseconds + Int64(step) * 10_000
                points.appendStep(
                    at: at, milliseconds: 10_000, lastAt: at + 9_000, sampleCount: 10,
                    isPartial: false)
                for (column, value) in values.enumerated() { points.append(value, to: column) }
            }
            try printer.add(points, [])
            try printer.end(stepMilliseconds: 10_000)
        }
        try printer.finish()
        return sink.text
    }

    @Test("names of different lengths stand before sparklines that begin in one place")
    func labels() throws {
        let text = try printed(
            [.run(run(1, "web"))], [.init(.cpu, .avg), .init(.diskRead, .total)], [5_000, 1024],
            [10_000, 2048], on: .plain(columns: 60))
        #expect(
            text == """
                TIME                            CPU  DISK R TOTAL
                2026-11-23 12:00:00 +00:00   50.0 %       1.0 KiB
                2026-11-23 12:00:10 +00:00  100.0 %       2.0 KiB

                run 1 of 'web', steps of 10.0s
                CPU           ▅▅▅▅▅▅▅▅████████  50.0 % to 100.0 %
                DISK R TOTAL  ▁▁▁▁▁▁▁▁████████  1.0 KiB to 2.0 KiB

                """)
    }

    @Test("what a counter grew is drawn from 0 on, as its rate is")
    func growth() throws {
        let text = try printed(
            [.run(run(1, "web"))], [.init(.netRx, .sum)], [50], [100],
            on: .plain(columns: 60))
        #expect(text.contains("\nNET RX SUM  ▅▅▅▅▅▅▅▅▅█████████  50 B to 100 B\n"))
    }

    @Test("of nothing nothing is printed")
    func nothing() throws {
        let sink = MemorySink()
        var printer = try SeriesPrinter(
            [.init(.cpu, .sum)], in: .unbounded, as: .table, to: sink, on: .plain(columns: 60),
            now: Self.noon, zone: .utc)
        try printer.begin(.together(runCount: 0, from: nil, to: nil))
        try printer.add(Series.Points(columnCount: 1), [])
        try printer.end(stepMilliseconds: 10_000)
        try printer.finish()
        #expect(sink.text == "")
    }

    @Test("a name that is longer than the terminal is cut in the title")
    func longName() throws {
        let name = String(repeating: "層", count: 42)
        let text = try printed(
            [.run(run(12_345, name))], [.init(.cpu, .avg)], [1], [2], on: .plain(columns: 60))
        let lines = text.split(separator: "\n")
        #expect(lines.contains("run 12345 of '層層層層層層層層層層層層層層…', steps of 10.0s"))
        for line in lines { #expect(line.displayWidth <= 60) }
    }

    @Test("a maximum whose average has no room is left out with it, and named in full")
    func continuations() throws {
        let columns = Series.Column.standard(of: [.cpu, .memory]) + [.init(.diskRead, .avg)]
        let text = try printed(
            [.run(run(1, "web"))], columns, [.nan, .nan, .nan, .nan, 1024],
            [.nan, .nan, .nan, .nan, 2048], on: .plain(columns: 52))
        let lines = text.split(separator: "\n")
        #expect(lines[0] == "TIME                        CPU  MAX     DISK R")
        #expect(lines[3] == "no room for 2 columns; --format csv has all: MEMORY…")
        let wide = try printed(
            [.run(run(1, "web"))], columns, [1, 1, 1, 1, 1024], [1, 1, 1, 1, 2048],
            on: .plain(columns: 62))
        #expect(wide.contains("\nno room for 1 column; --format csv has all: MEMORY MAX\n"))
    }

    @Test("series of several runs have an empty line between them")
    func several() throws {
        let text = try printed(
            [.run(run(1, "a")), .sandbox(run(2, "b"), runCount: 1)], [.init(.cpu, .avg)], [1], [2],
            on: .none)
        let parts = text.components(separatedBy: "\n\n")
        #expect(parts.count == 2)
        #expect(parts[0].hasPrefix("run 1 of 'a'\nTIME "))
        #expect(parts[1].hasPrefix("1 run of 'b'\nTIME "))
    }
}
