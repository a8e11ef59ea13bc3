import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

@Suite("Why data is missing, as the recorder saw it")
struct GapTests {
    private func gaps(_ rig: Rig, now: Int64) throws -> [Series.Gap] {
        let reader = try CatalogReader(path: rig.catalog.path)
        let name = try reader.runs()[0].sandbox
        return try reader.series(of: RunReference(name), metrics: [.memory], now: Rig.at(now)).gaps
    }

    private func gap(_ from: Int64, _ to: Int64, _ reason: Series.Gap.Reason) -> Series.Gap {
        Series.Gap(from: Rig.at(from), to: Rig.at(to), reason: reason)
    }

    /// A run that is sampled each second up to `last`.
    private func sampledRun(_ rig: Rig, upTo last: Int64) throws -> SlotWriter {
        try rig.recorder.beginSession(in: rig.catalog, run: nil, pid: 1, now: Rig.at(0))
        let writer = try rig.run(1)
        for second in 1...last {
            try writer.write(second * 1000)
            try rig.tick(second * 1000)
        }
        return writer
    }

    @Test("a sampler that stops is stalled after three seconds, and resumes")
    func stalled() throws {
        let rig = try Rig()
        let writer = try sampledRun(rig, upTo: 5)
        for second in 6...7 as ClosedRange<Int64> { try rig.tick(second * 1000) }
        try rig.flush(7_500)
        #expect(try !rig.events(of: try rig.onlyRun()).contains { $0.kind == .stalled })
        for second in 8...15 as ClosedRange<Int64> { try rig.tick(second * 1000) }
        try rig.flush(15_500)
        var events = try rig.events(of: try rig.onlyRun())
        #expect(events.last?.kind == .stalled)
        #expect(events.last?.at == Rig.at(8_000))
        #expect(events.last?.detail == "no sample since \(Rig.at(5_000).rfc3339)")
        // It goes on for as long as anybody looks.
        #expect(try gaps(rig, now: 16_000).first == gap(5_000, 15_500, .stalled))
        for second in 16...19 as ClosedRange<Int64> { try rig.tick(second * 1000) }
        try writer.write(20_000)
        try rig.tick(20_000)
        try rig.flush(20_500)
        events = try rig.events(of: try rig.onlyRun())
        #expect(events.last?.kind == .resumed)
        #expect(try gaps(rig, now: 20_000) == [gap(5_000, 20_000, .stalled)])
    }

