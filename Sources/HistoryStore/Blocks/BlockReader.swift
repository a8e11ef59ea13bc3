/// Reads blocks, one after the other, into room that is used again: of many blocks of one shape only the
/// first allocates.
struct BlockReader {
    /// What was read last.
    private(set) var block = ColumnBlock(rowCount: 0)
    private var entries: [DirectoryEntry] = []
    private var decoder = LengthDecoder()
    /// Room of columns that are not in use.
    private var spare: [[Int64]] = []

    /// Reads the columns of `bytes` that are among `wanted`, or all; the block is checked as a whole.
    ///
    /// - Throws: ``BlockError`` if the bytes are not those of a block; ``block`` is then of no use.
    mutating func read(_ bytes: RawSpan, only wanted: ColumnIDs? = nil) throws(BlockError) {
        guard bytes.byteCount > 0 else { throw .damaged("it is empty") }
        guard bytes.byte(at: 0) == BlockCodec.format else {
            throw .unknownFormat(bytes.byte(at: 0))
        }
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
        block.removeAll(rowCount: Int(rowCount), keeping: &spare)
        entries.removeAll(keepingCapacity: true)
        for _ in 0..<columnCount {
            let entry = try DirectoryEntry(
                from: &cursor, of: bytes, rowCount: block.rowCount, after: entries.last)
            entries.append(entry)
        }

        var bits = BitCursor(from: cursor.offset, to: end)
        for entry in entries {
            if let wanted, entry.id > wanted.last { return }
            let isWanted = wanted?.contains(entry.id) ?? true
            // How long a column is shows only when it is read.
            guard isWanted || entry.isCoded else { continue }
            var values = room(for: entry.valueCount, isCleared: entry.isCoded)
            if entry.isCoded {
                try decoder.prepare(from: &bits, of: bytes)
                try decoder.read(
                    into: &values, from: entry.transform.order, at: &bits, of: bytes)
            }
            guard isWanted else {
                spare.append(values)
                continue
            }
            if entry.isCoded {
                entry.transform.restore(&values)
            } else {
                entry.transform.fill(&values)
            }
            block.append(
                ColumnBlock.Column(id: entry.id, presence: entry.presence, values: values))
        }
        guard bits.remaining < 8 else { throw .damaged("it is longer than its columns") }
    }

    /// Room for so many values, which are 0 if it is cleared.
    private mutating func room(for count: Int, isCleared: Bool) -> [Int64] {
        guard var values = spare.popLast() else { return Array(repeating: 0, count: count) }
        if values.count > count {
            values.removeLast(values.count - count)
        } else if values.count < count {
            values.append(contentsOf: repeatElement(0, count: count - values.count))
        }
        if isCleared {
            var span = values.mutableSpan
            for index in span.indices { span[index] = 0 }
        }
        return values
    }
}
