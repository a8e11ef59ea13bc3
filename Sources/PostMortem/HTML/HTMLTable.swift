/// A table whose heading cells name what is below them.
///
/// ```swift
/// var table = HTMLTable("Events", columns: [.init("Event"), .init("Count", isNumber: true)])
/// table.addRow(["\(kind)", "\(count)"])
/// table.html
/// ```
public struct HTMLTable: Sendable {
    /// A column.
    public struct Column: Hashable, Sendable {
        /// What stands above it.
        public var heading: String
        /// Whether its values stand at the right edge, one digit below the other.
        public var isNumber: Bool
        /// Whether its values stay on one line however narrow the page is.
        public var isWhole: Bool

        /// The column below `heading`.
        public init(_ heading: String, isNumber: Bool = false, isWhole: Bool = false) {
            self.heading = heading
            self.isNumber = isNumber
            self.isWhole = isWhole
        }

        fileprivate var classes: HTMLText {
            isNumber ? " class=\"n\"" : isWhole ? " class=\"w\"" : ""
        }
    }

    /// What it is a table of, for those who cannot see where it stands.
    public let caption: String
    /// Its columns.
    public let columns: [Column]
    private var rows = HTMLText()

    /// A table without rows.
    public init(_ caption: String, columns: [Column]) {
        self.caption = caption
        self.columns = columns
    }

    /// Adds a row; its first cell is its heading.
    ///
    /// - Parameter id: what a link in the page can lead to.
    public mutating func addRow(_ cells: [HTMLText], id: String? = nil) {
        rows += id.map { "<tr id=\"\($0)\">" } ?? "<tr>"
        for (index, cell) in cells.enumerated() where index < columns.count {
            let kind = columns[index].classes
            rows +=
                index == 0
                ? "<th scope=\"row\"\(kind)>\(cell)</th>" : "<td\(kind)>\(cell)</td>"
        }
        rows += "</tr>\n"
    }

    /// The table, which scrolls by itself where the page is narrower.
    public var html: HTMLText {
        let heads = columns.map { column -> HTMLText in
            let kind = column.classes
            return "<th scope=\"col\"\(kind)>\(column.heading)</th>"
        }.joined()
        return """
            <div class="scroll" role="region" aria-label="\(caption)" tabindex="0"><table>
            <caption>\(caption)</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(rows)</tbody></table></div>

            """
    }
}
