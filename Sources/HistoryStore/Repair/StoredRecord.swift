internal import SQLite

/// The values of a row or a key, as SQLite lays them out.
///
/// Source: "Record Format", fileformat2.html, section 2.1.
enum StoredRecord {
    /// - Returns: `nil` unless the bytes are exactly those of a record.
    static func values(of payload: [UInt8]) -> [SQLValue]? {
        let bytes = PageBytes(bytes: payload)
        var offset = 0
        guard let size = bytes.variableInteger(at: &offset), size >= 1, size <= payload.count
        else { return nil }
        let headerEnd = Int(size)
        var body = headerEnd
        var values: [SQLValue] = []
        while offset < headerEnd {
            guard let type = bytes.variableInteger(at: &offset), offset <= headerEnd,
                let value = value(of: type, in: payload, at: &body)
            else { return nil }
            values.append(value)
        }
        return body == payload.count ? values : nil
    }

    private static func value(
        of type: Int64, in payload: [UInt8], at offset: inout Int
    ) -> SQLValue? {
        let size: Int
        switch type {
        case 0, 8, 9: size = 0
        case 1...4: size = Int(type)
        case 5: size = 6
        case 6, 7: size = 8
        case 12...: size = Int(clamping: (type - 12) / 2)
        default: return nil
        }
        guard size <= payload.count - offset else { return nil }
        let bytes = payload[offset..<offset + size]
        offset += size
        switch type {
        case 0: return .null
        case 8, 9: return .integer(type - 8)
        case 1...6: return .integer(integer(bytes))
        case 7:
            let number = Double(bitPattern: UInt64(bitPattern: integer(bytes)))
            return number.isNaN ? .null : .real(number)
        case _ where type % 2 == 0: return .blob(Array(bytes))
        default: return .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Big-endian, in two's complement.
    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 {
        let isNegative = bytes.first.map { $0 & 0x80 != 0 } ?? false
        let start: UInt64 = isNegative ? .max : 0
        return Int64(bitPattern: bytes.reduce(start) { $0 << 8 | UInt64($1) })
    }
}