    @Test("a sampler that is slow by nature is not stalled")
    func slow() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        for second in 1...120 as ClosedRange<Int64> {
            if second % 9 == 1 { try writer.write(second * 1000) }
            try rig.tick(second * 1000)
        }
        try rig.flush(120_500)
        #expect(try rig.events(of: try rig.onlyRun()).map(\.kind) == [.started, .firstSample])
    }

    @Test("a wall clock that is set forward leaves a stretch that never was")
    func forward() throws {
        let rig = try Rig()
        let writer = try sampledRun(rig, upTo: 5)
        var clocks = Rig.clocks(6_000)
        clocks.wall = Rig.at(3_606_000)
        try writer.write(3_606_000)
        try rig.recorder.poll(rig.reader, now: clocks)
        try rig.recorder.flush(to: rig.catalog, now: clocks)
        #expect(try gaps(rig, now: 3_606_000) == [gap(5_000, 3_606_000, .clockStepped)])
        let event = try #require(try rig.events(of: try rig.onlyRun()).last)
        #expect(event.kind == .clockStepped)
        #expect(event.detail == "the wall clock was set forward by 3600 s")
    }

    @Test("a wall clock that is set back loses no row and makes no gap")
    func backward() throws {
        let rig = try Rig()
        try rig.recorder.beginSession(in: rig.catalog, run: nil, pid: 1, now: Rig.at(0))
        let writer = try rig.run(1, startedAt: 0)
        for second in 1...60 as ClosedRange<Int64> {
            // Half a minute is lived twice.
            let wall = second > 40 ? second - 30 : second
            try writer.write(wall * 1000, memory: UInt64(second))
            var clocks = Rig.clocks(second * 1000)
            clocks.wall = Rig.at(wall * 1000)
            try rig.recorder.poll(rig.reader, now: clocks)
            try rig.adopt()
            try rig.recorder.flush(to: rig.catalog, now: clocks)
        }
        #expect(try rig.onlyRun().usage.sampleCount == 60)
        #expect(try gaps(rig, now: 40_000).isEmpty)
        #expect(try rig.rows().allSatisfy { ($0["interval_ms"] ?? 0) > 0 })
        let event = try #require(
            try rig.events(of: try rig.onlyRun()).first { $0.kind == .clockStepped })
        #expect(event.detail == "the wall clock was set back by 30 s")
    }

    @Test("a machine that slept was down, and its samplers did not stall")
    func asleep() throws {
        let rig = try Rig()
        let writer = try sampledRun(rig, upTo: 5)
        for second in 6...8 as ClosedRange<Int64> {
            var clocks = Rig.clocks(second * 1000)
            clocks.wall = Rig.at(second * 1000 + 600_000)
            clocks.continuous += .seconds(600)
            try writer.write(second * 1000 + 600_000)
            try rig.recorder.poll(rig.reader, now: clocks)
            try rig.recorder.flush(to: rig.catalog, now: clocks)
        }
        #expect(try gaps(rig, now: 608_000) == [gap(5_000, 606_000, .hostDown)])
        #expect(
            try rig.events(of: try rig.onlyRun()).map(\.kind) == [
                .started, .firstSample, .hostSlept,
            ])
    }

    @Test("a recorder that was held up was down for that time")
    func heldUp() throws {
        let rig = try Rig()
        let writer = try sampledRun(rig, upTo: 5)
        try writer.write(95_000)
        try rig.tick(95_000)
        #expect(try gaps(rig, now: 95_000) == [gap(5_000, 95_000, .recorderDown)])
        #expect(try !rig.events(of: try rig.onlyRun()).contains { $0.kind == .stalled })
    }

    @Test("a recorder that is held up at each poll was down once, not many times")
    func heldUpAgain() throws {
        let rig = try Rig()
        let writer = try sampledRun(rig, upTo: 5)
        for second in stride(from: 10, through: 50, by: 5) as StrideThrough<Int64> {
            try writer.write(second * 1000)
            // The catalog cannot be written all the while.
            try rig.poll(second * 1000)
        }
        try rig.flush(50_500)
        #expect(try gaps(rig, now: 50_500) == [gap(5_000, 50_000, .recorderDown)])
        #expect(try rig.rows().reduce(0) { $0 + ($1["sample_count"] ?? 0) } == 14)
    }

    @Test("rows that were given up are a gap of their own")
    func dropped() throws {
        let rig = try Rig(settings: RecorderSettings(waitingRowLimit: 5))
        let writer = try sampledRun(rig, upTo: 9)
        try rig.flush(9_500)
        for second in 10...200 as ClosedRange<Int64> {
            try writer.write(second * 1000)
            // The catalog cannot be written all the while.
            try rig.poll(second * 1000)
        }
        #expect(rig.lostRowCount > 10)
        try rig.flush(200_500)
        let gaps = try gaps(rig, now: 200_000)
        #expect(gaps.map(\.reason) == [.dropped])
        let first = try #require(gaps.first)
        #expect(first.from <= Rig.at(10_000) && first.to >= Rig.at(140_000))
        let statistics = rig.statistics
        #expect(statistics.droppedRowCount == Int64(rig.lostRowCount))
    }

    #if os(Linux)
        @Test("a slot that cannot be read whole is torn for as long as that lasts")
        func torn() throws {
            let rig = try Rig()
            let writer = try sampledRun(rig, upTo: 5)
            let seq = 256 + 512 * writer.slot + 0x10
            try rig.poke(UInt64(0xffff_ff01), at: seq)
            for second in 6...12 as ClosedRange<Int64> { try rig.tick(second * 1000) }
            try rig.flush(12_500)
            #expect(try gaps(rig, now: 12_500) == [gap(5_000, 12_500, .torn)])
            #expect(try !rig.events(of: try rig.onlyRun()).contains { $0.kind == .stalled })
        }
    #endif

    @Test("what the recorder does it counts")
    func statistics() throws {
        let rig = try Rig()
        _ = try sampledRun(rig, upTo: 20)
        try rig.flush(21_000)
        let statistics = rig.statistics
        #expect(statistics.pollCount == 20)
        #expect(statistics.slotReadCount == 20)
        #expect(statistics.flushCount == 3)
        #expect(statistics.rowCount >= 3)
        #expect(statistics.flushNanoseconds >= statistics.flushMaxNanoseconds)
        #expect(statistics.flushMaxNanoseconds > 0)
        #expect(statistics.writtenBytes > 0)
        let session = try #require(
            try CatalogReader(path: rig.catalog.path).recorderSessions(limit: 1).first)
        #expect(session.statistics?.pollCount == 20)
    }
}
