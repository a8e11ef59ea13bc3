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
}
