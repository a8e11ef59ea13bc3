/// What was forgotten, or would be.
public struct PruneReport: Hashable, Sendable {
    /// Hours of runs whose intervals were forgotten; their summaries stay.
    public var detailCount = 0
    /// Bytes of those intervals.
    public var detailBytes: Int64 = 0
    /// Ends of what runs wrote as text that were forgotten.
    public var logCount = 0
    /// Bytes of those texts.
    public var logBytes: Int64 = 0
    /// Hours of runs whose summaries were forgotten.
    public var summaryCount = 0
    /// Runs whose final moments were forgotten.
    public var finalMomentsCount = 0
    /// Stretches without data that were forgotten.
    public var gapCount = 0
    /// Recorders' lives that were forgotten.
    public var sessionCount = 0
    /// Bytes of the file that were given back to the file system; the file shrinks when its log is
    /// written back into it.
    public var returnedBytes: Int64 = 0
    /// Bytes of the file afterwards, without its log.
    public var databaseBytes: Int64 = 0
    /// By how much the catalog is larger than it may be though nothing is left that could be
    /// forgotten; `nil` if it is not.
    public var excessBytes: Int64?
    /// Whether there is more to do.
    public var hasMore = false
    /// Whether it has begun to make room and is not done.
    var isShrinking = false

    /// Nothing forgotten.
    public init() {}

    /// What was forgotten in two steps, one after the other.
    public func followed(by next: PruneReport) -> PruneReport {
        var sum = next
        sum.detailCount += detailCount
        sum.detailBytes += detailBytes
        sum.logCount += logCount
        sum.logBytes += logBytes
        sum.summaryCount += summaryCount
        sum.finalMomentsCount += finalMomentsCount
        sum.gapCount += gapCount
        sum.sessionCount += sessionCount
        sum.returnedBytes += returnedBytes
        return sum
    }

    /// How many things were forgotten.
    public var count: Int {
        detailCount + logCount + summaryCount + finalMomentsCount + gapCount + sessionCount
    }
}
