import HistoryModel

/// A table of aligned columns, for eyes.
///
/// Into a terminal that is too narrow, the widest elastic columns give way, with `…`; into a pipe
/// nothing is cut.
struct TableWriter {
    /// On which side of its column a cell stands.
    enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    /// What is the same for all cells of a column.
    struct Column: Hashable, Sendable {
        var heading: String
        var alignment: Alignment
        /// Whether its cells may be cut: names yes, numbers and times no.
        var isElastic: Bool
    }

    /// One cell. Its text is escaped, whoever it comes from.
    struct Cell: Hashable, Sendable {
        let text: String
        let style: TextStyle

        init(_ text: String, style: TextStyle = .plain) {
            self.text = text.escapedForDisplay
            self.style = style
        }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []
    /// An elastic column is not cut below this, or below its heading.
    private static let narrowest = 8
    private static let gap = 2

    /// An empty table.
    init(columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row of one cell per column.
    mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row has a cell for every column")
        rows.append(row)
    }

    /// Writes the headings and all rows; nothing if there are no rows.
    func write(to sink: some TextSink, on terminal: Terminal) throws(OutputError) {
        guard !rows.isEmpty else { return }
        let widths = fittedWidths(into: terminal.columns)
        let headings = columns.map { Cell($0.heading, style: .heading) }
        try sink.write(line(headings, widths: widths, on: terminal))
        for row in rows {
            try sink.write(line(row, widths: widths, on: terminal))
        }
    }

    private func line(_ row: [Cell], widths: [Int], on terminal: Terminal) -> String {
        var line = ""
        // Spaces are only written before something, so that no line ends in them.
        var pending = 0
        for (index, cell) in row.enumerated() {
            let text = cell.text.truncated(toWidth: widths[index])
            let padding = max(0, widths[index] - text.displayWidth)
            if index > 0 { pending += Self.gap }
            if columns[index].alignment == .right { pending += padding }
            if !text.isEmpty {
                line += String(repeating: " ", count: pending)
                line += cell.style.applied(to: text, on: terminal)
                pending = 0
            }
            if columns[index].alignment == .left { pending += padding }
        }
        return line + "\n"
    }

    private func fittedWidths(into limit: Int?) -> [Int] {
        var widths = columns.map(\.heading.displayWidth)
        for row in rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], cell.text.displayWidth)
            }
        }
        guard let limit else { return widths }
        let least = zip(columns, widths).map { column, width in
            column.isElastic
                ? min(width, max(column.heading.displayWidth, Self.narrowest)) : width
        }
        // Nothing is wider than the terminal after this, so the loop below is short.
        for index in widths.indices {
            widths[index] = max(least[index], min(widths[index], limit))
        }
        var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - limit
        while excess > 0 {
            let shrinkable = widths.indices.filter { widths[$0] > least[$0] }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
