/// Columns as bytes and back; `docs/block-format.md` describes the format.
///
/// ```swift
/// let bytes = BlockCodec.encode(block)
/// try BlockCodec.decode(bytes) == block  // true
/// ```
public enum BlockCodec {
    /// The format that ``encode(_:)`` writes, and the only one there is.
    public static let format: UInt8 = 1

    /// The bytes of `block`.
    ///
    /// - Complexity: some ten nanoseconds for each value.
    public static func encode(_ block: ColumnBlock) -> [UInt8] {
        var bytes = [format]
        bytes.append(number: UInt64(block.rowCount))
        bytes.append(UInt8(block.columns.count))
        var stream = BitWriter()
        var before: ColumnBlock.Presence?
        for column in block.columns {
            let plan = ColumnPlan(for: column.values)
            let presence = PresenceCode(
                column.presence, rowCount: block.rowCount, columnBefore: before)
            bytes += DirectoryEntry.bytes(
                id: column.id, transform: plan.transform, isCoded: plan.code != nil,
                presence: presence)
            if let code = plan.code {
                code.write(to: &stream)
                code.write(plan.residuals, to: &stream)
            }
            before = column.presence
        }
        bytes += stream.finished()
        // A byte has no padding that could be uninitialized.
        let check = unsafe CRC32.of(bytes.span.bytes, count: bytes.count)
        for shift in [0, 8, 16, 24] as [UInt32] {
            bytes.append(UInt8(truncatingIfNeeded: check >> shift))
        }
        return bytes
    }

    /// The columns that `bytes` were written from.
    ///
    /// - Throws: ``BlockError`` if the bytes are not exactly those of a block.
    /// - Complexity: a few nanoseconds for each value.
    public static func decode(_ bytes: [UInt8]) throws(BlockError) -> ColumnBlock {
        // A byte has no padding that could be uninitialized.
        try unsafe decode(bytes.span.bytes)
    }

    /// The columns that `bytes` were written from.
    ///
    /// - Throws: ``BlockError`` if the bytes are not exactly those of a block.
    /// - Complexity: a few nanoseconds for each value.
    public static func decode(_ bytes: RawSpan) throws(BlockError) -> ColumnBlock {
        try decode(bytes, only: nil)
    }

    /// The columns of `bytes` that are among `wanted`, or all; the block is checked as a whole.
    static func decode(
        _ bytes: RawSpan, only wanted: ColumnIDs?
    ) throws(BlockError) -> ColumnBlock {
        guard bytes.byteCount > 0 else { throw .damaged("it is empty") }
        guard bytes.byte(at: 0) == format else { throw .unknownFormat(bytes.byte(at: 0)) }
        let end = bytes.byteCount - 4
        guard end > 0 else { throw .truncated }
        guard CRC32.of(bytes, count: end) == bytes.littleEndian32(at: end) else {
            throw .damaged("its checksum is wrong")
        }
        var cursor = ByteCursor(end: end)
        _ = try cursor.byte(of: bytes)
        let rowCount = try cursor.number(of: bytes)
        let columnCount = Int(try cursor.byte(of: bytes))
        guard rowCount <= ColumnBlock.maximumRowCount else { throw .damaged("too many rows") }
        guard columnCount <= ColumnBlock.maximumColumnCount, rowCount > 0 || columnCount == 0
        else { throw .damaged("too many columns") }
        var block = ColumnBlock(rowCount: Int(rowCount))

        var entries: [DirectoryEntry] = []
        for _ in 0..<columnCount {
            let entry = try DirectoryEntry(
                from: &cursor, of: bytes, rowCount: block.rowCount, after: entries.last)
            entries.append(entry)
        }

        var bits = BitCursor(from: cursor.offset, to: end)
        var decoder = LengthDecoder()
        var unwanted: [Int64] = []
        for entry in entries {
            if let wanted {
                guard entry.id <= wanted.last else { return block }
                if !wanted.contains(entry.id) {
                    guard entry.isCoded else { continue }
                    // How long a column is shows only when it is read.
                    if unwanted.count != entry.valueCount {
                        unwanted = Array(repeating: 0, count: entry.valueCount)
                    }
                    decoder.prepare(for: try LengthCode(from: &bits, of: bytes))
                    try decoder.read(
                        into: &unwanted, from: entry.transform.order, at: &bits, of: bytes)
                    continue
                }
            }
            var values = [Int64](repeating: 0, count: entry.valueCount)
            if entry.isCoded {
                decoder.prepare(for: try LengthCode(from: &bits, of: bytes))
                try decoder.read(
                    into: &values, from: entry.transform.order, at: &bits, of: bytes)
            }
            entry.transform.restore(&values)
            block.append(
                ColumnBlock.Column(id: entry.id, presence: entry.presence, values: values))
        }
        guard bits.remaining < 8 else { throw .damaged("it is longer than its columns") }
        return block
    }
}
