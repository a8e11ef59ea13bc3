/// What could be brought over from a damaged catalog, and what could not.
public struct RepairReport: Hashable, Sendable {
    /// What became of the rows of one table.
    public struct Table: Hashable, Sendable {
        /// The table's name.
        public var name: String
        /// Rows that the new catalog has.
        public var rowCount: Int64 = 0
        /// Rows that are known to be lost: they were there and could not be read, or are no rows that the
        /// schema allows, or others tell of them.
        public var lostRowCount: Int64 = 0
        /// Pages of rows that could not be read at all: nobody knows how many rows they held.
        public var unreadablePageCount: Int64 = 0
        /// Whether more may be lost than ``lostRowCount`` says.
        public var mayHaveLostMore = false
        /// Rows that were made anew, because others refer to them.
        public var remadeRowCount: Int64 = 0
    }

    /// Every table of the catalog, in the order in which they depend on each other.
    public var tables: [Table] = []
    /// What was lost, changed or assumed, a sentence each.
    public var findings: [String] = []
    /// Pages of the damaged file, its log included.
    public var pageCount: Int64 = 0
    /// Pages whose rows were found although nothing led to them any more.
    public var strayPageCount: Int64 = 0
    /// What is still wrong with the new catalog; empty, unless varve itself is at fault.
    public var problems: [String] = []

    /// Whether the new catalog has everything that the old one had, as far as anybody can tell.
    public var isComplete: Bool {
        findings.isEmpty && problems.isEmpty
            && tables.allSatisfy { $0.lostRowCount == 0 && !$0.mayHaveLostMore }
    }

    /// How many sentences of one kind are kept.
    static let findingLimit = 200
}
