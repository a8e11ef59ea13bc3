import Foundation
import HistoryModel
import SlotRegistry
import Testing

/// The JSON beside a fixture: what an independent program says its bytes mean.
struct Fixture: Decodable {
    struct Slot: Decodable {
        var slot: Int
        var state: UInt32
        var generation: UInt64
        var seq: UInt64
        var sandboxId: Int32
        var runId: Int32
        var pid: Int32
        var startedAtUnixMs: Int64
        var sampledAtUnixMs: Int64
        var sampleFlags: UInt32?
        var memoryLimitBytes: UInt64
        var vcpuTimeNs: UInt64?
        var cpuPercent: Float
        var memoryBytes: UInt64
        var memoryAvailableBytes: UInt64?
        var memoryHostResidentBytes: UInt64?
        var diskReadBytes: UInt64
        var diskWriteBytes: UInt64
        var netRxBytes: UInt64
        var netTxBytes: UInt64
        var upperUsedBytes: UInt64?
        var upperFreeBytes: UInt64?
        var upperHostAllocatedBytes: UInt64?
        var nameLen: Int
        var name: String

        var sample: SlotSample {
            var sample = SlotSample(sampledAtUnixMilliseconds: sampledAtUnixMs)
            sample.flags = sampleFlags.map(SampleFlags.init) ?? [.cpu, .memoryUsed]
            sample.vcpuTimeNanoseconds = vcpuTimeNs ?? 0
            sample.cpuPercent = cpuPercent
            sample.memoryBytes = memoryBytes
            sample.memoryAvailableBytes = memoryAvailableBytes ?? 0
            sample.memoryHostResidentBytes = memoryHostResidentBytes ?? 0
            sample.diskReadBytes = diskReadBytes
            sample.diskWriteBytes = diskWriteBytes
            sample.netRxBytes = netRxBytes
            sample.netTxBytes = netTxBytes
            sample.upperUsedBytes = upperUsedBytes ?? 0
            sample.upperFreeBytes = upperFreeBytes ?? 0
            sample.upperHostAllocatedBytes = upperHostAllocatedBytes ?? 0
            return sample
        }
    }

    var abi: UInt32
    var capacity: Int
    var slots: [Slot]

    static func json(_ abi: RegistryABI) throws -> Fixture {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Fixture.self, from: data(abi, "json"))
    }

    static func bytes(_ abi: RegistryABI) throws -> [UInt8] {
        try Array(data(abi, "bin"))
    }

    private static func data(_ abi: RegistryABI, _ suffix: String) throws -> Data {
        let url = try #require(
            Bundle.module.url(
                forResource: "registry-v\(abi.rawValue)", withExtension: suffix,
                subdirectory: "Fixtures"))
        return try Data(contentsOf: url)
    }
}

@Suite("Fixtures of the registry", .serialized)
struct FixtureTests {
    @Test("a fixture reads to exactly its JSON", arguments: RegistryABI.allCases)
    func read(abi: RegistryABI) throws {
        let fixture = try Fixture.json(abi)
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(abi))
        let reader = try RegistryReader.open(scratch.name)
        #expect(reader.abi.rawValue == fixture.abi)
        #expect(reader.capacity == fixture.capacity)

        let outcomes = try reader.outcomes()
        #expect(outcomes.count == fixture.capacity)
        #expect(fixture.slots.count == 5)
        for slot in fixture.slots {
            let identity: SlotIdentity
            switch outcomes[slot.slot] {
            case .reading(let reading):
                #expect(reading.abi == abi)
                #expect(reading.sample == slot.sample)
                identity = reading.identity
            case .notYetSampled(let seen):
                #expect(slot.sampledAtUnixMs == 0)
                identity = seen
            case .reserved:
                #expect(slot.state == 1)
                continue
            case let other:
                Issue.record("slot \(slot.slot) gave \(other)")
                continue
            }
            #expect(identity.slot == slot.slot)
            #expect(identity.state.rawValue == slot.state)
            #expect(identity.generation == slot.generation)
            #expect(identity.seq == slot.seq)
            #expect(identity.sandboxID == slot.sandboxId)
            #expect(identity.runID == slot.runId)
            #expect(identity.pid == slot.pid)
            #expect(identity.startedAtUnixMilliseconds == slot.startedAtUnixMs)
            #expect(identity.memoryLimitBytes == slot.memoryLimitBytes)
            #expect(identity.name.byteCount == slot.nameLen)
            #expect(identity.name.string == slot.name)
            #expect(!identity.name.isImplausible)
        }
        #expect(outcomes[5...].allSatisfy { $0 == .free })
    }

    @Test("the same operations make the same bytes", arguments: RegistryABI.allCases)
    func write(abi: RegistryABI) throws {
        let fixture = try Fixture.json(abi)
        let bytes = try Fixture.bytes(abi)
        let scratch = try ScratchRegistry()
        let createdAt = unsafe bytes.withUnsafeBytes {
            unsafe $0.load(fromByteOffset: 0x20, as: Int64.self)
        }
        let registry = try Registry.create(
            scratch.name, abi: abi, capacity: fixture.capacity,
            createdAt: Timestamp(unixMilliseconds: createdAt))
        var writers: [SlotWriter] = []
        for slot in fixture.slots {
            if slot.slot == 4 {
                // Released before slot 4 was reserved, by the generations 5 and 6.
                try writers[1].release(to: .stale)
            }
            let reservation = try registry.reserve(
                sandboxID: slot.sandboxId, memoryLimitBytes: slot.memoryLimitBytes,
                name: slot.name)
            #expect(reservation.slot == slot.slot)
            guard slot.state != 1 else { continue }
            let writer = try registry.activate(
                reservation, runID: slot.runId, pid: slot.pid,
                startedAt: Timestamp(unixMilliseconds: slot.startedAtUnixMs))
            // Two windows were those of reserve and activate, each adds 2.
            for _ in 0..<(slot.seq - 4) / 2 {
                try writer.write(slot.sample)
            }
            writers.append(writer)
        }
        #expect(writers.count == 4)
        #expect(try scratch.bytes() == bytes)
    }

    @Test("what a fixture calls absent, or what cannot be true, is absent")
    func checked() throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
        let reader = try RegistryReader.open(scratch.name)
        let (full, fullCount) = try reader.reading(0).checkedSample()
        let sample = try #require(full)
        #expect(fullCount == 1)
        #expect(sample.netRxBytes == nil, "2^64-4 received bytes cannot be true")
        #expect(sample.netTxBytes == 9)
        #expect(sample.cpuCentipercent == 3750)
        #expect(sample.upperUsedBytes == 7003)
        #expect(sample.upperFreeBytes == nil)

        let (crashed, crashedCount) = try reader.reading(2).checkedSample()
        let terminal = try #require(crashed)
        #expect(crashedCount == 1)
        #expect(terminal.cpuCentipercent == nil)
        #expect(terminal.cpuTimeNanoseconds == nil, "there is a number, but its flag is clear")
        #expect(terminal.memoryBytes == nil)
        #expect(terminal.memoryHostResidentBytes == 150_994_949)
    }
}
