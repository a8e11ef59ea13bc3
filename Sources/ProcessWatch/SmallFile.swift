internal import CPlatform

/// Reading a small file whole.
enum SmallFile {
    /// The bytes of the file at `path`; `nil` if it cannot be read, or is longer than `limit` bytes.
    static func read(_ path: [UInt8], limit: Int) -> [UInt8]? {
        guard !path.contains(0) else { return nil }
        var capacity = min(limit, 4096)
        while true {
            var size = -1
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                unsafe (path + [0]).withUnsafeBytes { path in
                    // The path ends with a zero; the buffer has room for what it is said to hold.
                    size = unsafe cplatform_read_file(
                        path.baseAddress!.assumingMemoryBound(to: CChar.self),
                        buffer.baseAddress!, buffer.count)
                }
                count = max(0, size)
            }
            if size < 0 { return nil }
            if size < capacity || capacity >= limit { return size < limit ? bytes : nil }
            // More than was room for: again, since a file of /proc is whole in one go only.
            capacity = min(limit, capacity * 4)
        }
    }
}
