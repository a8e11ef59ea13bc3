internal import Floors
internal import Foundation
internal import SlotRegistry
internal import Synchronization

/// Threads that write and read one registry at the same time, until a given time.
final class Crowd: Sendable {
    private struct State {
        var latencies = Latencies()
        var readCount = 0
        var givenUpCount = 0
        var tornCount = 0
        var idleCount = 0
        var failures: [any Error] = []
        var runningCount = 0
    }

    private let end: Date
    private let state = Mutex(State())

    init(end: Date) {
        self.end = end
    }

    /// What the writes of all writers took.
    var latencies: Latencies { state.withLock { $0.latencies } }
    /// Samples that were read whole.
    var readCount: Int { state.withLock { $0.readCount } }
    /// Slots that a reader gave up because they were written all the time.
    var givenUpCount: Int { state.withLock { $0.givenUpCount } }
    /// Samples that were read and that nobody wrote like that.
    var tornCount: Int { state.withLock { $0.tornCount } }
    /// Whether every thread did some of its work.
    var isComplete: Bool { state.withLock { $0.idleCount == 0 } }

    /// Runs `body` on a thread of its own.
    func start(_ body: @escaping @Sendable (Crowd) throws -> Void) {
        state.withLock { $0.runningCount += 1 }
        Thread { [self] in
            do { try body(self) } catch { state.withLock { $0.failures.append(error) } }
            state.withLock { $0.runningCount -= 1 }
        }.start()
    }

    /// Waits for the end of all threads.
    ///
    /// - Throws: what one of them met.
    func join() throws {
        while state.withLock({ $0.runningCount > 0 }) { Thread.sleep(forTimeInterval: 0.01) }
        if let failure = state.withLock({ $0.failures.first }) { throw failure }
    }

    /// Looked at rarely: the clock of the wall takes as long as a write.
    private static let batch = 1000

    /// Writes `slots` in turn, each time another sample.
    func write(_ slots: [SlotWriter]) throws {
        var latencies = Latencies()
        var key: UInt64 = 0
        while Date() < end {
            for _ in 0..<Self.batch {
                key += 1
                let sample = SlotSample.checked(key)
                let slot = slots[Int(key % UInt64(slots.count))]
                let begun = floor_clock_ns()
                try slot.write(sample)
                latencies.add(floor_clock_ns() - begun)
            }
        }
        state.withLock { [latencies] state in
            state.idleCount += latencies.count == 0 ? 1 : 0
            state.latencies.add(latencies)
        }
    }

    /// Reads all slots of the registry `name` and checks what it reads.
    func read(_ name: RegistryName, pause: Double) throws {
        let reader = try RegistryReader.open(name)
        var readCount = 0
        var givenUpCount = 0
        var tornCount = 0
        while Date() < end {
            try reader.snapshot { _, outcome in
                switch outcome {
                case .reading(let reading):
                    readCount += 1
                    if !reading.sample.isWhole { tornCount += 1 }
                case .torn: givenUpCount += 1
                default: break
                }
            }
            if pause > 0 { Thread.sleep(forTimeInterval: pause) }
        }
        state.withLock { [readCount, givenUpCount, tornCount] state in
            state.readCount += readCount
            state.givenUpCount += givenUpCount
            state.tornCount += tornCount
            state.idleCount += readCount == 0 ? 1 : 0
        }
    }
}

extension SlotSample {
    /// A sample every word of which follows from `key`.
    static func checked(_ key: UInt64) -> SlotSample {
        var sample = SlotSample(sampledAtUnixMilliseconds: Int64(truncatingIfNeeded: key >> 1))
        sample.flags = [.cpu, .memoryUsed]
        sample.memoryBytes = key
        sample.vcpuTimeNanoseconds = mixed(key, 1)
        sample.cpuPercentBits = UInt32(truncatingIfNeeded: mixed(key, 2))
        sample.memoryAvailableBytes = mixed(key, 3)
        sample.diskReadBytes = mixed(key, 4)
        sample.diskWriteBytes = mixed(key, 5)
        sample.netRxBytes = mixed(key, 6)
        sample.netTxBytes = mixed(key, 7)
        sample.upperHostAllocatedBytes = mixed(key, 8)
        return sample
    }

    /// Whether it is one of ``checked(_:)``, and not words of several.
    var isWhole: Bool {
        let sample = SlotSample.checked(memoryBytes)
        return sampledAtUnixMilliseconds == sample.sampledAtUnixMilliseconds
            && vcpuTimeNanoseconds == sample.vcpuTimeNanoseconds
            && cpuPercentBits == sample.cpuPercentBits
            && memoryAvailableBytes == sample.memoryAvailableBytes
            && diskReadBytes == sample.diskReadBytes && diskWriteBytes == sample.diskWriteBytes
            && netRxBytes == sample.netRxBytes && netTxBytes == sample.netTxBytes
            && upperHostAllocatedBytes == sample.upperHostAllocatedBytes
    }

    /// The mixing of SplitMix64: keys that are near to one another have nothing in common.
    private static func mixed(_ key: UInt64, _ field: UInt64) -> UInt64 {
        var value = key &+ field &* 0x9e37_79b9_7f4a_7c15
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
