import HistoryModel
import HistoryStore
import Testing

@Suite struct BlockFuzzTests {
    @Test("no bit of a block can change without notice")
    func flippedBits() {
        for (name, bytes) in Self.blocks {
            var noticed = 0
            for bit in 0..<(bytes.count * 8) {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: BlockError.self, "bit \(bit) of \(name)") {
                    try BlockCodec.decode(damaged)
                }
                noticed += 1
            }
            #expect(noticed > 200, "\(name)")
        }
    }

    @Test("no block can be cut short or be followed by more without notice")
    func truncated() {
        for (name, bytes) in Self.blocks {
            for count in 0..<bytes.count {
                #expect(throws: BlockError.self, "\(count) bytes of \(name)") {
                    try BlockCodec.decode(Array(bytes.prefix(count)))
                }
            }
            #expect(throws: BlockError.self) { try BlockCodec.decode(bytes + [0]) }
        }
    }

    @Test(
        "bytes that nobody wrote are refused or read, and never crash",
        arguments: 1...4 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (read, refused) = (0, 0)
        for _ in 0..<2000 {
            var bytes = [BlockCodec.format]
            switch UInt8.random(in: 0..<3, using: &random) {
            case 0:
                for _ in 0..<Int.random(in: 0..<200, using: &random) {
                    bytes.append(.random(in: 0...255, using: &random))
                }
            default:
                // A true block with some bytes changed: it gets farther.
                bytes = Array(Self.blocks.randomElement(using: &random)!.bytes.dropLast(4))
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let index = Int.random(in: 1..<bytes.count, using: &random)
                    switch UInt8.random(in: 0..<4, using: &random) {
                    case 0: bytes[index] = 0xff
                    case 1: bytes.remove(at: index)
                    case 2: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    default: bytes[index] = .random(in: 0...255, using: &random)
                    }
                }
            }
            let sealed = Self.withChecksum(bytes)
            do {
                let block = try BlockCodec.decode(sealed)
                #expect(block.rowCount <= ColumnBlock.maximumRowCount)
                if try BlockCodec.decode(BlockCodec.encode(block)) != block {
                    Issue.record("seed \(seed): what was read cannot be written")
                }
                read += 1
            } catch {
                refused += 1
            }
            _ = try? SampleDetail.decode(sealed, of: RunID(rawValue: 1))
            _ = try? MomentsDetail.decode(sealed)
        }
        #expect(read > 50 && refused > 500, "seed \(seed): read \(read), refused \(refused)")
    }

    @Test("a block of another format is named, and is not called damaged")
    func unknownFormat() throws {
        var bytes = Self.blocks[0].bytes
        bytes[0] = 2
        let error = try #require(throws: BlockError.self) { try BlockCodec.decode(bytes) }
        #expect(error.code == .unknownFormat)
        #expect(
            error.description
                == "the block has format 2, written by a newer varve; this one reads format 1")
    }

    @Test("a block with a column of another meaning is named")
    func unknownColumn() throws {
        var block = ColumnBlock(rowCount: 1)
        for id in [0, 1, 6, 7, 200] as [UInt8] { block.append(id, [1]) }
        let error = try #require(throws: BlockError.self) {
            try SampleDetail.decode(BlockCodec.encode(block), of: RunID(rawValue: 1))
        }
        #expect(error.code == .unknownColumn)
        #expect(error.description == "the block has a column 7, written by a newer varve")
    }

    @Test("samples are not taken for rows, nor rows for samples")
    func mixedUp() {
        let rows = SampleDetail.encode([
            SampleRow(
                run: RunID(rawValue: 1), sample: Sample(at: .noon), intervalMilliseconds: 1000)
        ])
        #expect(throws: BlockError.self) { try MomentsDetail.decode(rows) }
        let moments = MomentsDetail.encode([Sample(at: .noon)])
        #expect(throws: BlockError.self) {
            try SampleDetail.decode(moments, of: RunID(rawValue: 1))
        }
    }

    @Test(
        "what is wrong with a block is said",
        arguments: [
            ([], "it is empty"),
            ([1, 0], "it ends too early"),
            ([1, 0, 0, 9, 9, 9, 9], "its checksum is wrong"),
            (withChecksum([1, 0x81, 0x80, 4, 0]), "too many rows"),
            (withChecksum([1, 1, 65]), "too many columns"),
            (withChecksum([1, 0, 1]), "too many columns"),
            (withChecksum([1, 1, 1]), "it ends too early"),
            (withChecksum([1, 1, 1, 5, 3]), "a column has impossible flags"),
            (withChecksum([1, 1, 1, 5, 2, 0, 0]), "a column has too few values"),
            (withChecksum([1, 1, 2, 5, 0, 0, 5, 0, 0]), "its columns are out of order"),
            (withChecksum([1, 2, 1, 5, 0x80, 3]), "rows without a value are miscounted"),
            (withChecksum([1, 1, 1, 5, 0, 0, 0]), "it is longer than its columns"),
            (
                withChecksum([1] + Array(repeating: 0xff, count: 10)),
                "a number exceeds 64 bits"
            ),
            // A residual of 1 in no bits, and a byte more; a run of 16 zeros and more in a column of
            // one; a code word of no bits beside one of one bit.
            (withChecksum([1, 2, 1, 5, 0x20, 0, 0x11, 0]), "it is longer than its columns"),
            (withChecksum([1, 1, 1, 5, 0x20, 0, 0xd1, 0, 0]), "a run of zeros exceeds its column"),
            (withChecksum([1, 1, 1, 5, 0x20, 0, 0x21, 0, 0, 0]), "its code is impossible"),
        ] as [([UInt8], String)])
    func sentences(bytes: [UInt8], what: String) throws {
        let error = try #require(throws: BlockError.self) { try BlockCodec.decode(bytes) }
        #expect(error.code == .damaged)
        #expect(error.description == "the block is damaged: \(what)")
    }

    /// Blocks of several kinds, small enough to try everything with them.
    private static let blocks: [(name: String, bytes: [UInt8])] = {
        var random = SeededRandom(seed: 99)
        return NastyColumn.allCases.filter { $0 != .absent }.map { kind in
            var block = ColumnBlock(rowCount: 40)
            block.append(0, (0..<40).map { 1_795_305_600_000 + $0 * 10_000 })
            block.append(6, (0..<40).map { $0 + 1 })
            block.append(16, optionals: kind.values(40, using: &random))
            block.append(17, optionals: kind.values(40, using: &random))
            block.append(64, optionals: NastyColumn.counter.values(40, using: &random))
            return ("\(kind)", BlockCodec.encode(block))
        }
    }()

    /// `bytes` with the CRC-32 that makes them a block that is whole.
    private static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return bytes + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: ~crc >> $0) }
    }
}
