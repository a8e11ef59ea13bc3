import HistoryModel

/// RFC 4180, to look into what varve prints.
struct CSVTable {
    var header: [String] = []
    var rows: [[String]] = []

    /// Reads `text`, whose lines end in CRLF.
    init(_ text: String) {
        var lines: [[String]] = []
        var cells: [String] = []
        var cell = String.UnicodeScalarView()
        var isQuoted = false
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"" where isQuoted && rest.first == "\"":
                cell.append(rest.removeFirst())
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                cells.append(String(cell))
                cell.removeAll()
            case "\r" where !isQuoted && rest.first == "\n":
                rest.removeFirst()
                lines.append(cells + [String(cell)])
                cells.removeAll()
                cell.removeAll()
            default: cell.append(scalar)
            }
        }
        guard !lines.isEmpty else { return }
        header = lines.removeFirst()
        rows = lines
    }

    /// Whether `cell` says what `value` does, as `docs/json.md` tells.
    static func says(_ cell: String, _ value: JSON) -> Bool {
        switch value {
        case .null: return cell.isEmpty
        case .boolean(let flag): return cell == (flag ? "true" : "false")
        case .integer, .number: return Double(cell) == value.number
        case .string(let string):
            let text = string.escapedForDisplay(keeping: ["\n"])
            let isFormula = text.unicodeScalars.first.map {
                "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0)
            }
            // By scalars: an apostrophe and a mark after it are one Character.
            return Array(cell.unicodeScalars)
                == Array((isFormula == true ? "'" : "").unicodeScalars) + Array(text.unicodeScalars)
        case .list, .object: return (try? JSON(cell.utf8)) == value
        }
    }
}
