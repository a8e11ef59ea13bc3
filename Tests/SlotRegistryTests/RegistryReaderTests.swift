import Foundation
import HistoryModel
import SlotRegistry
import Testing

@Suite("Reading a registry")
struct RegistryReaderTests {
    @Test("reading changes no byte", arguments: RegistryABI.allCases)
    func changesNothing(abi: RegistryABI) throws {
        let bytes = try Fixture.bytes(abi)
        let scratch = try ScratchRegistry(bytes: bytes)
        let reader = try RegistryReader.open(scratch.name)
        for _ in 0..<100 { #expect(try reader.outcomes().count == 8) }
        #expect(try reader.read(slot: 0) != nil)
        #expect(try scratch.bytes() == bytes)
    }

    @Test("a slot that the registry does not have is nil", arguments: [Int.min, -1, 8, Int.max])
    func outOfRange(slot: Int) throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.read(slot: slot) == nil)
    }

    @Test("a state that is none is said", arguments: [UInt32(4), .max])
    func unknownState(state: UInt32) throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
        try scratch.poke(state, at: SlotOffsets(0).state)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.read(slot: 0) == .unknownState(state))
    }

    @Test("an object that is cut short under a reader is an error, not a crash")
    func truncated() throws {
        let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
        let reader = try RegistryReader.open(scratch.name)
        try scratch.truncate(to: 300)
        let wanted = RegistryError.Reason.tooSmall(found: 300, wanted: 256 + 8 * 512)
        #expect(reason { () throws(RegistryError) in try reader.snapshot { _, _ in } } == wanted)
        #expect(reason { () throws(RegistryError) in _ = try reader.read(slot: 0) } == wanted)
    }

    @Test("a longer object is fine: macOS rounds up to pages")
    func longer() throws {
        let bytes = try Fixture.bytes(.v3) + [UInt8](repeating: 0xff, count: 1000)
        let scratch = try ScratchRegistry(bytes: bytes)
        #expect(try RegistryReader.open(scratch.name).capacity == 8)
    }

    #if os(Linux)
        /// Lines of this process's memory map, or open files, that name `name`.
        static func traces(of name: RegistryName) throws -> (maps: [String], files: Int) {
            // Read to the end: the kernel gives such a file a page at a time.
            let handle = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
            let maps = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
                .split(separator: "\n").map(String.init).filter { $0.contains(name.value) }
            let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                .count {
                    let path = "/proc/self/fd/\($0)"
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
                    return target?.contains(name.value) ?? false
                }
            return (maps, files)
        }

        @Test("a reader's mapping cannot be written")
        func readOnly() throws {
            let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
            let reader = try RegistryReader.open(scratch.name)
            let traces = try Self.traces(of: scratch.name)
            #expect(traces.maps.count == 1)
            #expect(traces.maps.allSatisfy { $0.contains(" r--s ") })
            #expect(reader.capacity == 8)
        }

        @Test("no descriptor and no mapping is left behind, not by failures either")
        func leaks() throws {
            let scratch = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
            let bad = try ScratchRegistry(bytes: try Fixture.bytes(.v3))
            try bad.poke(UInt32(9), at: 0x08)
            let short = try ScratchRegistry(bytes: [1, 2, 3])
            var failures = 0
            for _ in 0..<100 {
                let reader = try RegistryReader.open(scratch.name)
                #expect(try reader.outcomes().count == 8)
                let registry = try Registry.open(scratch.name)
                let writer = try registry.run()
                try writer.write(someSample)
                try writer.release(to: .free)
                for name in [bad.name, short.name] {
                    do { _ = try Registry.open(name, waiting: .once) } catch { failures += 1 }
                    do { _ = try RegistryReader.open(name, waiting: .once) } catch { failures += 1 }
                }
            }
            #expect(failures == 400)
            let open = try RegistryReader.open(scratch.name)
            let held = try Self.traces(of: scratch.name)
            #expect(held.maps.count == 1 && held.files == 1, "what is open can be seen")
            _ = consume open
            for name in [scratch.name, bad.name, short.name] {
                let traces = try Self.traces(of: name)
                #expect(traces.maps == [])
                #expect(traces.files == 0)
            }
        }
    #endif

    @Test("random bytes never crash a reader")
    func randomBytes() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("random registries: seed \(seed)")
        var random = SeededGenerator(state: seed)
        let slots = 3
        let length = 256 + slots * 512
        let valid = [UInt8](try Fixture.bytes(.v3)[..<256])
        let scratch = try ScratchRegistry(bytes: [UInt8](repeating: 0, count: length))
        var counts: [String: Int] = [:]
        for round in 0..<10_000 {
            var bytes = (0..<length / 8).flatMap { _ in
                unsafe withUnsafeBytes(of: random.next()) { unsafe Array($0) }
            }
            // A header of noise is refused at once; most rounds let the noise in the slots be read.
            if round % 8 != 0 {
                bytes.replaceSubrange(..<256, with: valid)
                bytes[0x08] = UInt8(1 + round % 3)
                bytes[0x14] = UInt8(slots)
                for slot in 0..<slots {
                    let offset = 256 + slot * 512
                    bytes.replaceSubrange(
                        offset..<offset + 4,
                        with: [UInt8.random(in: 0...4, using: &random), 0, 0, 0])
                    if !random.next().isMultiple(of: 32) { bytes[offset + 0x10] &= 0xfe }
                    if random.next().isMultiple(of: 2) {
                        // A length that a name can have, in each ABI's place.
                        for place in [0x70, 0x90, 0xa8] {
                            bytes[offset + place] &= 0x7f
                            bytes[offset + place + 1] = 0
                        }
                    }
                    if random.next().isMultiple(of: 4) {
                        bytes.replaceSubrange(
                            offset + 0x30..<offset + 0x38, with: [UInt8](repeating: 0, count: 8))
                    }
                }
            }
            try scratch.replaceBytes(bytes)
            do {
                let reader = try RegistryReader.open(scratch.name, waiting: .once)
                try reader.snapshot { _, outcome in
                    switch outcome {
                    case .reading(let reading):
                        counts["reading", default: 0] += 1
                        counts["implausible", default: 0] += reading.checkedSample().implausible
                        counts["bytes", default: 0] += reading.identity.name.string.utf8.count
                    case .notYetSampled: counts["notYetSampled", default: 0] += 1
                    case .free: counts["free", default: 0] += 1
                    case .reserved: counts["reserved", default: 0] += 1
                    case .torn: counts["torn", default: 0] += 1
                    case .unknownState: counts["unknownState", default: 0] += 1
                    }
                }
            } catch {
                counts["refused", default: 0] += 1
            }
        }
        #expect(counts["refused"] == 1250, "seed \(seed)")
        for kind in [
            "reading", "implausible", "bytes", "notYetSampled", "free", "reserved", "torn",
            "unknownState",
        ] {
            #expect(counts[kind, default: 0] > 100, "\(kind), seed \(seed)")
        }
    }
}
