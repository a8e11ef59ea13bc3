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
            try print(rows, on: .plain(columns: 41)) == """
                RUN  SANDBOX       PEAK MEM  REASON
                  1  a-very-long…  47.7 MiB  MaxDuration…

                """)
    }

    @Test("where there is no room at all, the least important columns are left out, and named")
    func noRoom() throws {
        let rows = [row("1", "a-very-long-sandbox-name", "47.7 MiB", "MaxDurationExceeded")]
        #expect(
            try print(rows, on: .plain(columns: 40)) == """
                RUN  SANDBOX                   PEAK MEM
                  1  a-very-long-sandbox-name  47.7 MiB
                no room for 1 column; --format csv has …

                """)
        #expect(
            try print(rows, on: .plain(columns: 10)) == """
                RUN
                  1
                no room f…

                """)
        var columns = Self.columns
        columns[3].priority = 2
        columns[2].priority = 1
        var table = TableWriter(columns: columns)
        table.add(rows[0])
        let sink = MemorySink()
        try table.write(to: sink, on: .plain(columns: 60))
        #expect(!sink.text.contains("no room"))
        let narrow = MemorySink()
        try table.write(to: narrow, on: .coloured(columns: 50))
        #expect(!narrow.text.contains("no room"))
        let narrowest = MemorySink()
        try table.write(to: narrowest, on: .plain(columns: 32))
        #expect(
            narrowest.text == """
                RUN  PEAK MEM  REASON
                  1  47.7 MiB  MaxDurationExcee…
                no room for 1 column; --format …

                """)
    }

    @Test("a column in which nothing stands goes before all others")
    func blankColumns() throws {
        var columns = Self.columns
        columns[2].priority = 9
        var table = TableWriter(columns: columns)
        table.add(row("1", "web", "-", "Completed"))
        let sink = MemorySink()
        try table.write(to: sink, on: .plain(columns: 24))
        #expect(
            sink.text == """
                RUN  SANDBOX  REASON
                  1  web      Completed
                no room for 1 column; -…

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
        // In the narrowest one of the columns has no room, which a line says.
        #expect(lines.count == (columns <= 40 ? 203 : 202))
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
