import HistoryModel
import HistoryStore
import SQLite
import Testing

struct FlushTests {
    let scratch = try! Scratch()

    @Test func `a row holds every value of every metric, and what is absent stays so`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var row = SampleRow.tenSeconds(of: run, at: .noon)
        for metric in Metric.gauges {
            let base = Int64(metric.index) * 10
            row[gauge: metric] = .init(count: 3, average: base + 1, maximum: base + 2)
        }
        for metric in Metric.counters {
            row[counter: metric] = .init(first: Int64(metric.index), last: Int64(metric.index) + 50)
        }
        try catalog.write([row, .tenSeconds(of: run, at: .noon(plus: 10_000))])
        let series = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: Metric.allCases, now: .noon(plus: 20_000))
        #expect(series.points.count == 2)
        #expect(series.columns.count == Metric.gauges.count * 2 + Metric.counters.count)
        for (index, column) in series.columns.enumerated() {
            let place = column.metric.index
            let expected =
                switch (column.metric.kind, column.statistic) {
                case (.gauge, .avg): Double(place * 10 + 1)
                case (.gauge, _): Double(place * 10 + 2)
                // From 0 at the start of the run to the last sample, nine seconds later.
                case (.counter, _): Double(place + 50) * 1000 / 9000
                }
            #expect(series.points[0].values[index] == expected)
            #expect(series.points[1].values[index] == nil)
        }
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.integer("SELECT max(cpu_count) FROM sample") == 3)
        #expect(
            try connection.integer(
                "SELECT count(*) FROM sample WHERE cpu_avg_centipercent IS NULL AND cpu_count = 0")
                == 1)
    }

    @Test func `a row's later state replaces its earlier one`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        for count in 1...5 {
            try catalog.write([
                .tenSeconds(
                    of: run, at: .noon, count: Int64(count),
                    counters: [.diskWrite: .init(first: 0, last: Int64(count) * 100)])
            ])
        }
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows("SELECT sample_count, disk_write_last_bytes, sequence FROM sample")
                == [["5", "500", "1"]])
    }

    @Test func `a clock that steps back onto other rows' times loses nothing`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        // Three intervals, then the clock steps back by thirty seconds and they come again.
        for lap in 0..<2 {
            for step in 0..<3 {
                let at = Timestamp.noon(plus: Int64(step) * 10_000)
                for count in 1...3 {
                    var row = SampleRow.tenSeconds(of: run, at: at, count: Int64(count))
                    row.firstAt = at.advanced(byMilliseconds: Int64(lap) * 7)
                    let first = Int64(lap * 3 + step) * 100
                    row[counter: .diskWrite] = .init(first: first, last: first + Int64(count) * 30)
                    try catalog.write([row])
                }
            }
        }
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows(
                """
                SELECT at_ms - 1795435200000, sample_count, disk_write_last_bytes
                FROM sample ORDER BY at_ms
                """) == [
                    ["0", "3", "90"], ["1", "3", "390"], ["10000", "3", "190"],
                    ["10001", "3", "490"], ["20000", "3", "290"], ["20001", "3", "590"],
                ])
        // The counter never fell: what was counted is its last value.
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.run(RunReference("web")).usage.diskWriteBytes == 590)
        try catalog.end(run, at: .noon(plus: 60_000))
        #expect(try reader.run(RunReference("web")).usage.diskWriteBytes == 590)
        #expect(try reader.run(RunReference("web")).usage.sampleCount == 18)
    }

    @Test func `of two endings the first stays`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var batch = FlushBatch()
        var killed = RunEnding(run, at: .noon(plus: 5_000), knownBy: .waited)
        killed.exitSignal = 9
        killed.coreDumped = false
        killed.reason = .failed
        killed.detail = "killed"
        killed.durationNanoseconds = 4_999_000_000
        var vague = RunEnding(run, at: .noon(plus: 6_000), knownBy: .unknown)
        vague.exitCode = 1
        batch.endings = [killed, vague]
        batch.closed = [run]
        try catalog.flush(batch)
        batch.endings = [vague]
        try catalog.flush(batch)
        let found = try CatalogReader(path: scratch.catalog).run(RunReference("web"))
        #expect(found.status == .terminated)
        #expect(found.exitSignal == 9)
        #expect(found.exitCode == nil)
        #expect(found.coreDumped == false)
        #expect(found.exitKnownBy == .waited)
        #expect(found.terminationReason == .failed)
        #expect(found.terminationDetail == "killed")
        #expect(found.terminatedAt == .noon(plus: 5_000))
        #expect(found.duration == .milliseconds(4_999))
        // Closed without a sample: that is known to be none.
        #expect(found.usage.sampleCount == 0)
    }

    @Test func `a run never ends before it began`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.end(run, at: .noon(plus: -1))
        let found = try CatalogReader(path: scratch.catalog).run(RunReference("web"))
        #expect(found.terminatedAt == .noon)
        #expect(found.duration == .zero)
    }

    @Test func `a summary is made from the rows, and exact figures go before them`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var batch = FlushBatch()
        batch.rows = [
            .tenSeconds(
                of: run, at: .noon,
                gauges: [
                    .cpu: .init(count: 9, average: 100, maximum: 9_000),
                    .memory: .init(count: 10, average: 1_000, maximum: 5_000),
                ],
                counters: [
                    .cpuTime: .init(first: 0, last: 700), .diskRead: .init(first: 0, last: 70),
                    .netRx: .init(first: 5, last: 40),
                ]),
            .tenSeconds(
                of: run, at: .noon(plus: 10_000), count: 4,
                gauges: [.memory: .init(count: 4, average: 10, maximum: 20)],
                counters: [
                    .cpuTime: .init(first: 800, last: 900), .netRx: .init(first: 3, last: 10),
                ]),
        ]
        var ending = RunEnding(run, at: .noon(plus: 20_000), knownBy: .waited)
        ending.usage.cpuTimeNanoseconds = 1_000
        ending.usage.memoryPeakBytes = 4_000
        ending.usage.diskReadBytes = 60
        batch.endings = [ending]
        batch.closed = [run]
        try catalog.flush(batch)
        let usage = try CatalogReader(path: scratch.catalog).run(RunReference("web")).usage
        #expect(usage.cpuTimeNanoseconds == 1_000)
        #expect(usage.cpuMaxCentipercent == 9_000)
        #expect(usage.memoryPeakBytes == 4_000)
        #expect(usage.memoryMaxBytes == 5_000)
        // Seen to be higher than the kernel told of those it had waited for.
        #expect(usage.diskReadBytes == 70)
        #expect(usage.diskWriteBytes == nil)
        // The counter began anew: 40 before, 10 after.
        #expect(usage.netRxBytes == 50)
        #expect(usage.netTxBytes == nil)
        #expect(usage.sampleCount == 14)
    }

    @Test func `a run that goes on is added up from its rows`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon, gauges: [.memory: .init(count: 1, average: 7, maximum: 8)],
                counters: [.diskWrite: .init(first: 4, last: 6)])
        ])
        let usage = try CatalogReader(path: scratch.catalog).run(RunReference("web")).usage
        #expect(usage.memoryMaxBytes == 8)
        #expect(usage.memoryPeakBytes == 8)
        #expect(usage.diskWriteBytes == 6)
        #expect(usage.diskReadBytes == nil)
        #expect(usage.sampleCount == 10)
    }

    @Test func `a flush that fails has changed nothing`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var batch = FlushBatch()
        batch.rows = [.tenSeconds(of: run, at: .noon)]
        batch.endings = [RunEnding(run, at: .noon(plus: 9), knownBy: .waited)]
        batch.events = [
            (run, LifecycleEvent(.exited, at: .noon, seenBy: .supervisor)),
            (RunID(rawValue: 999), LifecycleEvent(.exited, at: .noon, seenBy: .supervisor)),
        ]
        let error = #expect(throws: StoreError.self) { try catalog.flush(batch) }
        #expect(error?.cause?.isConstraintViolation == true)
        #expect(error?.isBusy == false)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.run(RunReference("web")).status == .running)
        #expect(try reader.summary().rowCount == 0)
        #expect(try reader.lifecycle(of: run).map(\.kind) == [.reserved])
    }

    @Test func `events come in order of time, and of their writing at one time`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var batch = FlushBatch()
        let late = LifecycleEvent(
            .exited, at: .noon(plus: 9), detail: "exit \"3\"", seenBy: .recorder)
        let odd = LifecycleEvent(
            .init(rawValue: "teleported"), at: .noon(plus: 4), seenBy: .init(rawValue: "ghost"))
        let started = LifecycleEvent(.started, at: .noon, seenBy: .supervisor)
        batch.events = [(run, late), (run, odd), (run, started)]
        try catalog.flush(batch)
        #expect(
            try CatalogReader(path: scratch.catalog).lifecycle(of: run)
                == [LifecycleEvent(.reserved, at: .noon, seenBy: .supervisor), started, odd, late])
    }
}
