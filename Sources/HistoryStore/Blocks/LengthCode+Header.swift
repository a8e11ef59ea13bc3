extension LengthCode {
    /// Writes the code itself, in steps of four bits over the symbols from 0 on: 1 to 11, a symbol
    /// whose code word is so long, less one; 0, 12, 13, 14, 15, a leap over 1, 2, 4, 8, 16 symbols that
    /// do not occur. It ends where the code words leave no more room.
    func write(to stream: inout BitWriter) {
        var leap = 0
        for length in lengths {
            guard length != Self.unused else {
                leap += 1
                continue
            }
            for (step, size) in Self.leaps {
                while leap >= size {
                    stream.write(step, width: 4)
                    leap -= size
                }
            }
            stream.write(UInt64(length) + 1, width: 4)
        }
    }

    private static let leaps: [(step: UInt64, size: Int)] = [
        (15, 16), (14, 8), (13, 4), (12, 2), (0, 1),
    ]

    /// Reads what ``write(to:)`` wrote.
    init(from cursor: inout BitCursor, of bytes: RawSpan) throws(BlockError) {
        lengths = Array(repeating: Self.unused, count: Self.symbolCount)
        var symbol = 0
        var room = 1 << Self.maximumLength
        while room > 0 {
            let step = try cursor.read(4, of: bytes)
            if step == 0 || step > 11 {
                symbol += step == 0 ? 1 : 1 << Int(step - 11)
                continue
            }
            let length = Int(step) - 1
            room -= 1 << (Self.maximumLength - length)
            guard room >= 0, symbol < Self.symbolCount else {
                throw .damaged("its code is impossible")
            }
            lengths[symbol] = UInt8(length)
            symbol += 1
        }
    }
}

/// What a column's residuals are read with: for each beginning of a stream, which symbol it is.
struct LengthDecoder {
    /// In each entry: bits 0 to 3 the code word's length, 4 to 9 how many bits follow, 10 a run.
    private var entries: [UInt16] = Array(repeating: 0, count: 1 << LengthCode.maximumLength)
    private var width = 1

    /// Gets ready for the columns that `code` wrote.
    mutating func prepare(for code: LengthCode) {
        let used = code.lengths.indices.filter { code.lengths[$0] != LengthCode.unused }
        width = used.reduce(1) { max($0, Int(code.lengths[$1])) }
        var next = 0
        for length in 0...width {
            for symbol in used where Int(code.lengths[symbol]) == length {
                let isRun = symbol < LengthCode.runSymbolCount
                let further = isRun ? symbol : symbol - LengthCode.runSymbolCount
                let entry = UInt16(length | further << 4 | (isRun ? 1 << 10 : 0))
                let end = next + 1 << (width - length)
                while next < end {
                    entries[next] = entry
                    next += 1
                }
            }
        }
    }

    /// Reads residuals into `values` from the index `first` on to its end; `values` is 0 there.
    ///
    /// - Complexity: a few nanoseconds for each that is not zero.
    func read(
        into values: inout [Int64], from first: Int, at cursor: inout BitCursor, of bytes: RawSpan
    ) throws(BlockError) {
        var values = values.mutableSpan
        let entries = entries.span
        let shift = UInt64(64 - width)
        var position = cursor
        var index = first
        while index < values.count {
            let window = position.window(of: bytes)
            let entry = entries[Int(window &>> shift)]
            let length = UInt64(entry & 15)
            let further = UInt64(entry &>> 4 & 63)
            var bits: UInt64
            position.bit &+= Int(length)
            if length &+ further <= 57 {
                // Shifted twice, because 64 at once would be none.
                bits = ((window &<< length) &>> (63 &- further)) &>> 1
                position.bit &+= Int(further)
            } else {
                bits = try position.read(Int(further) - 32, of: bytes) << 32
                bits |= try position.read(32, of: bytes)
            }
            bits |= 1 &<< further
            if entry &>> 10 == 0 {
                values[index] = Int64(bitPattern: bits)
                index &+= 1
            } else {
                guard bits <= UInt64(values.count &- index) else {
                    throw .damaged("a run of zeros exceeds its column")
                }
                index &+= Int(bits)
            }
        }
        guard position.remaining >= 0 else { throw .truncated }
        cursor = position
    }
}
