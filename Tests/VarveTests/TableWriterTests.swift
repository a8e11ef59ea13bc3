import HistoryModel
import Testing

@testable import varve

@Suite("Tables")
struct TableWriterTests {
    static let columns: [TableWriter.Column] = [
        .init(heading: "RUN", alignment: .right, isElastic: false),
        .init(heading: "SANDBOX", alignment: .left, isElastic: true),
        .init(heading: "PEAK MEM", alignment: .right, isElastic: false),
        .init(heading: "REASON", alignment: .left, isElastic: true),
    ]

    private func print(_ rows: [[TableWriter.Cell]], on terminal: Terminal) throws -> String {
        var table = TableWriter(columns: Self.columns)
        for row in rows { table.add(row) }
        let sink = MemorySink()
        try table.write(to: sink, on: terminal)
        return sink.text
    }

    private func row(_ texts: String...) -> [TableWriter.Cell] {
        texts.map { TableWriter.Cell($0) }
    }

    @Test("columns are aligned, and no line ends in spaces")
    func aligned() throws {
        let text = try print(
            [
                row("1", "web", "47.7 MiB", "Completed"), row("12", "データ", "512 B", ""),
                row("", "", "", "x"),
            ],
            on: .none)
        #expect(
            text == """
                RUN  SANDBOX  PEAK MEM  REASON
                  1  web      47.7 MiB  Completed
                 12  データ      512 B
                                        x

                """)
    }

    @Test("no rows print nothing")
    func empty() throws {
        #expect(try print([], on: .plain(columns: 80)) == "")
    }

    @Test("the widest elastic column gives way to a narrow terminal, a pipe gets all")
    func narrow() throws {
        let rows = [row("1", "a-very-long-sandbox-name", "47.7 MiB", "MaxDurationExceeded")]
        #expect(
            try print(rows, on: .none) == """
                RUN  SANDBOX                   PEAK MEM  REASON
                  1  a-very-long-sandbox-name  47.7 MiB  MaxDurationExceeded

                """)
        #expect(
            try print(rows, on: .plain(columns: 50)) == """
                RUN  SANDBOX           PEAK MEM  REASON
                  1  a-very-long-san…  47.7 MiB  MaxDurationExcee…

                """)
        #expect(
            try print(rows, on: .plain(columns: 10)) == """
                RUN  SANDBOX   PEAK MEM  REASON
                  1  a-very-…  47.7 MiB  MaxDura…

                """)
    }

    @Test(
        "every line fits into every width that leaves room", arguments: [35, 40, 47, 60, 80, 200])
    func fits(columns: Int) throws {
        var random = SeededRandom(seed: UInt64(columns))
        let rows = (0..<200).map { _ in
            row("7", random.text() + random.text(), "1.0 GiB", random.text() + random.text())
        }
        let lines = try print(rows, on: .plain(columns: columns))
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 202)
        for line in lines {
            #expect(line.displayWidth <= columns)
            #expect(line.unicodeScalars.allSatisfy { !$0.isUnsafeToDisplay })
        }
    }

    @Test("hostile names are shown, not obeyed")
    func hostile() throws {
        let text = try print(
            [row("1", "\u{1b}[2Jx\u{202e}y\n", "1 B", "<script>")], on: .plain(columns: 80))
        #expect(
            text == """
                RUN  SANDBOX                PEAK MEM  REASON
                  1  \\u{1b}[2Jx\\u{202e}y\\n       1 B  <script>

                """)
    }

    @Test("colour stands around the text only, and is no part of its width")
    func colours() throws {
        let rows =
            [
                [
                    .init("1"), .init("web", style: .good), .init("1 B"),
                    .init("Failed", style: .bad),
                ],
                [.init("2"), .init("database"), .init("-", style: .dim), .init("")],
            ] as [[TableWriter.Cell]]
        let text = try print(rows, on: .coloured())
        #expect(
            text.replacing("\u{1b}", with: "^") == """
                ^[1mRUN^[0m  ^[1mSANDBOX^[0m   ^[1mPEAK MEM^[0m  ^[1mREASON^[0m
                  1  ^[32mweb^[0m            1 B  ^[31mFailed^[0m
                  2  database         ^[2m-^[0m

                """)
        let plain = try print(rows, on: .plain(columns: 200))
        var stripped = text
        for code in ["[1m", "[2m", "[31m", "[32m", "[0m"] {
            stripped = stripped.replacing("\u{1b}" + code, with: "")
        }
        #expect(stripped == plain)
    }
}
