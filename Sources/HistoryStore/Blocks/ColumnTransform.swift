/// How a column's values become residuals, small numbers without a sign, and back.
///
/// All arithmetic wraps, so that every value survives. Of order 0, a residual is what a value is above
/// the column's minimum; of order 1, the difference from the value before it; of order 2, the
/// difference of those differences. What all of them have as a common divisor is taken out; if some
/// are negative (of orders 1 and 2), ``ZigZag`` takes their signs away.
struct ColumnTransform: Equatable {
    static let highestOrder = 2

    let order: Int
    /// Whether the residuals carry signs.
    let isSigned: Bool
    /// What the residuals were divided by; 1 or more.
    let divisor: UInt64
    /// Order 0: the minimum. Order 1: the first value.
    let base: Int64
    /// Order 2: the first difference, divided.
    let slope: Int64

    /// How many values a column of `order` has at the least.
    static func leastValueCount(order: Int) -> Int { max(order, 1) }

    /// The values of a column whose residuals are all 0: all alike, or as far apart.
    func fill(_ values: inout [Int64]) {
        let step = order == 2 ? slope &* Int64(bitPattern: divisor) : 0
        var values = values.mutableSpan
        var value = base
        for index in values.indices {
            values[index] = value
            value &+= step
        }
    }

    /// Turns residuals into values.
    ///
    /// - Parameter values: the residuals' bit patterns, from index ``order`` on; before them, room for
    ///   the values that need none.
    func restore(_ values: inout [Int64]) {
        let divisor = Int64(bitPattern: divisor)
        var values = values.mutableSpan
        var value = base
        switch (order, isSigned) {
        case (0, _):
            for index in values.indices { values[index] = value &+ values[index] &* divisor }
        case (1, true):
            values[0] = value
            for index in 1..<values.count {
                value &+= ZigZag.decoded(UInt64(bitPattern: values[index])) &* divisor
                values[index] = value
            }
        case (1, false):
            values[0] = value
            for index in 1..<values.count {
                value &+= values[index] &* divisor
                values[index] = value
            }
        default:
            var difference = slope
            values[0] = value
            value &+= difference &* divisor
            values[1] = value
            for index in 2..<values.count {
                let residual = UInt64(bitPattern: values[index])
                difference &+= isSigned ? ZigZag.decoded(residual) : Int64(bitPattern: residual)
                value &+= difference &* divisor
                values[index] = value
            }
        }
    }
}

/// A column's values without what they have in common: what all orders of ``ColumnTransform`` start
/// from.
struct ReducedColumn {
    private let first: Int64
    private let minimum: Int64
    private let divisor: UInt64
    /// What each value is above the minimum, divided.
    private let quotients: [UInt64]

    /// Takes the minimum and the greatest common divisor out of `values`.
    ///
    /// - Precondition: there is a value.
    init(_ values: [Int64]) {
        first = values[0]
        var minimum = first
        for value in values { minimum = min(minimum, value) }
        var quotients = values.map { UInt64(bitPattern: $0 &- minimum) }
        let divisor = Self.commonDivisor(of: quotients)
        let shift = UInt64(divisor.trailingZeroBitCount)
        let odd = divisor >> shift
        if divisor != 1 {
            for index in quotients.indices { quotients[index] &>>= shift }
        }
        if odd != 1 {
            for index in quotients.indices { quotients[index] /= odd }
        }
        self.minimum = minimum
        self.divisor = divisor
        self.quotients = quotients
    }

    /// The transform of `order`, and the residuals that it needs.
    ///
    /// - Precondition: there are ``ColumnTransform/leastValueCount(order:)`` values.
    func transformed(order: Int) -> (ColumnTransform, residuals: [UInt64]) {
        guard order > 0 else {
            let transform = ColumnTransform(
                order: 0, isSigned: false, divisor: divisor, base: minimum, slope: 0)
            return (transform, quotients)
        }
        var residuals = Self.differences(of: quotients)
        var slope: Int64 = 0
        if order == 2 {
            slope = Int64(bitPattern: residuals[0])
            residuals = Self.differences(of: residuals)
        }
        // The highest bit of any is a sign, even where wrapping made it.
        let isSigned = residuals.reduce(0, |) >> 63 == 1
        if isSigned {
            for index in residuals.indices {
                residuals[index] = ZigZag.encoded(Int64(bitPattern: residuals[index]))
            }
        }
        let transform = ColumnTransform(
            order: order, isSigned: isSigned, divisor: divisor, base: first, slope: slope)
        return (transform, residuals)
    }

    private static func differences(of numbers: [UInt64]) -> [UInt64] {
        var differences: [UInt64] = []
        differences.reserveCapacity(numbers.count)
        for index in numbers.indices.dropFirst() {
            differences.append(numbers[index] &- numbers[index - 1])
        }
        return differences
    }

    /// The greatest number that divides all `numbers`; 1 if they are all 0.
    private static func commonDivisor(of numbers: [UInt64]) -> UInt64 {
        let bits = numbers.reduce(0, |)
        guard bits != 0 else { return 1 }
        let shift = UInt64(bits.trailingZeroBitCount)
        var odd: UInt64 = 0
        // Of most columns two or three numbers show that there is no odd divisor.
        for number in numbers where number != 0 && odd != 1 {
            var (greater, less) = (odd, number >> shift)
            while less != 0 { (greater, less) = (less, greater % less) }
            odd = greater
        }
        return odd << shift
    }
}
