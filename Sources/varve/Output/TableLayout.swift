import HistoryModel

/// Where the columns of a table stand on a terminal, and which of them have no room.
struct TableLayout {
    private let columns: [TableWriter.Column]
    private let terminal: Terminal
    /// The shown columns, in order.
    let shown: [Int]
    /// Of each column; of those that are not shown without meaning.
    private(set) var widths: [Int]

    /// An elastic column is not cut below this, or below its heading.
    private static let narrowest = 12
    private static let gap = 2

    /// A layout of `columns` whose cells are at most as wide as `widths`.
    init(_ columns: [TableWriter.Column], widths: [Int], on terminal: Terminal) {
        self.columns = columns
        self.terminal = terminal
        let least = zip(columns, widths).map { column, width in
            column.isElastic
                ? min(width, max(column.heading.displayWidth, Self.narrowest)) : width
        }
        guard let limit = terminal.columns else {
            shown = Array(columns.indices)
            self.widths = widths
            return
        }
        shown = Self.choose(among: columns, least: least, limit: limit)
        self.widths = Self.fit(widths, least: least, shown: shown, limit: limit)
    }

    /// As many columns as there is room for, the important ones first.
    private static func choose(
        among columns: [TableWriter.Column], least: [Int], limit: Int
    ) -> [Int] {
        let byImportance = columns.indices.dropFirst().sorted {
            (-columns[$0].priority, $0) < (-columns[$1].priority, $1)
        }
        var chosen = Array(columns.indices.prefix(1))
        var used = chosen.reduce(0) { $0 + least[$1] }
        for index in byImportance where used + gap + least[index] <= limit {
            if let leader = leader(of: index, among: columns), !chosen.contains(leader) { continue }
            chosen.append(index)
            used += gap + least[index]
        }
        return chosen.sorted()
    }

    /// The column without which the one at `index` says nothing; `nil` if it stands for itself.
    private static func leader(of index: Int, among columns: [TableWriter.Column]) -> Int? {
        guard columns[index].isContinuation else { return nil }
        return columns[..<index].lastIndex { !$0.isContinuation }
    }

    /// Takes what is too much from the widest columns that may be cut.
    private static func fit(_ widths: [Int], least: [Int], shown: [Int], limit: Int) -> [Int] {
        var widths = widths
        // Nothing is wider than the terminal after this, so the loop below is short.
        for index in shown {
            widths[index] = max(least[index], min(widths[index], limit))
        }
        var excess = shown.reduce(0) { $0 + widths[$1] } + gap * (shown.count - 1) - limit
        while excess > 0 {
            let shrinkable = shown.filter { widths[$0] > least[$0] }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    /// Gives the last elastic column what is left of the line, for rows that are still to come.
    mutating func widenLastElasticColumn() {
        guard let limit = terminal.columns,
            let last = shown.last(where: { columns[$0].isElastic })
        else { return }
        let used = shown.reduce(0) { $0 + widths[$1] } + Self.gap * (shown.count - 1)
        widths[last] += max(0, limit - used)
    }

    /// The line of the headings.
    var headings: String {
        line(columns.map { TableWriter.Cell($0.heading, style: .heading) })
    }

    /// The line of `row`, which has a cell for every column.
    func line(_ row: [TableWriter.Cell]) -> String {
        var line = ""
        // Spaces are only written before something, so that no line ends in them.
        var pending = 0
        for index in shown {
            let cell = row[index]
            let isCut =
                terminal.columns != nil && columns[index].isElastic && cell.width > widths[index]
            let text = isCut ? cell.text.truncated(toWidth: widths[index]) : cell.text
            let padding = max(0, widths[index] - (isCut ? text.displayWidth : cell.width))
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

    /// The line that says what had no room; `nil` if all is shown.
    var omissionNote: String? {
        let left = columns.indices.filter { !shown.contains($0) }.map { index in
            let leader = Self.leader(of: index, among: columns).map { columns[$0].heading + " " }
            return (leader ?? "") + columns[index].heading
        }
        guard !left.isEmpty, let limit = terminal.columns else { return nil }
        let count = left.count == 1 ? "1 column" : "\(left.count) columns"
        let text = "no room for \(count); --format csv has all: \(left.joined(separator: ", "))"
        return TextStyle.dim.applied(to: text.truncated(toWidth: limit), on: terminal) + "\n"
    }
}
