/// How a column's values become residuals, small numbers without a sign, and back.
///
/// All arithmetic wraps, so that every value survives. Of order 0, a residual is what a value is above
/// the column's minimum; of order 1, the difference from the value before it; of order 2, the
/// difference of those differences. What all residuals have as a common divisor is taken out; if some
/// are negative (of orders 1 and 2), ``ZigZag`` takes their signs away.
struct ColumnTransform: Equatable {
    static let highestOrder = 2

    let order: Int
    /// Whether the residuals carry signs.
    let isSigned: Bool
    /// What the residuals were divided by; not 0.
    let divisor: UInt64
    /// Order 0: the minimum. Order 1: the first value. Order 2: the first value and the first
    /// difference.
    let seeds: [Int64]

    /// How many of the first values are not among the residuals of `order`.
    static func seededCount(order: Int) -> Int { order }

    /// How many seeds `order` has.
    static func seedCount(order: Int) -> Int { max(order, 1) }

    init(order: Int, isSigned: Bool, divisor: UInt64, seeds: [Int64]) {
        self.order = order
        self.isSigned = isSigned
        self.divisor = divisor
        self.seeds = seeds
    }

    /// The transform of `order` that suits `values`, and their residuals.
    ///
    /// - Precondition: there are as many values as seeds.
    static func of(_ values: [Int64], order: Int) -> (ColumnTransform, residuals: [UInt64]) {
        var seeds: [Int64] = []
        var residuals: [UInt64]
        var isSigned = false
        if order == 0 {
            let minimum = values.min()!
            seeds = [minimum]
            residuals = values.map { UInt64(bitPattern: $0 &- minimum) }
        } else {
            var differences = values
            for _ in 0..<order {
                seeds.append(differences[0])
                differences = zip(differences.dropFirst(), differences).map { $0 &- $1 }
            }
            isSigned = differences.contains { $0 < 0 }
            residuals = differences.map { UInt64(bitPattern: $0) }
        }
        let divisor = CommonDivisor.of(residuals, signed: isSigned)
        CommonDivisor.divide(&residuals, by: divisor, signed: isSigned)
        if isSigned {
            residuals = residuals.map { ZigZag.encoded(Int64(bitPattern: $0)) }
        }
        return (
            ColumnTransform(order: order, isSigned: isSigned, divisor: divisor, seeds: seeds),
            residuals
        )
    }

    /// Turns residuals into values.
    ///
    /// - Parameter values: the residuals' bit patterns, from index ``order`` on; room for the values
    ///   that the seeds give before them.
    func restore(_ values: inout [Int64]) {
        let divisor = Int64(bitPattern: divisor)
        var values = values.mutableSpan
        var value = seeds[0]
        switch order {
        case 0:
            for index in values.indices { values[index] = value &+ values[index] &* divisor }
        case 1:
            values[0] = value
            if isSigned {
                for index in 1..<values.count {
                    value &+= ZigZag.decoded(UInt64(bitPattern: values[index])) &* divisor
                    values[index] = value
                }
            } else {
                for index in 1..<values.count {
                    value &+= values[index] &* divisor
                    values[index] = value
                }
            }
        default:
            var difference = seeds[1]
            values[0] = value
            value &+= difference
            values[1] = value
            for index in 2..<values.count {
                let residual = UInt64(bitPattern: values[index])
                difference &+=
                    (isSigned ? ZigZag.decoded(residual) : Int64(bitPattern: residual)) &* divisor
                value &+= difference
                values[index] = value
            }
        }
    }
}

/// What a column's residuals have in common: pages, sectors, whole seconds.
private enum CommonDivisor {
    /// The greatest number that divides all `residuals`; 1 if they are all 0.
    static func of(_ residuals: [UInt64], signed: Bool) -> UInt64 {
        var bits: UInt64 = 0
        for residual in residuals { bits |= residual }
        guard bits != 0 else { return 1 }
        // Of two's complement, too, the lowest set bit says which power of two divides the number.
        let shift = UInt64(bits.trailingZeroBitCount)
        var odd: UInt64 = 0
        for residual in residuals where residual != 0 {
            let magnitude = signed ? Int64(bitPattern: residual).magnitude : residual
            let next = magnitude >> shift
            if next != odd { odd = oddDivisor(odd, next) }
            if odd == 1 { break }
        }
        return odd << shift
    }

    /// The greatest odd number that divides both, of which `odd` is odd or 0.
    private static func oddDivisor(_ odd: UInt64, _ other: UInt64) -> UInt64 {
        var (greater, less) = (odd, other >> UInt64(other.trailingZeroBitCount))
        while less != 0 { (greater, less) = (less, greater % less) }
        return greater
    }

    static func divide(_ residuals: inout [UInt64], by divisor: UInt64, signed: Bool) {
        guard divisor != 1 else { return }
        var residuals = residuals.mutableSpan
        if signed, divisor <= UInt64(Int64.max) {
            let divisor = Int64(divisor)
            for index in residuals.indices {
                let quotient = Int64(bitPattern: residuals[index]) / divisor
                residuals[index] = UInt64(bitPattern: quotient)
            }
        } else {
            // A divisor of 2^63 is left: of numbers with signs, only Int64.min has it.
            for index in residuals.indices { residuals[index] /= divisor }
        }
    }
}
