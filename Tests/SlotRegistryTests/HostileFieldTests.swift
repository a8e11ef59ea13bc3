import HistoryModel
import SlotRegistry
import TestFigures
import Testing

/// Every field at its extremes: what an owner of a registry can put there that means us no good.
@Suite("Hostile fields")
struct HostileFieldTests {
    /// The values of a field of so many bytes at which arithmetic goes wrong.
    private static func extremes(ofSize size: Int) -> [UInt64] {
        let bits = UInt64(size * 8)
        let all = bits == 64 ? UInt64.max : (1 << bits) - 1
        let sign = UInt64(1) << (bits - 1)
        return [0, 1, sign - 1, sign, sign + 1, all - 1, all]
    }

    /// The fields of the header, see the format's description.
    private static let headerFields = [
        (0x00, 8), (0x08, 4), (0x0c, 4), (0x10, 4), (0x14, 4), (0x18, 4), (0x20, 8), (0x28, 8),
    ]

    private static func poke(_ value: UInt64, size: Int, at offset: Int, _ bytes: inout [UInt8]) {
        for index in 0..<size {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }

    @Test(
        "a header is what it says, or is refused, at every extreme", arguments: RegistryABI.allCases
    )
    func header(abi: RegistryABI) throws {
        let valid = [UInt8](try Fixture.bytes(abi))
        var (opened, refused) = (0, 0)
        for (offset, size) in Self.headerFields {
            for value in Self.extremes(ofSize: size) {
                var bytes = valid
                Self.poke(value, size: size, at: offset, &bytes)
                let scratch = try ScratchRegistry(bytes: bytes)
                do {
                    let reader = try RegistryReader.open(scratch.name, waiting: .once)
                    #expect(256 + reader.capacity * 512 <= bytes.count)
                    #expect(try reader.outcomes().count == reader.capacity)
                    _ = reader.createdAt
                    opened += 1
                } catch let error as RegistryError {
                    #expect(!error.description.isEmpty)
                    refused += 1
                }
            }
        }
        // The creation's time and the generations' counter may be anything; a capacity of 1 is true, and
        // so is ABI 1 in the place of another.
        #expect(opened == 7 + 7 + 1 + 1)
        #expect(refused == 8 * 7 - opened)
    }

    @Test("a slot is read whole, and believed as far as it can be true, at every extreme")
    func slot() throws {
        var (readings, others, implausible) = (0, 0, 0)
        for abi in RegistryABI.allCases {
            let valid = [UInt8](try Fixture.bytes(abi))
            for field in SlotLayout.of(abi).extents {
                for value in Self.extremes(ofSize: min(8, field.size)) {
                    var bytes = valid
                    for slot in 0..<8 {
                        Self.poke(
                            value, size: min(8, field.size), at: 256 + slot * 512 + field.offset,
                            &bytes)
                    }
                    let scratch = try ScratchRegistry(bytes: bytes)
                    let reader = try RegistryReader.open(scratch.name, waiting: .once)
                    for outcome in try reader.outcomes() {
                        guard case .reading(let reading) = outcome else {
                            others += 1
                            continue
                        }
                        readings += 1
                        let checked = reading.checkedSample()
                        implausible += checked.implausible
                        #expect(reading.identity.name.byteCount <= 128)
                        for metric in Metric.allCases {
                            let value = checked.sample?[metric]
                            #expect(value.map { $0 >= 0 } ?? true, "\(field.name), \(metric)")
                        }
                    }
                }
            }
        }
        #expect(readings > 500 && others > 500 && implausible > 100)
        try Figures.record(
            "hostile registries", of: "fields at their extremes", tried: readings + others,
            crashes: 0)
    }

    @Test(
        "an object whose length lies is refused before a byte beyond it is touched",
        arguments: [255, 256, 257, 767, 768, 256 + 7 * 512, 256 + 8 * 512 - 1])
    func length(count: Int) throws {
        let bytes = [UInt8](try Fixture.bytes(.v3)).prefix(count)
        let scratch = try ScratchRegistry(bytes: Array(bytes))
        let wanted: Int64 = count < 256 ? 256 : 256 + 8 * 512
        #expect(
            reason { () throws(RegistryError) in
                _ = try RegistryReader.open(scratch.name, waiting: .once)
            } == .tooSmall(found: Int64(count), wanted: wanted))
    }

    @Test("a writer that stands inside its window for ever costs a bounded look, and is said")
    func oddForEver() throws {
        for seq in [1, UInt64.max, UInt64.max - 2, (1 << 63) + 1] as [UInt64] {
            let scratch = try ScratchRegistry(bytes: [UInt8](try Fixture.bytes(.v3)))
            for slot in 0..<8 { try scratch.poke(seq, at: SlotOffsets(slot).seq) }
            let reader = try RegistryReader.open(scratch.name, waiting: .once)
            let torn = try reader.outcomes().count { outcome in
                if case .torn(_, _, let found) = outcome { found == seq } else { false }
            }
            let visible = try [UInt8](Fixture.bytes(.v3)).visibleSlotCount
            #expect(torn == visible && torn > 0)
        }
    }

    @Test("a whole registry of slots with one name is as many slots")
    func oneName() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name)
        for index in 0..<registry.capacity {
            let writer = try registry.run(Int32(index), name: "box", pid: 1)
            try writer.write(someSample)
        }
        let reader = try RegistryReader.open(scratch.name)
        var ids: Set<Int32> = []
        try reader.snapshot { reading in
            if reading.identity.name.string == "box" { ids.insert(reading.identity.runID) }
        }
        #expect(ids.count == 1024)
    }
}

extension [UInt8] {
    /// How many slots of this registry are active or stale.
    fileprivate var visibleSlotCount: Int {
        stride(from: 256, to: count, by: 512).count { self[$0] == 2 || self[$0] == 3 }
    }
}
