import HistoryModel

/// A table of aligned columns, for eyes.
///
/// Into a terminal that is too narrow, the widest elastic columns give way, with `…`; where that does
/// not suffice, the least important columns are left out, and a last line says which. Into a pipe
/// nothing is cut and nothing left out.
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
        /// What is lower is left out first where there is no room, of equals the last; the table's first
        /// column always stays.
        var priority = 0
        /// Whether it is left out where nothing stands in it: a note, of which most tables have none.
        var isOptional = false
        /// Whether its heading says something only after those before it, as `MAX` after `CPU`: without
        /// the column that leads them it is not shown.
        var isContinuation = false
    }

    /// One cell. Its text is escaped, whoever it comes from.
    struct Cell: Hashable, Sendable {
        let text: String
        let style: TextStyle
        /// Columns of a terminal that it takes.
        let width: Int

        init(_ text: String, style: TextStyle = .plain) {
            self.text = text.escapedForDisplay
            self.style = style
            width = self.text.displayWidth
        }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

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
        let kept = columns.indices.filter { index in
            !columns[index].isOptional || rows.contains { !$0[index].text.isEmpty }
        }
        guard kept.count == columns.count else {
            var table = TableWriter(columns: kept.map { columns[$0] })
            table.rows = rows.map { row in kept.map { row[$0] } }
            return try table.write(to: sink, on: terminal)
        }
        let layout = TableLayout(rankedColumns, widths: naturalWidths, on: terminal)
        try sink.write(layout.headings)
        for row in rows {
            try sink.write(layout.line(row))
        }
        if let note = layout.omissionNote { try sink.write(note) }
    }

    /// The columns; those in which nothing stands are left out before all others, a column with its
    /// continuations only if nothing stands in any of them.
    private var rankedColumns: [Column] {
        var ranked = columns
        var index = 0
        while index < columns.count {
            let end =
                columns[(index + 1)...].firstIndex { !$0.isContinuation } ?? columns.endIndex
            let group = index..<end
            let isBlank = rows.allSatisfy { row in
                row[group].allSatisfy { ["", FieldDisplay.absent].contains($0.text) }
            }
            if isBlank { for member in group { ranked[member].priority = .min + 1 } }
            index = end
        }
        return ranked
    }

    private var naturalWidths: [Int] {
        var widths = columns.map(\.heading.displayWidth)
        for row in rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], cell.width)
            }
        }
        return widths
    }
}
