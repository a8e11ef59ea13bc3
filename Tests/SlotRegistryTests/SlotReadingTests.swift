import HistoryModel
import SlotRegistry
import Testing

@Suite("What of a reading is believed")
struct SlotReadingTests {
    /// Writes `sample` and reads it back.
    static func reading(_ sample: SlotSample, _ abi: RegistryABI = .v3) throws -> SlotReading {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, abi: abi, capacity: 1)
        let writer = try registry.run()
        try writer.write(sample)
        let reader = try RegistryReader.open(scratch.name)
        return try reader.reading(0)
    }

    static let complete: Sample = {
        var sample = Sample(at: Timestamp(unixMilliseconds: 1_795_435_203_000))
        for (index, metric) in Metric.allCases.enumerated() {
            sample[metric] = Int64(1000 + index)
        }
        return sample
    }()

    @Test("a complete sample survives the slot")
    func complete() throws {
        let (sample, implausible) = try Self.reading(SlotSample(Self.complete)).checkedSample()
        #expect(sample == Self.complete)
        #expect(implausible == 0)
    }

    @Test(
        "each metric is absent on its own, as far as the format can say", arguments: Metric.allCases
    )
    func absent(metric: Metric) throws {
        var wanted = Self.complete
        wanted[metric] = nil
        let (sample, implausible) = try Self.reading(SlotSample(wanted)).checkedSample()
        switch metric {
        case .diskRead, .diskWrite: (wanted.diskReadBytes, wanted.diskWriteBytes) = (nil, nil)
        case .netRx, .netTx: (wanted.netRxBytes, wanted.netTxBytes) = (nil, nil)
        case .cpuTime: wanted.cpuCentipercent = nil
        default: break
        }
        #expect(sample == wanted)
        #expect(implausible == 0)
    }

    @Test("nothing measured is nothing, and never zero")
    func nothing() throws {
        let empty = Sample(at: Self.complete.at)
        let (sample, implausible) = try Self.reading(SlotSample(empty)).checkedSample()
        #expect(sample == empty)
        #expect(implausible == 0)
    }

    @Test("ABI 1 always has CPU, memory, disk and net, and never CPU time")
    func abi1() throws {
        var raw = SlotSample(sampledAtUnixMilliseconds: 1_795_435_203_000)
        raw.flags = [.cpu, .memoryUsed]
        let (sample, implausible) = try Self.reading(raw, .v1).checkedSample()
        var wanted = Sample(at: Self.complete.at)
        for metric in [Metric.cpu, .memory, .diskRead, .diskWrite, .netRx, .netTx] {
            wanted[metric] = 0
        }
        #expect(sample == wanted)
        #expect(implausible == 0)
    }

    @Test("upper flags mean nothing in ABI 2")
    func abi2() throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v2))
        try scratch.poke(UInt32(0xff), at: 256 + 0x38)
        let reader = try RegistryReader.open(scratch.name)
        let sample = try #require(try reader.reading(0).checkedSample().sample)
        #expect(sample.upperUsedBytes == nil)
        #expect(sample.memoryBytes != nil)
    }

    @Test(
        "a CPU rate that cannot be true is absent and counted",
        arguments: [
            Float.nan, .signalingNaN, .infinity, -.infinity, -0.01, -1, .greatestFiniteMagnitude,
            1e17,
        ])
    func implausibleRate(rate: Float) throws {
        var raw = SlotSample(Self.complete)
        raw.cpuPercent = rate
        let (sample, implausible) = try Self.reading(raw).checkedSample()
        #expect(try #require(sample).cpuCentipercent == nil)
        #expect(sample?.cpuTimeNanoseconds == Self.complete.cpuTimeNanoseconds)
        #expect(implausible == 1)
    }

    @Test(
        "a CPU rate is rounded to the nearest hundredth",
        arguments: [
            (0, 0), (-0.0, 0), (0.004, 0), (0.006, 1), (37.5, 3750), (99.99, 9999),
            (100, 10000), (6399.99, 639_999),
        ] as [(Float, Int64)])
    func rate(percent: Float, centipercent: Int64) throws {
        var raw = SlotSample(Self.complete)
        raw.cpuPercent = percent
        let (sample, implausible) = try Self.reading(raw).checkedSample()
        #expect(sample?.cpuCentipercent == centipercent)
        #expect(implausible == 0)
    }

    @Test("hundredths of a percent survive the slot's single up to a thousand cores")
    func rateRoundTrip() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let writer = try registry.run()
        let reader = try RegistryReader.open(scratch.name)
        var checked = 0
        for rate in stride(from: Int64(0), through: 10_000_000, by: 997) {
            var sample = Self.complete
            sample.cpuCentipercent = rate
            try writer.write(SlotSample(sample))
            #expect(try reader.reading(0).checkedSample().sample?.cpuCentipercent == rate)
            checked += 1
        }
        #expect(checked > 10_000)
    }

    @Test("words above 2^63-1 are absent and each is counted")
    func implausibleWords() throws {
        var raw = SlotSample(Self.complete)
        raw.memoryBytes = 1 << 63
        raw.netRxBytes = .max
        raw.vcpuTimeNanoseconds = .max
        raw.upperFreeBytes = .max
        raw.diskReadBytes = UInt64(Int64.max)
        let (sample, implausible) = try Self.reading(raw).checkedSample()
        let checked = try #require(sample)
        #expect(implausible == 4)
        #expect(checked.memoryBytes == nil)
        #expect(checked.netRxBytes == nil)
        #expect(checked.cpuTimeNanoseconds == nil)
        #expect(checked.upperFreeBytes == nil)
        #expect(checked.diskReadBytes == .max)
    }

    @Test("an impossible time makes the sample absent", arguments: [-1, 1, Int64.min, .max])
    func implausibleTime(time: Int64) throws {
        var raw = SlotSample(Self.complete)
        raw.sampledAtUnixMilliseconds = time
        let (sample, implausible) = try Self.reading(raw).checkedSample()
        #expect(sample == nil)
        #expect(implausible == 1)
    }

    @Test(
        "a name's length that cannot be true gives no name and is counted", arguments: [129, 65535])
    func implausibleName(length: UInt16) throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
        try scratch.poke(length, at: 256 + 0xa8)
        try scratch.poke(UInt64(0), at: 256 + 0x80)
        let reader = try RegistryReader.open(scratch.name)
        let reading = try reader.reading(0)
        #expect(reading.identity.name.isImplausible)
        #expect(reading.identity.name.string == "")
        #expect(reading.checkedSample().implausible == 1)
    }

    @Test("a name is its bytes, whatever lies behind them, and is repaired for people")
    func names() throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
        // The letters behind a shortened name are not part of it.
        try scratch.poke(UInt16(2), at: 256 + 0xa8)
        try scratch.poke(UInt8(0xff), at: 256 + 512 + 0xb0)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.reading(0).identity.name == SlotName("we"))
        #expect(try reader.reading(1).identity.name.string.hasPrefix("\u{fffd}"))
        #expect(SlotName("web") != SlotName("we"))
        #expect(Set([SlotName("a"), SlotName("a"), SlotName("b")]).count == 2)
        #expect(SlotName(String(repeating: "n", count: 129)) == nil)
        #expect(SlotName("wörker-π")?.string == "wörker-π")
    }

    @Test(
        "a snapshot shows readings and everything else apart, and no name keeps letters of another")
    func lentReadings() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 4)
        let long = String(repeating: "n", count: 128)
        for (id, name) in [(Int32(1), long), (2, "web"), (3, "unsampled")] {
            let writer = try registry.run(id, name: name)
            if id < 3 { try writer.write(SlotSample(sampledAtUnixMilliseconds: 1000)) }
        }
        let reader = try RegistryReader.open(scratch.name)
        var names: [SlotName] = []
        var others: [Int: SlotOutcome] = [:]
        try reader.snapshot { reading in
            names.append(reading.identity.name)
        } others: { slot, outcome in
            others[slot] = outcome
        }
        #expect(names.map(\.string) == [long, "web"])
        // Equal and of one hash, although the place that both were read into held the longer one.
        #expect(Set(names) == Set([SlotName(long), SlotName("web")].compactMap { $0 }))
        #expect(others.keys.sorted() == [2, 3])
        #expect(others[3] == .free)
        guard case .notYetSampled(let identity)? = others[2] else {
            Issue.record("slot 2 gave \(String(describing: others[2]))")
            return
        }
        #expect(identity.name.string == "unsampled")
    }
}
