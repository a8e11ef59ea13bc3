public import HistoryModel

/// The last samples of a run at full resolution, as a block.
///
/// ```swift
/// let bytes = MomentsDetail.encode(samples)
/// try MomentsDetail.decode(bytes) == samples  // true
/// ```
public enum MomentsDetail {
    /// How many samples a block may have.
    public static let maximumSampleCount = ColumnBlock.maximumRowCount

    /// The block of `samples`, in their order.
    ///
    /// - Precondition: there are at most ``maximumSampleCount`` samples.
    public static func encode(_ samples: [Sample]) -> [UInt8] {
        var block = ColumnBlock(rowCount: samples.count)
        block.append(ColumnID.sampleAt, samples.map(\.at.unixMilliseconds))
        for metric in Metric.gauges + Metric.counters {
            block.append(ColumnID.value(of: metric), optionals: samples.map { $0[metric] })
        }
        return BlockCodec.encode(block)
    }

    /// The samples that `bytes` were written from.
    ///
    /// - Throws: ``BlockError`` if the bytes are not exactly those of a block of samples.
    public static func decode(_ bytes: [UInt8]) throws(BlockError) -> [Sample] {
        let block = try BlockCodec.decode(bytes)
        try ColumnID.check(block, areAmong: knownColumns)
        let instants = try block.required(ColumnID.sampleAt)
        var samples = instants.map { Sample(at: Timestamp(unixMilliseconds: $0)) }
        for metric in Metric.allCases {
            guard let column = block[ColumnID.value(of: metric)] else { continue }
            column.forEach { index, value in samples[index][metric] = value }
        }
        return samples
    }

    private static let knownColumns = Set(
        [ColumnID.sampleAt] + Metric.allCases.map(ColumnID.value(of:)))
}
