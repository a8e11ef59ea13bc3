import HistoryModel

/// Writes rows as RFC 4180: commas, CRLF, quotes where needed, `""` for a quote.
struct CSVWriter<Sink: TextSink> {
    private let sink: Sink

    /// A writer to `sink`.
    init(to sink: Sink) {
        self.sink = sink
    }

    /// Writes the names of the columns; those of a statement are as foreign as its values.
    func header(_ names: [String]) throws(OutputError) {
        try row(names.map(FieldValue.text))
    }

    /// Writes one row.
    func row(_ values: [FieldValue]) throws(OutputError) {
        try write(values.map(CSVText.cell))
    }

    private func write(_ cells: [String]) throws(OutputError) {
        try sink.write(cells.joined(separator: ",") + "\r\n")
    }
}

/// Values as cells of CSV.
///
/// A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break as a formula
/// (their fullwidth forms too, in some languages). Text of such a beginning gets a `'` in front, as
/// OWASP advises; numbers never do, and stay numbers. And what could steer a terminal is escaped, but for
/// line feeds, which CSV can hold: a file is shown to a terminal sooner or later. Who needs the text to
/// the letter reads JSON.
enum CSVText {
    /// The cell of `value`: base units, empty for `null`, compact JSON for lists and objects.
    static func cell(of value: FieldValue) -> String {
        switch value {
        case .null: ""
        case .flag, .integer, .unsigned: JSONText.text(of: value)
        case .number(let number): number.isFinite ? JSONText.text(of: value) : ""
        case .text(let text):
            quoted(guarded(text.escapedForDisplay(keeping: ["\n"])))
        case .time(let instant): quoted(guarded(instant.rfc3339))
        case .list, .object: quoted(JSONText.text(of: value))
        }
    }

    private static func guarded(_ text: String) -> String {
        // By scalar: a combining mark after "=" makes another Character of it, not another formula.
        guard let first = text.unicodeScalars.first else { return text }
        return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) ? "'" + text : text
    }

    /// `text`, in quotes if it needs them.
    static func quoted(_ text: String) -> String {
        guard
            text.utf8.contains(where: { byte in
                byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte < 0x20
            }) || text.hasPrefix(" ") || text.hasSuffix(" ")
        else { return text }
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            quoted.append(byte)
            if byte == UInt8(ascii: "\"") { quoted.append(byte) }
        }
        quoted.append(UInt8(ascii: "\""))
        return String(decoding: quoted, as: UTF8.self)
    }
}
