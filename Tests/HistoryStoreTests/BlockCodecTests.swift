import HistoryStore
import Testing

@Suite struct BlockCodecTests {
    @Test(
        "columns come back as they were, whatever they hold",
        arguments: NastyColumn.allCases, [0, 1, 2, 3, 63, 64, 65, 360, 4000])
    func roundTrip(_ kind: NastyColumn, rowCount: Int) throws {
        for seed in 0..<(rowCount > 1000 ? 1 : 4) as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var block = ColumnBlock(rowCount: rowCount)
            for id in [0, 7, 255] as [UInt8] {
                block.append(id, optionals: kind.values(rowCount, using: &random))
            }
            #expect(
                try BlockCodec.decode(BlockCodec.encode(block)) == block,
                "seed \(seed), \(kind), \(rowCount) rows")
        }
    }

    @Test("columns of all kinds stand in one block, up to the most that it may have")
    func mixture() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<20 {
            let rowCount = Int.random(in: 1...500, using: &random)
            var block = ColumnBlock(rowCount: rowCount)
            for id in 0..<UInt8(ColumnBlock.maximumColumnCount) {
                let kind = NastyColumn.allCases.randomElement(using: &random)!
                block.append(id * 2, optionals: kind.values(rowCount, using: &random))
            }
            #expect(block.columns.count > 40)
            #expect(try BlockCodec.decode(BlockCodec.encode(block)) == block)
        }
    }

    @Test("the most rows that a block may have survive")
    func maximumRows() throws {
        var block = ColumnBlock(rowCount: ColumnBlock.maximumRowCount)
        block.append(1, Array(repeating: -5, count: block.rowCount))
        block.append(2, (0..<Int64(block.rowCount)).map { $0 * 3 })
        block.append(3, [1] + Array(repeating: 0, count: block.rowCount - 1))
        let bytes = BlockCodec.encode(block)
        #expect(try BlockCodec.decode(bytes) == block)
        #expect(bytes.count < 60)
    }

    @Test("a column without values is not in the block")
    func emptyColumns() throws {
        var block = ColumnBlock(rowCount: 2)
        block.append(1, optionals: [nil, nil])
        block.append(2, optionals: [nil, 8])
        #expect(block[1] == nil)
        #expect(block[2]?.optionals(over: 2) == [nil, 8])
        #expect(block.columns.map(\.id) == [2])
    }

    @Test("a column costs two bytes and its number if it is constant, a few if it grows evenly")
    func cheapColumns() {
        func size(_ values: [Int64]) -> Int {
            var block = ColumnBlock(rowCount: values.count)
            let empty = BlockCodec.encode(block).count
            block.append(16, values)
            return BlockCodec.encode(block).count - empty
        }
        #expect(size(Array(repeating: 0, count: 360)) == 3)
        #expect(size(Array(repeating: 10_000, count: 360)) == 5)
        #expect(size((0..<360).map { $0 + 1 }) == 4)
        #expect(size((0..<360).map { 1_795_305_600_000 + $0 * 10_000 }) <= 10)
    }

    /// Bytes that the first encoder wrote. They must be read alike for ever; the encoder may learn to
    /// write others.
    @Test("a block of format 1 is read as it was written")
    func golden() throws {
        var block = ColumnBlock(rowCount: 12)
        block.append(0, (0..<12).map { 1_795_305_600_000 + $0 * 10_000 })
        block.append(5, Array(repeating: 3, count: 12))
        block.append(
            16, optionals: [nil, 0, 0, 0, 700, 0, 650, 12_345, nil, 0, 1, .max])
        block.append(17, optionals: [nil, 4, 4, 4, 4, 4, 4, 4, nil, 4, 4, 4])
        block.append(64, [-4096, 0, 0, 0, 8192, 8192, 4096, 4096, 4096, 4096, 1 << 40, .min])
        #expect(try BlockCodec.decode(Self.goldenBytes) == block)
        #expect(BlockCodec.encode(block) == Self.goldenBytes)
    }

    private static let goldenBytes: [UInt8] = [
        0x01, 0x0c, 0x05, 0x00, 0x1a, 0x90, 0x4e, 0x80, 0xad, 0x9b, 0xab, 0x01, 0x02, 0x05,
        0x00, 0x06, 0x10, 0xe0, 0xfe, 0x0e, 0x00, 0x11, 0x40, 0x08, 0x40, 0x3d, 0x80, 0x20,
        0x01, 0x34, 0xed, 0xc0, 0x4e, 0x3c, 0x04, 0xff, 0xf4, 0x95, 0x78, 0x28, 0xad, 0x03,
        0x92, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xd0, 0xfb, 0x70, 0x11, 0x13,
        0xf8, 0x13, 0xf7, 0x01, 0x20, 0x51, 0x33, 0xbf, 0xff, 0xff, 0xfb, 0x80, 0x00, 0x00,
        0xff, 0xff, 0xff, 0xf8, 0xeb, 0xc4, 0x1c, 0xce,
    ]
}

/// What columns may look like.
enum NastyColumn: CaseIterable {
    case absent, alternating, scattered, stretches, zero, constant, extremes, noise, pages
    case counter, fallingCounter, clock, geometric, onlyMinimum

    func values(_ count: Int, using random: inout SeededRandom) -> [Int64?] {
        var total: Int64 = .random(in: 0...(1 << 50), using: &random)
        let base = total
        return (0..<count).map { row -> Int64? in
            switch self {
            case .absent: return nil
            case .alternating: return row % 2 == 0 ? nil : total
            case .scattered:
                return UInt8.random(in: 0..<3, using: &random) == 0
                    ? .random(in: 0..<99, using: &random) : nil
            case .stretches: return row / 50 % 2 == 1 ? Int64(row) : nil
            case .zero: return 0
            case .constant: return base
            case .extremes:
                return [.max, .min, 0, -1, .max - 1, .min + 1].randomElement(using: &random)!
            case .noise: return .random(in: .min ... .max, using: &random)
            case .pages: return 4096 * .random(in: -1000...1_000_000, using: &random)
            case .counter, .fallingCounter:
                if self == .fallingCounter, row % 100 == 99 { total = 0 }
                if Bool.random(using: &random) {
                    total &+= 1 << Int64.random(in: 0..<40, using: &random)
                }
                return total
            case .clock:
                total &+= 10_000 + .random(in: -3...3, using: &random)
                return total
            case .geometric: return 1 << Int64(row % 64)
            case .onlyMinimum: return row % 2 == 0 ? .min : 0
            }
        }
    }
}
