import HistoryModel
import SQLite

/// Prints the rows of a statement, whose columns nobody knew before, in the format that was asked for.
///
/// Data is printed row by row; a table is held until the end, numbers on the right.
struct RowPrinter<Sink: TextSink> {
    private enum Writer {
        case table([[SQLValue]])
        case data(RecordPrinter<[SQLValue], Sink>)
    }

    private let names: [String]
    private let sink: Sink
    private let terminal: Terminal
    private var writer: Writer

    /// A printer of rows with these columns.
    init(
        _ names: [String], as format: OutputFormat, to sink: Sink, on terminal: Terminal
    ) throws(OutputError) {
        self.names = names
        self.sink = sink
        self.terminal = terminal
        guard format != .table else {
            writer = .table([])
            return
        }
        let fields = Self.distinct(names).enumerated().map { index, name in
            Field<[SQLValue]>(name) { $0[index].field }
        }
        writer = .data(
            try RecordPrinter(fields, as: format, listName: "rows", to: sink, on: terminal))
    }

    /// Prints a row, or keeps it for the table.
    mutating func add(_ row: [SQLValue]) throws(OutputError) {
        switch writer {
        case .table(var rows):
            // Taken out, so that the rows have one owner and are not copied.
            writer = .table([])
            rows.append(row)
            writer = .table(rows)
        case .data(var printer):
            try printer.add(row)
            writer = .data(printer)
        }
    }

    /// Prints what must stand after the last row. The sink is not flushed.
    mutating func finish() throws(OutputError) {
        switch writer {
        case .table(let rows):
            let fields = names.enumerated().map { index, name in
                let isNumeric = rows.allSatisfy { $0[index].isNumberOrNull }
                return Field<[SQLValue]>(
                    name, heading: name.escapedForDisplay, alignment: isNumeric ? .right : .left,
                    isElastic: !isNumeric, text: { $0[index].tableText }
                ) { $0[index].field }
            }
            var plain = terminal
            plain.showsBaseUnits = false
            try printRecords(rows, fields, as: .table, listName: "rows", to: sink, on: plain)
        case .data(var printer): try printer.finish()
        }
    }

    /// `names` without repetitions: an object has each key once. The second `id` is `id_2`.
    static func distinct(_ names: [String]) -> [String] {
        var taken = Set(names)
        var seen: Set<String> = []
        return names.map { name in
            if seen.insert(name).inserted { return name }
            var number = 2
            while taken.contains("\(name)_\(number)") { number += 1 }
            taken.insert("\(name)_\(number)")
            return "\(name)_\(number)"
        }
    }
}

extension SQLValue {
    /// The value as data; bytes as SQL writes them, `x'00ff'`.
    var field: FieldValue {
        switch self {
        case .null: .null
        case .integer(let integer): .integer(integer)
        case .real(let real): .number(real)
        case .text(let text): .text(text)
        case .blob(let bytes): .text(Self.literal(of: bytes[...]))
        }
    }

    /// The value for eyes: numbers whole, of bytes the first few.
    fileprivate var tableText: String {
        switch self {
        case .null: FieldDisplay.absent
        case .integer(let integer): String(integer)
        case .real(let real): "\(real)"
        case .text(let text): text
        case .blob(let bytes) where bytes.count > 16:
            Self.literal(of: bytes.prefix(16)).dropLast() + "…' (\(bytes.count) bytes)"
        case .blob(let bytes): Self.literal(of: bytes[...])
        }
    }

    fileprivate var isNumberOrNull: Bool {
        switch self {
        case .null, .integer, .real: true
        case .text, .blob: false
        }
    }

    private static func literal(of bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("x'".utf8)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        text.append(UInt8(ascii: "'"))
        return String(decoding: text, as: UTF8.self)
    }
}
