/// What a call that seals has done.
public struct SealReport: Hashable, Sendable {
    /// Hours of runs that were sealed.
    public var blockCount = 0
    /// Rows that are in them now.
    public var rowCount = 0
    /// Bytes of their detail.
    public var detailBytes = 0
    /// Time that it took.
    public var duration = Duration.zero
    /// Whether more hours wait.
    public var hasMore = false
    /// Hours that stayed as they were because packing them would have lost something; a sentence each.
    public var problems: [String] = []

    /// Nothing done.
    public init() {}
}
