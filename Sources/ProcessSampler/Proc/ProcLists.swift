/// Reads the pids of `/proc/<pid>/task/<tid>/children`, piece by piece.
///
/// A number may be cut in two by the end of a piece: it is kept until the next one.
package struct PIDListParser {
    private var pending: UInt64 = 0
    private var hasDigits = false

    package init() {}

    /// Appends the pids that end in `bytes`; what is no pid is skipped.
    package mutating func append(
        _ bytes: Span<UInt8>, to list: inout ContiguousArray<Int32>, limit: Int
    ) {
        for index in bytes.indices {
            let digit = bytes[index] &- 0x30
            if digit <= 9 {
                // Beyond any pid it stays beyond: no overflow, however long the number is.
                pending = min(pending * 10 + UInt64(digit), 1 << 40)
                hasDigits = true
            } else {
                finish(&list, limit: limit)
            }
        }
    }

    /// Appends the number that the last piece ended with.
    package mutating func finish(_ list: inout ContiguousArray<Int32>, limit: Int) {
        if hasDigits, pending > 0, let pid = Int32(exactly: pending), list.count < limit {
            list.append(pid)
        }
        pending = 0
        hasDigits = false
    }
}

/// Reads the names that are numbers out of what `getdents64(2)` fills a buffer with.
package enum DirectoryEntries {
    /// Appends every numeric name; stops at an entry that does not fit the buffer.
    package static func appendNumbers(
        in bytes: Span<UInt8>, to list: inout ContiguousArray<Int32>, limit: Int
    ) {
        // struct linux_dirent64: u64 inode, i64 offset, u16 record length, u8 type, name.
        var record = 0
        while record + 19 < bytes.count {
            let low = bytes[record + 16]
            let high = bytes[record + 17]
            #if _endian(little)
                let length = Int(low) | Int(high) << 8
            #else
                let length = Int(high) | Int(low) << 8
            #endif
            guard length > 19, record + length <= bytes.count else { return }
            var position = record + 19
            if let pid = bytes.processID(at: &position), position < record + length,
                bytes[position] == 0, list.count < limit
            {
                list.append(pid)
            }
            record += length
        }
    }
}
