/// What a column's residuals are read with: for each beginning of a stream, which symbol it is.
struct LengthDecoder {
    /// In each entry: bits 0 to 6 how many bits the symbol has in all, 7 to 10 how many of them are the
    /// code word, 11 a run.
    private var entries: [UInt16] = Array(repeating: 0, count: 1 << LengthCode.maximumLength)
    /// The length of the longest code word.
    private var width = 1
    /// How many symbols any window of a stream holds, whichever they are; 0 if one may be longer.
    private var symbolsPerWindow = 0
    /// The symbols that occur, ascending, each with its length above it; and how many have each length.
    private var used: [UInt16] = []
    private var counts: [Int] = Array(repeating: 0, count: LengthCode.maximumLength + 1)

    /// Gets ready for the column whose code is next: reads what ``LengthCode/write(to:)`` wrote.
    mutating func prepare(from cursor: inout BitCursor, of bytes: RawSpan) throws(BlockError) {
        used.removeAll(keepingCapacity: true)
        for length in counts.indices { counts[length] = 0 }
        var symbol = 0
        var room = 1 << LengthCode.maximumLength
        width = 1
        while room > 0 {
            let step = try cursor.read(4, of: bytes)
            if step == 0 || step > 11 {
                symbol += step == 0 ? 1 : 1 << Int(step - 11)
                continue
            }
            let length = Int(step) - 1
            room -= 1 << (LengthCode.maximumLength - length)
            guard room >= 0, symbol < LengthCode.symbolCount else {
                throw .damaged("its code is impossible")
            }
            used.append(UInt16(symbol | length << 8))
            counts[length] += 1
            width = max(width, length)
            symbol += 1
        }
        let longest = Self.fill(&entries, of: width, with: used, &counts)
        symbolsPerWindow = BitCursor.windowWidth / longest
    }

    /// Fills the entries by a code that leaves no room; how many bits the longest symbol has, or 1.
    private static func fill(
        _ entries: inout [UInt16], of width: Int, with used: [UInt16], _ counts: inout [Int]
    ) -> Int {
        // Where the entries of each length begin, and then where its next one does.
        var next = 0
        for length in 0...width {
            let count = counts[length]
            counts[length] = next
            next += count << (width - length)
        }
        var longest = 1
        var entries = entries.mutableSpan
        for symbol in used {
            let length = Int(symbol >> 8)
            let number = Int(symbol & 255)
            let isRun = number < LengthCode.runSymbolCount
            let total = length + (isRun ? number : number - LengthCode.runSymbolCount)
            longest = max(longest, total)
            let entry = UInt16(total | length << 7 | (isRun ? 1 << 11 : 0))
            let begin = counts[length]
            let end = begin + 1 << (width - length)
            for index in begin..<end { entries[index] = entry }
            counts[length] = end
        }
        return longest
    }

    /// Reads residuals into `values` from the index `first` on to its end; `values` is 0 there.
    ///
    /// - Complexity: a few nanoseconds for each that is not zero.
    func read(
        into values: inout [Int64], from first: Int, at cursor: inout BitCursor, of bytes: RawSpan
    ) throws(BlockError) {
        guard symbolsPerWindow > 0 else {
            return try readEach(into: &values, from: first, at: &cursor, of: bytes)
        }
        var values = values.mutableSpan
        let entries = entries.span
        let shift = UInt64(64 - width)
        var position = cursor
        var index = first
        while index < values.count {
            var window = position.window(of: bytes)
            var left = symbolsPerWindow
            repeat {
                let entry = entries[Int(window &>> shift)]
                let total = UInt64(entry & 127)
                let length = UInt64(entry &>> 7 & 15)
                let further = total &- length
                // Shifted twice, because 64 at once would be none.
                let bits = ((window &<< length) &>> (63 &- further)) &>> 1 | 1 &<< further
                window &<<= total
                position.bit &+= Int(total)
                // Both are chosen without a branch, which nobody could foretell.
                let isRun = entry &>> 11 != 0
                values[index] = isRun ? 0 : Int64(bitPattern: bits)
                let advance = isRun ? Int(truncatingIfNeeded: bits) : 1
                guard advance <= values.count &- index else { throw Self.longRun }
                index &+= advance
                left &-= 1
            } while left > 0 && index < values.count
        }
        guard position.remaining >= 0 else { throw .truncated }
        cursor = position
    }

    /// The same for symbols that may be longer than a window.
    private func readEach(
        into values: inout [Int64], from first: Int, at cursor: inout BitCursor, of bytes: RawSpan
    ) throws(BlockError) {
        var index = first
        while index < values.count {
            let entry = entries[Int(cursor.window(of: bytes) >> UInt64(64 - width))]
            let length = Int(entry >> 7 & 15)
            let further = Int(entry & 127) - length
            _ = try cursor.read(length, of: bytes)
            var bits: UInt64 = 0
            if further > 32 { bits = try cursor.read(further - 32, of: bytes) << 32 }
            bits |= try cursor.read(min(further, 32), of: bytes)
            bits |= 1 << UInt64(further)
            if entry >> 11 == 0 {
                values[index] = Int64(bitPattern: bits)
                index += 1
            } else {
                guard bits <= UInt64(values.count - index) else { throw Self.longRun }
                index += Int(bits)
            }
        }
    }

    private static let longRun = BlockError.damaged("a run of zeros exceeds its column")
}
