/// A prefix code of one column's residuals, made for it.
///
/// A symbol is either a run of zeros or the bit length of a residual that is not zero; the bits below
/// the highest follow it as they are. What is noise stays noise, and only how large numbers are is
/// coded by how often it happens.
struct LengthCode {
    /// Runs of 2^0 to 2^16 zeros and more: symbols 0 to 16, with as many further bits.
    static let runSymbolCount = 17
    /// The runs, and bit lengths of 1 to 64: symbols 17 to 80, with 0 to 63 further bits.
    static let symbolCount = runSymbolCount + 64
    /// The longest code word.
    static let maximumLength = 10

    /// The length of each symbol's code word; ``unused`` for those that do not occur. A symbol that is
    /// the only one has a code word of no bits.
    var lengths: [UInt8]
    static let unused: UInt8 = 0xff

    init(lengths: [UInt8]) {
        self.lengths = lengths
    }

    /// Calls `body` for each symbol of `residuals`, with the bits that follow it.
    @inline(__always)
    static func symbols(
        of residuals: [UInt64], _ body: (_ symbol: Int, _ width: Int, _ bits: UInt64) -> Void
    ) {
        var zeros: UInt64 = 0
        func endRun() {
            guard zeros > 0 else { return }
            let width = 63 - zeros.leadingZeroBitCount
            body(width, width, zeros - 1 << UInt64(width))
            zeros = 0
        }
        for residual in residuals {
            guard residual != 0 else {
                zeros += 1
                continue
            }
            endRun()
            let width = 63 - residual.leadingZeroBitCount
            body(runSymbolCount + width, width, residual - 1 << UInt64(width))
        }
        endRun()
    }

    /// How often each symbol occurs in a column.
    struct Counts {
        private(set) var ofSymbols = [Int](repeating: 0, count: symbolCount)
        /// All residuals' bits, one over the other.
        private(set) var residualBits: UInt64 = 0
        /// About how many bits the column needs under a code of its own.
        private(set) var estimatedBitCount = 0

        init(of residuals: [UInt64]) {
            for residual in residuals { residualBits |= residual }
            guard residualBits != 0 else { return }
            var further = 0
            symbols(of: residuals) { symbol, width, _ in
                ofSymbols[symbol] += 1
                further += width
            }
            // Shannon's bound, in 256ths of a bit, and four bits for each code word's length.
            var total = 0
            var weighted = 0
            for count in ofSymbols where count > 0 {
                total += count
                weighted += count * Self.logarithm(count)
                further += 4
            }
            estimatedBitCount = further + (total * Self.logarithm(total) - weighted) / 256
        }

        /// The binary logarithm in 256ths, straight between powers of two.
        private static func logarithm(_ number: Int) -> Int {
            let exponent = Int.bitWidth - 1 - number.leadingZeroBitCount
            return exponent * 256 + ((number << 8) >> exponent) - 256
        }
    }

    /// Huffman's code for symbols that occur so often, with no code word longer than the maximum.
    init(_ counts: Counts) {
        lengths = Array(repeating: Self.unused, count: Self.symbolCount)
        var leaves: [(count: Int, symbol: Int)] = []
        for (symbol, count) in counts.ofSymbols.enumerated() where count > 0 {
            leaves.append((count, symbol))
        }
        while true {
            leaves.sort { ($0.count, $0.symbol) < ($1.count, $1.symbol) }
            let depths = Self.depths(of: leaves.map(\.count))
            for (leaf, depth) in zip(leaves, depths) { lengths[leaf.symbol] = UInt8(depth) }
            guard depths.contains(where: { $0 > Self.maximumLength }) else { return }
            // Flatter counts make a flatter tree, at the worst a balanced one of 7 levels.
            for index in leaves.indices { leaves[index].count = leaves[index].count / 2 + 1 }
        }
    }

    /// How deep each of the ascending `counts` lies in Huffman's tree.
    private static func depths(of counts: [Int]) -> [Int] {
        // Leaves and inner nodes each ascend as they stand, so that the two least are at the fronts.
        var weights = counts
        var parents = [Int](repeating: 0, count: max(0, 2 * counts.count - 1))
        var (leaf, inner) = (0, counts.count)
        func takeLeast() -> Int {
            if leaf < counts.count, inner >= weights.count || weights[leaf] <= weights[inner] {
                defer { leaf += 1 }
                return leaf
            }
            defer { inner += 1 }
            return inner
        }
        for _ in counts.indices.dropFirst() {
            let (one, two) = (takeLeast(), takeLeast())
            parents[one] = weights.count
            parents[two] = weights.count
            weights.append(weights[one] + weights[two])
        }
        var depths = [Int](repeating: 0, count: parents.count)
        for node in depths.indices.dropLast().reversed() {
            depths[node] = depths[parents[node]] + 1
        }
        return Array(depths.prefix(counts.count))
    }

    /// The code words, made canonical: shorter before longer, and by symbol.
    var words: [UInt64] {
        var words = [UInt64](repeating: 0, count: lengths.count)
        var next: UInt64 = 0
        for length in 0...UInt8(Self.maximumLength) {
            next <<= 1
            for symbol in lengths.indices where lengths[symbol] == length {
                words[symbol] = next
                next += 1
            }
        }
        return words
    }

    /// Writes `residuals`, which this code was made for.
    func write(_ residuals: [UInt64], to stream: inout BitWriter) {
        let words = words
        Self.symbols(of: residuals) { symbol, width, bits in
            stream.write(words[symbol], width: Int(lengths[symbol]))
            stream.write(bits, width: width)
        }
    }
}
