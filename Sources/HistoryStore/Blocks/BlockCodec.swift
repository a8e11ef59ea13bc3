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
        var reader = BlockReader()
        try reader.read(bytes)
        return reader.block
    }
}
