import Foundation
import HistoryModel
import SlotRegistry
import Testing

@Suite("Writing samples")
struct SlotWriterTests {
    @Test("what was written is what is read, raw", arguments: RegistryABI.allCases)
    func roundTrip(abi: RegistryABI) throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, abi: abi, capacity: 1)
        let writer = try registry.run()
        var sample = SlotSample(sampledAtUnixMilliseconds: 5)
        sample.flags = [.cpu, .memoryUsed]
        if abi != .v1 {
            sample.flags = [.cpu, .memoryUsed, .hostResident, .cpuTimeOnly, .netNotMeasured]
            sample.vcpuTimeNanoseconds = .max
            sample.memoryAvailableBytes = 2
            sample.memoryHostResidentBytes = 3
        }
        if abi == .v3 {
            sample.flags.insert(.upperHostAllocated)
            sample.upperUsedBytes = 4
            sample.upperFreeBytes = 5
            sample.upperHostAllocatedBytes = 6
        }
        sample.cpuPercent = 12.5
        sample.memoryBytes = 7
        sample.diskReadBytes = 8
        sample.diskWriteBytes = 9
        sample.netRxBytes = 10
        sample.netTxBytes = .max
        try writer.write(sample)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.reading(0).sample == sample)
    }

    @Test("ABI 1 stores zero for what is absent, ABI 2 no flag for what it lacks")
    func narrowed() throws {
        for (abi, kept) in [(RegistryABI.v1, false), (.v2, true)] {
            let scratch = try ScratchRegistry()
            let registry = try Registry.create(scratch.name, abi: abi, capacity: 1)
            let writer = try registry.run()
            var sample = SlotSample(sampledAtUnixMilliseconds: 5)
            sample.flags = [.upperUsed, .upperFree, .netNotMeasured, .diskNotMeasured]
            sample.cpuPercent = 1
            sample.memoryBytes = 2
            sample.diskReadBytes = 3
            sample.diskWriteBytes = 4
            sample.netRxBytes = 5
            sample.netTxBytes = 6
            try writer.write(sample)
            let reader = try RegistryReader.open(scratch.name)
            let read = try reader.reading(0).sample
            #expect(
                read.flags == (kept ? [.netNotMeasured, .diskNotMeasured] : [.cpu, .memoryUsed]))
            #expect(read.memoryBytes == (kept ? 2 : 0))
            #expect(read.cpuPercent == (kept ? 1 : 0))
            #expect(read.diskWriteBytes == (kept ? 4 : 0))
            #expect(read.netTxBytes == (kept ? 6 : 0))
        }
    }

    @Test("a generation that moved stops the writer for good and changes nothing")
    func mismatch() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let writer = try registry.run()
        try writer.write(someSample)
        try scratch.poke(UInt64(99), at: SlotOffsets(0).generation)
        let before = try scratch.bytes()
        let wanted = RegistryError.Reason.generationMismatch(slot: 0, expected: 1, actual: 99)
        for _ in 0..<3 {
            #expect(
                reason { () throws(RegistryError) in try writer.write(someSample) } == wanted)
            #expect(
                reason { () throws(RegistryError) in try writer.release(to: .stale) } == wanted)
        }
        #expect(try scratch.bytes() == before)
    }

    @Test("a write that meets another program in the slot throws and changes nothing")
    func busy() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let writer = try registry.run()
        try scratch.poke(UInt64(5), at: SlotOffsets(0).seq)
        let before = try scratch.bytes()
        #expect(
            reason { () throws(RegistryError) in try writer.write(someSample) }
                == .slotBusy(slot: 0))
        #expect(try scratch.bytes() == before)
        try scratch.poke(UInt64(6), at: SlotOffsets(0).seq)
        try writer.write(someSample)
    }

    @Test("a released slot keeps its last sample as stale, or is free")
    func release() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 2)
        let (kept, gone) = (try registry.run(1), try registry.run(2))
        try kept.write(someSample)
        try gone.write(someSample)
        try kept.release(to: .stale)
        try gone.release(to: .free)
        let reader = try RegistryReader.open(scratch.name)
        let reading = try reader.reading(0)
        #expect(reading.identity.state == .stale)
        #expect(reading.sample == someSample)
        #expect(try reader.read(slot: 1) == .free)
        #expect(throws: RegistryError.self) { try kept.write(someSample) }
    }

    @Test("a writer that was killed while writing leaves a torn slot, which is released and reused")
    func killedInside() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let writer = try registry.run(pid: ReserveTests.nobody)
        try writer.write(someSample)
        try scratch.poke(UInt64(7), at: SlotOffsets(0).seq)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.read(slot: 0) == .torn(state: .active, generation: 1, seq: 7))

        // Its process is gone, so a release forces the window shut.
        try writer.release(to: .stale, waiting: .once)
        #expect(try scratch.peek(UInt64.self, at: SlotOffsets(0).seq) == 8)
        #expect(try reader.reading(0).identity.state == .stale)

        // Reclaimed without a release, stale or active, odd becomes even too.
        for state in [UInt32(2), 3] {
            try scratch.poke(UInt64(11), at: SlotOffsets(0).seq)
            try scratch.poke(state, at: SlotOffsets(0).state)
            try scratch.poke(ReserveTests.nobody, at: SlotOffsets(0).pid)
            let next = try registry.run(9, pid: ReserveTests.nobody)
            #expect(try scratch.peek(UInt64.self, at: SlotOffsets(0).seq) & 1 == 0)
            try next.write(someSample)
            #expect(try reader.reading(0).identity.sandboxID == 9)
        }
    }

    @Test("a release waits for a write under way, and does not force a living process's")
    func releaseBusy() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let writer = try registry.run(pid: getpid())
        try scratch.poke(UInt64(5), at: SlotOffsets(0).seq)
        #expect(
            reason { () throws(RegistryError) in try writer.release(to: .stale, waiting: .once) }
                == .slotBusy(slot: 0))
        #expect(try scratch.peek(UInt64.self, at: SlotOffsets(0).seq) == 5)
        #expect(try scratch.peek(UInt32.self, at: SlotOffsets(0).state) == 2)
    }

    @Test("a writer outlives its registry")
    func outlives() throws {
        let scratch = try ScratchRegistry()
        func make() throws -> SlotWriter {
            let registry = try Registry.create(scratch.name, capacity: 1)
            return try registry.run()
        }
        let writer = try make()
        try writer.write(someSample)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.reading(0).sample == someSample)
    }

    @Test("after a release on one thread no write of another changes a byte")
    func fence() throws {
        let rounds = 300
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let writes = Locked(0)
        for round in 0..<rounds {
            let writer = try registry.run(Int32(round), pid: getpid())
            let started = DispatchSemaphore(value: 0)
            let ended = DispatchSemaphore(value: 0)
            Thread {
                var sample = someSample
                var count = 0
                while (try? writer.write(sample)) != nil {
                    sample.memoryBytes &+= 1
                    count += 1
                    if count == 1 { started.signal() }
                }
                writes.withLock { $0 += count }
                ended.signal()
            }.start()
            started.wait()
            // A thread that was taken off its processor in the middle of a write keeps the slot busy.
            var isReleased = false
            for _ in 0..<100 where !isReleased {
                isReleased = (try? writer.release(to: .stale)) != nil
            }
            try #require(isReleased)
            let first = try scratch.bytes()[(256 + 0x18)...]
            ended.wait()
            let second = try scratch.bytes()[(256 + 0x18)...]
            #expect(first == second)
            #expect(try scratch.peek(UInt64.self, at: SlotOffsets(0).seq) & 1 == 0)
        }
        #expect(writes.withLock { $0 } > rounds)
    }
}
