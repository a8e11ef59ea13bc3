/// Rows of text, aligned: the first column to the left, the others to the right; as Markdown, so that it
/// can be read here and put into a page.
struct Table {
    private var rows: [[String]]

    init(_ headings: [String]) {
        rows = [headings]
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    func print() {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for (index, row) in rows.enumerated() {
            Swift.print(line(row, widths))
            guard index == 0 else { continue }
            let rules = widths.enumerated().map { column, width in
                String(repeating: "-", count: width + (column == 0 ? 2 : 1))
                    + (column == 0 ? "" : ":")
            }
            Swift.print("|" + rules.joined(separator: "|") + "|")
        }
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        let cells = zip(row, widths).enumerated().map { column, cell in
            let padding = String(repeating: " ", count: cell.1 - cell.0.count)
            return column == 0 ? cell.0 + padding : padding + cell.0
        }
        return "| " + cells.joined(separator: " | ") + " |"
    }
}

/// Numbers in words that people read.
enum Text {
    static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let whole = Int64((value * scale).rounded())
        guard places > 0 else { return "\(whole)" }
        let digits = String(whole.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return (whole < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }

    static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1_000: fixed(nanoseconds, 1) + " ns"
        case ..<1_000_000: fixed(nanoseconds / 1_000, 1) + " µs"
        case ..<1_000_000_000: fixed(nanoseconds / 1_000_000, 2) + " ms"
        default: fixed(nanoseconds / 1_000_000_000, 2) + " s"
        }
    }

    static func megabytes(_ bytes: Int64) -> String { fixed(Double(bytes) / 1_048_576, 1) + " MiB" }
}
