internal import HistoryModel
internal import HistoryStore

extension FuzzTarget {
    /// A sealed block, its checksum made right: else a fuzzer would get no further than that.
    static let blocks = FuzzTarget("blocks", byteLimit: 4_096, shortRunCount: 4_000) { bytes in
        var outcome = Outcome.refused
        for sealed in [bytes, withChecksum(bytes)] {
            _ = try? SampleDetail.decode(sealed, of: RunID(rawValue: 1))
            _ = try? MomentsDetail.decode(sealed)
            do {
                let block = try BlockCodec.decode(sealed)
                try require(block.rowCount <= ColumnBlock.maximumRowCount, "too many rows")
                let again = try BlockCodec.decode(BlockCodec.encode(block))
                try require(again == block, "what was read cannot be written")
                outcome = .understood
            } catch let error as BlockError {
                try Harmless.check(text: error.description, of: "a block's error")
            }
        }
        return outcome
    }

    /// Columns of any values: what is written is what is read.
    static let blockRoundTrip = FuzzTarget(
        "block-round-trip", byteLimit: 4_096, shortRunCount: 2_000
    ) { bytes in
        var source = ByteSource(bytes)
        let block = block(from: &source)
        let encoded = BlockCodec.encode(block)
        try require(try BlockCodec.decode(encoded) == block, "a block is not what it was")

        let samples = samples(from: &source)
        try require(
            try MomentsDetail.decode(MomentsDetail.encode(samples)) == samples,
            "samples are not what they were")
        return block.rowCount > 0 || !samples.isEmpty ? .understood : .refused
    }

    /// Blocks as they are written, without their checksum.
    static let wholeBlocks: [[UInt8]] = (1...4).map { kind in
        var source = ByteSource((0..<600).map { UInt8(truncatingIfNeeded: $0 &* kind &* 37 >> 2) })
        let bytes =
            kind == 1
            ? MomentsDetail.encode(samples(from: &source)) : BlockCodec.encode(block(from: &source))
        return bytes.dropLast(4)
    }

    private static func block(from source: inout ByteSource) -> ColumnBlock {
        let rowCount = source.choice(of: 200)
        var block = ColumnBlock(rowCount: rowCount)
        var id: UInt8 = 0
        while id < 200, block.columns.count < ColumnBlock.maximumColumnCount, !source.isAtEnd {
            let step = source.integer()
            let isSparse = source.choice(of: 2) == 1
            var value = source.integer()
            var values: [Int64?] = []
            for _ in 0..<rowCount {
                let kind = source.choice(of: 6)
                values.append(isSparse && kind == 0 ? nil : value)
                value = kind < 5 ? value &+ step : source.integer()
            }
            block.append(id, optionals: values)
            id += 1 + UInt8(source.choice(of: 32))
        }
        return block
    }

    private static func samples(from source: inout ByteSource) -> [Sample] {
        var samples: [Sample] = []
        while !source.isAtEnd, samples.count < 200 {
            var sample = Sample(at: Timestamp(unixMilliseconds: source.integer()))
            for metric in Metric.allCases where source.choice(of: 3) > 0 {
                sample[metric] = source.integer()
            }
            samples.append(sample)
        }
        return samples
    }

    /// `bytes` with the CRC-32 that makes them a block that is whole.
    static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return bytes + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: ~crc >> $0) }
    }
}
