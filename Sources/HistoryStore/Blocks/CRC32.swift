/// The CRC-32 of zlib, PNG and Ethernet: polynomial 0x04C11DB7, reflected.
///
/// It finds every error of one bit and every burst of up to 32 bits.
enum CRC32 {
    /// The check value of the first `count` bytes.
    ///
    /// - Complexity: eight bytes a step, some two nanoseconds each.
    static func of(_ bytes: RawSpan, count: Int) -> UInt32 {
        var crc: UInt32 = ~0
        var offset = 0
        let tables = tables.span
        // Eight tables of 256, the last for the first byte: an index is the table's number and a byte.
        func look(_ table: UInt32, _ word: UInt32, _ shift: UInt32) -> UInt32 {
            tables[Int(table &<< 8 | (word &>> shift & 255))]
        }
        while offset &+ 8 <= count {
            let low = bytes.littleEndian32(at: offset) ^ crc
            let high = bytes.littleEndian32(at: offset &+ 4)
            crc =
                look(7, low, 0) ^ look(6, low, 8) ^ look(5, low, 16) ^ look(4, low, 24)
                ^ look(3, high, 0) ^ look(2, high, 8) ^ look(1, high, 16) ^ look(0, high, 24)
            offset &+= 8
        }
        while offset < count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes.byte(at: offset))) & 255)]
            offset &+= 1
        }
        return ~crc
    }

    /// Of each byte at each of the eight places of a step.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 2048)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1
            }
            tables[byte] = crc
        }
        for index in 256..<2048 {
            let crc = tables[index - 256]
            tables[index] = crc >> 8 ^ tables[Int(crc & 255)]
        }
        return tables
    }()
}

extension RawSpan {
    /// The byte at `offset`, which is inside.
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        // The load checks its bounds; every byte is a value of the type.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The four bytes at `offset`, which are inside, the lowest first.
    @inline(__always)
    func littleEndian32(at offset: Int) -> UInt32 {
        // The load checks its bounds; every four bytes are a value of the type.
        unsafe UInt32(
            littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The eight bytes at `offset`, which are inside, the highest first.
    @inline(__always)
    func bigEndian64(at offset: Int) -> UInt64 {
        // The load checks its bounds; every eight bytes are a value of the type.
        unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
