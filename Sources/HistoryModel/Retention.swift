/// How long a catalog keeps what, and how large it may grow.
///
/// Runs and their lifecycle are kept for ever. `nil` is *without limit*.
public struct Retention: Hashable, Sendable {
    /// How long the intervals of sealed hours are kept.
    public var keepDetail: Duration?
    /// How long hourly summaries and final moments are kept.
    public var keepSummaries: Duration?
    /// How large the database file may be, in bytes. Where it is larger, the oldest detail goes first,
    /// then the oldest final moments and summaries.
    public var maxSizeBytes: Int64?

    /// The usual: detail for 14 days, summaries for 400, of any size.
    public init(
        keepDetail: Duration? = .seconds(14 * 86_400),
        keepSummaries: Duration? = .seconds(400 * 86_400), maxSizeBytes: Int64? = nil
    ) {
        self.keepDetail = keepDetail
        self.keepSummaries = keepSummaries
        self.maxSizeBytes = maxSizeBytes
    }
}
