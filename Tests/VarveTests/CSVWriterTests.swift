import HistoryModel
import Testing

@testable import varve

@Suite("CSV")
struct CSVWriterTests {
    @Test(
        "a cell has its text",
        arguments: [
            (.null, ""), (.flag(true), "true"), (.integer(-5), "-5"),
            (.unsigned(.max), "18446744073709551615"),
            (.number(-0.5), "-0.5"), (.number(.nan), ""), (.text("plain"), "plain"),
            (.text(""), ""),
            (.text("a,b"), "\"a,b\""), (.text("say \"hi\""), "\"say \"\"hi\"\"\""),
            (.text("two\nlines"), "\"two\nlines\""), (.text("two\r\nlines"), "\"two\\r\nlines\""),
            (.text(" a"), "\" a\""), (.text("a "), "\"a \""), (.text("日"), "日"),
            (.text("<script>"), "<script>"),
            (.time(Timestamp(unixMilliseconds: 1_795_403_520_000)), "2026-11-23T03:12:00.000Z"),
            (.list([.integer(1), .text("a")]), "\"[1,\"\"a\"\"]\""),
            (.object([.init("k", .text("v"))]), "\"{\"\"k\"\":\"\"v\"\"}\""), (.object([]), "{}"),
        ] as [(FieldValue, String)])
    func cells(value: FieldValue, text: String) {
        #expect(CSVText.cell(of: value) == text)
    }

    @Test(
        "text from outside is never a formula",
        arguments: [
            ("=cmd()", "'=cmd()"), ("+1", "'+1"), ("-5", "'-5"), ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\\t=1"), ("\r=1", "\\r=1"), ("\r\n=1", "\"\\r\n=1\""),
            ("\n=1", "\"'\n=1\""),
            ("=\u{301}1", "'=\u{301}1"), ("＝1", "'＝1"), ("=1,2", "\"'=1,2\""), ("a=1", "a=1"),
            ("'=1", "'=1"),
        ])
    func formulas(text: String, cell: String) {
        #expect(CSVText.cell(of: .text(text)) == cell)
    }

    @Test("nothing is in a file that a terminal would obey when it is shown")
    func controls() {
        let name = FieldValue.text("\u{1b}[31m\u{202e}x\t\r\n")
        #expect(CSVText.cell(of: name) == "\"\\u{1b}[31m\\u{202e}x\\t\\r\n\"")
    }

    @Test("rows end in CRLF and survive a reader, whatever text they hold")
    func fuzz() throws {
        var random = SeededRandom(seed: 0x5eed_0012)
        var compared = 0
        for _ in 0..<2000 {
            let texts = (0..<3).map { _ in random.text() }
            let sink = MemorySink()
            let csv = CSVWriter(to: sink)
            try csv.header(["a", "b", "c"])
            try csv.row(texts.map(FieldValue.text))
            #expect(sink.text.hasPrefix("a,b,c\r\n"))
            let rows = read(sink.text)
            #expect(rows.count == 2)
            for (text, cell) in zip(texts, rows.last ?? []) {
                let scalars = Array(
                    text.escapedForDisplay(keeping: ["\n"]).unicodeScalars)
                let cellScalars = Array(cell.unicodeScalars)
                #expect(
                    cellScalars == scalars || cellScalars == ["'"] + scalars, "seed 0x5eed0012")
                #expect(!["=", "+", "-", "@", "\t", "\r", "\n"].contains(cellScalars.first ?? "a"))
                compared += 1
            }
        }
        #expect(compared == 6000)
    }

    /// An RFC 4180 reader of its own.
    private func read(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell = ""
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where scalars.first == "\"":
                scalars.removeFirst()
                cell.unicodeScalars.append("\"")
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                row.append(cell)
                cell = ""
            case ("\r", false) where scalars.first == "\n":
                scalars.removeFirst()
                rows.append(row + [cell])
                row = []
                cell = ""
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}
