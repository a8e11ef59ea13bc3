/// Writes numbers of any width one after the other, the highest bit first.
struct BitWriter {
    private var bytes: [UInt8] = []
    /// The lowest ``pending`` bits wait to become bytes.
    private var waiting: UInt64 = 0
    private var pending = 0

    /// Writes the lowest `width` bits of `value`, which has no others.
    mutating func write(_ value: UInt64, width: Int) {
        guard width <= 32 else {
            write(value >> 32, width: width - 32)
            write(value & 0xffff_ffff, width: 32)
            return
        }
        waiting = waiting << UInt64(width) | value
        pending += width
        while pending >= 8 {
            pending -= 8
            bytes.append(UInt8(truncatingIfNeeded: waiting >> UInt64(pending)))
        }
    }

    /// All bytes, the last one filled up with zero bits.
    consuming func finished() -> [UInt8] {
        if pending > 0 { write(0, width: 8 - pending) }
        return bytes
    }
}

/// A place in a stream of bits.
struct BitCursor {
    /// The next bit, from the first byte on.
    var bit: Int
    /// Where the last whole eight bytes begin, and where the bits end.
    private let lastWord: Int
    private let end: Int

    /// How many bits a window has at the least.
    static let windowWidth = 57

    /// The bits of the bytes from `start` to `end`.
    init(from start: Int, to end: Int) {
        bit = start * 8
        lastWord = end - 8
        self.end = end * 8
    }

    /// How many bits are left; negative after more was read than there is.
    var remaining: Int { end &- bit }

    /// At least ``windowWidth`` bits from here on, the highest first; zeros behind the end.
    @inline(__always)
    func window(of bytes: RawSpan) -> UInt64 {
        let offset = bit &>> 3
        if offset <= lastWord {
            return bytes.bigEndian64(at: offset) &<< UInt64(bit & 7)
        }
        return lastWindow(of: bytes)
    }

    @inline(never)
    private func lastWindow(of bytes: RawSpan) -> UInt64 {
        var window: UInt64 = 0
        for offset in (bit >> 3)..<((bit >> 3) + 8) {
            window = window << 8 | (offset < end / 8 ? UInt64(bytes.byte(at: offset)) : 0)
        }
        return window << UInt64(bit & 7)
    }

    /// Reads `width` bits, at most 32.
    mutating func read(_ width: Int, of bytes: RawSpan) throws(BlockError) -> UInt64 {
        guard width <= remaining else { throw .truncated }
        let value = width == 0 ? 0 : window(of: bytes) >> UInt64(64 - width)
        bit += width
        return value
    }
}
