/// The bytes of one page, read in SQLite's order (big-endian); what lies outside is `nil`.
struct PageBytes {
    let bytes: [UInt8]

    var count: Int { bytes.count }

    func byte(at offset: Int) -> UInt8? {
        bytes.indices.contains(offset) ? bytes[offset] : nil
    }

    func integer16(at offset: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - 2 else { return nil }
        return Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
    }

    func integer32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= bytes.count - 4 else { return nil }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// A number of one to nine bytes, seven bits in each but the ninth (fileformat2.html, section 1.6);
    /// `offset` is behind it afterwards.
    func variableInteger(at offset: inout Int) -> Int64? {
        var value: UInt64 = 0
        for place in 0..<9 {
            guard let byte = byte(at: offset) else { return nil }
            offset += 1
            if place == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 { break }
        }
        return Int64(bitPattern: value)
    }
}
