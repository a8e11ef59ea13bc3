/// The transform and the code that make a column smallest.
struct ColumnPlan {
    private(set) var transform: ColumnTransform
    private(set) var residuals: [UInt64]
    /// `nil` if all residuals are 0.
    let code: LengthCode?

    /// Tries all orders.
    ///
    /// - Precondition: there is a value.
    init(for values: [Int64]) {
        let column = ReducedColumn(values)
        (transform, residuals) = column.transformed(order: 0)
        var counts = LengthCode.Counts(of: residuals)
        for order in 1...ColumnTransform.highestOrder where order <= values.count {
            // What is all the same, or grows evenly, cannot become smaller.
            guard counts.residualBits > 0 else { break }
            let (other, otherResiduals) = column.transformed(order: order)
            let otherCounts = LengthCode.Counts(of: otherResiduals)
            // Differences that are no better than their sums do not become so by another difference.
            guard otherCounts.estimatedBitCount < counts.estimatedBitCount else { break }
            (transform, residuals, counts) = (other, otherResiduals, otherCounts)
        }
        code = counts.residualBits > 0 ? LengthCode(counts) : nil
    }
}
