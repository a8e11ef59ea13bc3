/// What an import has done.
public struct ImportReport: Hashable, Sendable {
    /// Runs that are new.
    public var addedCount = 0
    /// Runs that were there with less, and have more now.
    public var grownCount = 0
    /// Runs that were there already, with as much or more.
    public var unchangedCount = 0
    /// Rows that were written.
    public var rowCount = 0
    /// Hours that were written.
    public var blockCount = 0

    /// Nothing done.
    public init() {}

    /// How many runs were looked at.
    public var runCount: Int { addedCount + grownCount + unchangedCount }
}
