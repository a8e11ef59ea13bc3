/// What stands in a block's directory about one column.
struct DirectoryEntry {
    // The bits of its flags; the lowest two are the transform's order.
    static let signed: UInt8 = 1 << 2
    static let divided: UInt8 = 1 << 3
    /// The base is a multiple of the divisor, and was divided, too.
    static let baseDivided: UInt8 = 1 << 4
    static let coded: UInt8 = 1 << 5

    let id: UInt8
    let presence: ColumnBlock.Presence?
    let transform: ColumnTransform
    /// Whether residuals follow in the stream; all are 0 if not.
    let isCoded: Bool
    let valueCount: Int

    /// Reads what ``bytes(id:transform:isCoded:presence:)`` made.
    init(
        from cursor: inout ByteCursor, of bytes: RawSpan, rowCount: Int,
        after before: DirectoryEntry?
    ) throws(BlockError) {
        id = try cursor.byte(of: bytes)
        if let before, before.id >= id { throw .damaged("its columns are out of order") }
        let flags = try cursor.byte(of: bytes)
        let order = Int(flags & 3)
        guard order <= ColumnTransform.highestOrder else {
            throw .damaged("a column has impossible flags")
        }
        presence = try PresenceCode.read(
            mode: flags >> PresenceCode.shift, from: &cursor, of: bytes, rowCount: rowCount,
            columnBefore: before?.presence)
        valueCount = presence?.count ?? rowCount
        guard valueCount >= ColumnTransform.leastValueCount(order: order) else {
            throw .damaged("a column has too few values")
        }
        let divisor = flags & Self.divided == 0 ? 1 : try cursor.number(of: bytes)
        let base = try cursor.signedNumber(of: bytes)
        transform = ColumnTransform(
            order: order, isSigned: flags & Self.signed != 0, divisor: divisor,
            base: flags & Self.baseDivided == 0 ? base : base &* Int64(bitPattern: divisor),
            slope: order == 2 ? try cursor.signedNumber(of: bytes) : 0)
        isCoded = flags & Self.coded != 0
    }

    /// What stands in the directory about the column `id`.
    static func bytes(
        id: UInt8, transform: ColumnTransform, isCoded: Bool, presence: PresenceCode
    ) -> [UInt8] {
        var flags = UInt8(transform.order) | presence.mode << PresenceCode.shift
        if transform.isSigned { flags |= signed }
        if isCoded { flags |= coded }
        var numbers: [UInt8] = []
        var base = transform.base
        if transform.divisor != 1 {
            flags |= divided
            numbers.append(number: transform.divisor)
            if let divisor = Int64(exactly: transform.divisor), base % divisor == 0 {
                flags |= baseDivided
                base /= divisor
            }
        }
        numbers.append(signedNumber: base)
        if transform.order == 2 { numbers.append(signedNumber: transform.slope) }
        return [id, flags] + presence.bytes + numbers
    }
}

/// Which rows have a value, in whichever way is shortest.
struct PresenceCode {
    private enum Mode {
        static let all: UInt8 = 0
        static let asBefore: UInt8 = 1
        static let runs: UInt8 = 2
        static let bitmap: UInt8 = 3
    }

    /// Where the mode stands among the flags.
    static let shift: UInt8 = 6

    let mode: UInt8
    let bytes: [UInt8]

    init(_ presence: ColumnBlock.Presence?, rowCount: Int, columnBefore: ColumnBlock.Presence?) {
        if let presence, presence != columnBefore {
            let runs = Self.runs(of: presence, rowCount: rowCount)
            let bitmap = Self.bitmap(of: presence, rowCount: rowCount)
            mode = runs.count < bitmap.count ? Mode.runs : Mode.bitmap
            bytes = runs.count < bitmap.count ? runs : bitmap
        } else {
            mode = presence == nil ? Mode.all : Mode.asBefore
            bytes = []
        }
    }

    /// The lengths of the stretches of rows with a value and without one, by turns.
    private static func runs(of presence: ColumnBlock.Presence, rowCount: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var (isPresent, length) = (true, 0 as UInt64)
        for row in 0..<rowCount {
            if presence[row] != isPresent {
                bytes.append(number: length)
                (isPresent, length) = (!isPresent, 0)
            }
            length += 1
        }
        bytes.append(number: length)
        return bytes
    }

    /// A bit for each row, the lowest first.
    private static func bitmap(of presence: ColumnBlock.Presence, rowCount: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (rowCount + 7) / 8)
        for row in 0..<rowCount where presence[row] { bytes[row / 8] |= 1 << UInt8(row % 8) }
        return bytes
    }

    static func read(
        mode: UInt8, from cursor: inout ByteCursor, of bytes: RawSpan, rowCount: Int,
        columnBefore: ColumnBlock.Presence?
    ) throws(BlockError) -> ColumnBlock.Presence? {
        guard mode != Mode.all else { return nil }
        guard mode != Mode.asBefore else { return columnBefore }
        var presence = ColumnBlock.Presence(rowCount: rowCount)
        switch mode {
        case Mode.runs:
            var (row, isPresent) = (0, true)
            while row < rowCount {
                let length = try cursor.number(of: bytes)
                guard length <= rowCount - row, length > 0 || row == 0 else {
                    throw .damaged("rows without a value are miscounted")
                }
                if isPresent {
                    for present in row..<(row + Int(length)) { presence.insert(present) }
                }
                row += Int(length)
                isPresent.toggle()
            }
        default:
            for row in stride(from: 0, to: rowCount, by: 8) {
                let byte = try cursor.byte(of: bytes)
                for bit in 0..<min(8, rowCount - row) where byte >> UInt8(bit) & 1 == 1 {
                    presence.insert(row + bit)
                }
            }
        }
        guard presence.count < rowCount else { return nil }
        return presence
    }
}
