import Testing

@testable import ProcessSampler

/// SplitMix64: the same bytes for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Hostile bytes")
struct FuzzTests {
    static let seed = UInt64.random(in: 0...UInt64.max)

    static let models: [[UInt8]] = [
        Array(ParserTests.line(comm: "a) R (b").utf8),
        Array("rchar: 6976\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n".utf8),
        Array((ParserTests.heading + "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n").utf8),
        Array("12 345 6789 \n".utf8),
        [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 24, 0, 4, 0x31, 0x32, 0, 0, 0],
    ]

    @Test("no bytes crash a parser", arguments: 0..<5)
    func parsers(model: Int) {
        var random = SeededGenerator(state: Self.seed &+ UInt64(model))
        var understood = 0
        var refused = 0
        for _ in 0..<20_000 {
            let bytes = Self.mutated(Self.models[model], &random)
            do throws(ProcessSampleError) {
                try Self.parse(bytes, model)
                understood += 1
            } catch { refused += 1 }
        }
        let sum = understood + refused
        #expect(sum == 20_000, "seed \(Self.seed)")
        #expect(understood > 0, "seed \(Self.seed)")
        print("fuzzed \(sum) inputs like model \(model) with seed \(Self.seed): \(refused) refused")
    }

    static func parse(_ bytes: [UInt8], _ model: Int) throws(ProcessSampleError) {
        var list: ContiguousArray<Int32> = []
        switch model {
        case 0: _ = try ProcStat.parse(bytes.span, of: 3852, units: ParserTests.units)
        case 1: _ = try ProcIO.parse(bytes.span, of: 1)
        case 2: _ = try ProcNetDev.parse(bytes.span, of: 1)
        case 3:
            var parser = PIDListParser()
            parser.append(bytes.span, to: &list, limit: 10)
            parser.finish(&list, limit: 10)
        default: DirectoryEntries.appendNumbers(in: bytes.span, to: &list, limit: 10)
        }
    }

    static func mutated(_ model: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = model
        if Int.random(in: 0..<8, using: &random) == 0 {
            bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        for _ in 0..<Int.random(in: 0..<6, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: at)
            case 2: bytes.removeLast(bytes.count - at)
            case 3: bytes.insert(contentsOf: Array("18446744073709551616".utf8), at: at)
            case 4: bytes.insert(contentsOf: [0x29, 0x20, 0x28], at: at)
            default: bytes.insert(contentsOf: bytes[at...], at: at)
            }
        }
        return bytes
    }
}
