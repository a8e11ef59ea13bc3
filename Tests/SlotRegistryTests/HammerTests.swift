import Foundation
import HistoryModel
import SlotRegistry
import Testing

@Suite("Readers beside writers at full speed", .serialized)
struct HammerTests {
    /// A sample of which every field follows from `count`.
    static func sample(_ count: UInt64) -> SlotSample {
        var sample = SlotSample(sampledAtUnixMilliseconds: Int64(count) + 1)
        sample.flags = [.cpu, .memoryUsed]
        sample.cpuPercentBits = UInt32(truncatingIfNeeded: count &* 3)
        sample.memoryBytes = count &* 5
        sample.diskReadBytes = count &* 7
        sample.diskWriteBytes = count &* 11
        sample.netRxBytes = count &* 13
        sample.netTxBytes = count &* 17
        return sample
    }

    static func sample(_ count: UInt64, _ abi: RegistryABI) -> SlotSample {
        var sample = sample(count)
        guard abi != .v1 else { return sample }
        sample.flags = SampleFlags(
            rawValue: UInt32(truncatingIfNeeded: count &* 0x9e37_79b1) & ~0x70)
        sample.vcpuTimeNanoseconds = count &* 19
        sample.memoryAvailableBytes = count &* 23
        sample.memoryHostResidentBytes = count &* 29
        guard abi == .v3 else { return sample }
        sample.upperUsedBytes = count &* 31
        sample.upperFreeBytes = count &* 37
        sample.upperHostAllocatedBytes = count &* 41
        return sample
    }

    /// Reads of each ABI; `VARVE_HAMMER_READS=1000000` makes it a million.
    static let wanted =
        ProcessInfo.processInfo.environment["VARVE_HAMMER_READS"].flatMap(Int.init) ?? 200_000

    @Test(
        "reads beside writers find no torn sample",
        arguments: [(.v1, wanted), (.v2, wanted), (.v3, wanted)] as [(RegistryABI, Int)])
    func samples(abi: RegistryABI, wanted: Int) throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, abi: abi, capacity: 2)
        let writers = [try registry.run(1), try registry.run(2)]
        let done = Locked(0)
        let writes = Locked(0)
        let torn = Locked<[String]>([])
        let distinct = Locked(0)
        inParallel(4) { index in
            if index < 2 {
                var count: UInt64 = 0
                while done.withLock({ $0 }) < 2 {
                    for _ in 0..<1000 {
                        count += 1
                        try? writers[index].write(Self.sample(count, abi))
                    }
                }
                writes.withLock { $0 += Int(count) }
                return
            }
            defer { done.withLock { $0 += 1 } }
            guard let reader = try? RegistryReader.open(scratch.name) else { return }
            var (reads, changes, last) = (0, 0, Int64(0))
            // However the threads are scheduled, the reader must have met the writer.
            while reads < wanted / 2 || changes < 200 {
                guard let outcome = try? reader.read(slot: index - 2) else { return }
                // No sample yet, or a writer that was interrupted inside its window.
                guard case .reading(let reading) = outcome else { continue }
                reads += 1
                let sample = reading.sample
                if sample.sampledAtUnixMilliseconds != last { changes += 1 }
                last = sample.sampledAtUnixMilliseconds
                if sample != Self.sample(UInt64(last - 1), abi) {
                    torn.withLock { $0.append("\(sample)") }
                    return
                }
            }
            distinct.withLock { $0 += changes }
        }
        #expect(torn.withLock { $0 } == [])
        #expect(writes.withLock { $0 } >= 400)
        #expect(distinct.withLock { $0 } >= 400)
    }

    @Test("a reader never mixes two runs of one slot")
    func runs() throws {
        let wanted = 20_000
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let done = Locked(false)
        let turns = Locked(0)
        let mixed = Locked<[String]>([])
        let readings = Locked(0)
        // Something to read from the start.
        try registry.run(1, name: "run 1").release(to: .stale)
        inParallel(2) { index in
            if index == 0 {
                defer { done.withLock { $0 = true } }
                guard let registry = try? Registry.open(scratch.name) else { return }
                var turn: Int32 = 1
                // Until both have done their part, however the threads are scheduled.
                while turn < wanted || readings.withLock({ $0 }) < 1000 {
                    guard mixed.withLock({ $0.isEmpty }) else { return }
                    turn += 1
                    do {
                        let writer = try registry.run(turn, name: "run \(turn)", pid: turn)
                        var sample = someSample
                        sample.netTxBytes = UInt64(turn)
                        try writer.write(sample)
                        try writer.release(to: .stale)
                        turns.withLock { $0 += 1 }
                    } catch {
                        mixed.withLock { $0.append("\(error)") }
                        return
                    }
                }
                return
            }
            guard let reader = try? RegistryReader.open(scratch.name) else {
                mixed.withLock { $0.append("the reader could not open the registry") }
                return
            }
            while !done.withLock({ $0 }) {
                guard case .reading(let reading) = try? reader.read(slot: 0) else { continue }
                let identity = reading.identity
                let run = identity.sandboxID
                readings.withLock { $0 += 1 }
                if identity.runID != run || identity.pid != run
                    || reading.sample.netTxBytes != UInt64(run)
                    || identity.name.string != "run \(run)"
                {
                    mixed.withLock { $0.append("\(reading)") }
                    return
                }
            }
        }
        #expect(mixed.withLock { $0 } == [])
        #expect(turns.withLock { $0 } >= wanted - 1)
        #expect(readings.withLock { $0 } >= 1000)
    }
}
