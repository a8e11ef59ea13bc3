import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

@Suite("Polls become rows")
struct FoldingTests {
    @Test("samples at the edges of an interval go where the wall clock says")
    func edges() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        for at in [0, 9_999, 10_000, 19_999, 20_000] as [Int64] {
            try writer.write(at, memory: UInt64(at + 1))
            try rig.tick(at)
        }
        try rig.flush(30_000)
        let rows = try rig.rows()
        #expect(rows.map { $0.offset("at_ms") } == [0, 10_000, 20_000])
        #expect(rows.map { $0["sample_count"] } == [2, 2, 1])
        #expect(rows.map { $0.offset("first_at_ms") } == [0, 10_000, 20_000])
        #expect(rows.map { $0.offset("last_at_ms") } == [9_999, 19_999, 20_000])
        #expect(rows.map { $0["memory_avg_bytes"] } == [5_001, 15_001, 20_001])
        #expect(rows.map { $0["interval_ms"] } == [10_000, 10_000, 10_000])
    }

    @Test("a row that was flushed at the boundary is completed by a late sample")
    func late() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(9_000, memory: 1)
        try rig.tick(9_500)
        try rig.tick(10_000)
        #expect(try rig.rows().map { $0["sample_count"] } == [1])
        // It was taken before the boundary and seen after it.
        try writer.write(9_990, memory: 3)
        try rig.tick(10_500)
        try writer.write(10_990, memory: 8)
        try rig.tick(11_500)
        try rig.flush(20_000)
        let rows = try rig.rows()
        #expect(rows.map { $0["sample_count"] } == [2, 1])
        #expect(rows.map { $0["memory_max_bytes"] } == [3, 8])
    }

    @Test("a counter that falls begins a new row, and no row holds a fall")
    func fall() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        for (at, cpuTime) in [(1_000, 5), (2_000, 9), (3_000, 2), (4_000, 4)] as [(Int64, UInt64)] {
            try writer.write(at, cpuTime: cpuTime)
            try rig.tick(at)
        }
        try rig.flush(10_000)
        let rows = try rig.rows()
        #expect(rows.map { $0.offset("at_ms") } == [0, 3_000])
        #expect(rows.map { $0["cpu_time_first_ns"] } == [5, 2])
        #expect(rows.map { $0["cpu_time_last_ns"] } == [9, 4])
        #expect(try rig.onlyRun().usage.cpuTimeNanoseconds == 13)
    }

    @Test("a sample is counted once, however often the slot shows it")
    func slowSampler() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        for second in 0..<30 as Range<Int64> {
            if second % 5 == 0 { try writer.write(second * 1000) }
            try rig.tick(second * 1000 + 100)
        }
        try rig.flush(30_000)
        #expect(try rig.rows().map { $0["sample_count"] } == [2, 2, 2])
    }

    @Test("values that cannot be true are absent and counted")
    func implausible() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        var sample = SlotSample(sampledAtUnixMilliseconds: Rig.start + 500)
        sample.flags = [.cpu, .memoryUsed, .netNotMeasured]
        sample.cpuPercent = .nan
        sample.memoryBytes = .max
        sample.diskReadBytes = .max
        sample.diskWriteBytes = 7
        try writer.write(sample)
        try rig.tick(1_000)
        try writer.write(1_500, memory: 6)
        try rig.tick(2_000)
        // No time, so no row; the slot goes on.
        try writer.write(SlotSample(sampledAtUnixMilliseconds: .max))
        try rig.tick(3_000)
        try rig.flush(10_000)
        let row = try #require(try rig.rows().first)
        #expect(row["sample_count"] == 2)
        #expect(row["implausible_count"] == 3)
        #expect(row["cpu_count"] == 0)
        #expect(row["cpu_avg_centipercent"] == nil)
        #expect(row["memory_count"] == 1)
        #expect(row["memory_avg_bytes"] == 6)
        #expect(row["disk_read_first_bytes"] == nil)
        #expect(row["disk_write_last_bytes"] == 7)
        #expect(row["net_rx_first_bytes"] == nil)
    }

    @Test("a clock that is set back onto the same milliseconds overwrites no row")
    func sameMilliseconds() throws {
        let rig = try Rig(settings: RecorderSettings(interval: .seconds(1)))
        let writer = try rig.run(1)
        var count: Int64 = 0
        for _ in 0..<6 {
            for at in [0, 500, 1_000, 1_500, 2_000] as [Int64] {
                count += 1
                try writer.write(at, memory: UInt64(count))
                try rig.tick(at)
            }
        }
        try rig.flush(10_000)
        let rows = try rig.rows()
        #expect(rows.reduce(0) { $0 + ($1["sample_count"] ?? 0) } == count)
        #expect(Set(rows.compactMap { $0["memory_max_bytes"] }).count == rows.count)
        #expect(rows.allSatisfy { $0["first_at_ms"] ?? 0 <= $0["last_at_ms"] ?? 0 })
    }

    @Test("a kill between two flushes loses one interval at most, and doubles nothing")
    func killed() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        for second in 0..<100 as Range<Int64> {
            try writer.write(second * 1000 + 500, memory: UInt64(second))
            if second == 47 { rig.restart() }
            try rig.tick(second * 1000 + 600)
        }
        try rig.flush(100_000)
        let rows = try rig.rows()
        // The last flush before was at 40.6 s: samples 41 to 46 are lost, and 47 was seen.
        #expect(rows.reduce(0) { $0 + ($1["sample_count"] ?? 0) } == 100 - 6)
        #expect(rows.map { $0.offset("at_ms") }.contains(47_500))
        #expect(try rig.events(of: rig.onlyRun()).count { $0.kind == .firstSample } == 1)
    }

    @Test("1024 slots are polled and flushed", arguments: RegistryABI.allCases)
    func fullRegistry(abi: RegistryABI) throws {
        let rig = try Rig(abi: abi, capacity: 1024)
        var writers: [SlotWriter] = []
        for id in 1...1024 as ClosedRange<Int32> { writers.append(try rig.run(id)) }
        for second in 0..<12 as Range<Int64> {
            for writer in writers { try writer.write(second * 1000) }
            try rig.tick(second * 1000 + 1)
        }
        try rig.flush(20_000)
        #expect(try rig.runs().count == 1024)
        let rows = try rig.rows()
        #expect(rows.count == 2048)
        #expect(rows.reduce(0) { $0 + ($1["sample_count"] ?? 0) } == 12 * 1024)
    }

    @Test("a registry of another size takes the place of the first, and runs of the first end")
    func otherCapacity() throws {
        let small = try Rig(capacity: 2)
        let large = try Rig(capacity: 64)
        try small.run(1).write(100)
        for id in 11...60 as ClosedRange<Int32> { try large.run(id).write(200) }
        try small.tick(1_000)
        try small.recorder.poll(large.reader, now: Rig.clocks(2_000))
        try small.flush(2_000)
        #expect(try small.runs().count { $0.status == .running } == 50)
        try small.tick(3_000)
        try small.flush(10_000)
        #expect(try small.runs().count { $0.status == .running } <= 1)
        let rows = try small.rows()
        #expect(rows.reduce(0) { $0 + ($1["sample_count"] ?? 0) } == 51)
    }
}
