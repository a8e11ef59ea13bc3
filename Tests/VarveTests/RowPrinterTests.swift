import HistoryModel
import Testing

@testable import varve

struct RowPrinterTests {
    @Test(
        arguments: [
            (["a", "b"], ["a", "b"]), (["a", "a", "a"], ["a", "a_2", "a_3"]),
            (["a", "a", "a_2"], ["a", "a_3", "a_2"]), (["", ""], ["", "_2"]), ([], []),
        ] as [([String], [String])])
    func `names of columns become keys, each once`(names: [String], keys: [String]) {
        let distinct = RowPrinter<MemorySink>.distinct(names)
        #expect(distinct == keys)
        #expect(Set(distinct).count == names.count)
    }

    @Test func `an excerpt shows the line with the fault, as wide as there is room`() {
        #expect(
            StatementExcerpt(of: "SELECT x", at: 7, width: 80).text == """
                  1 | SELECT x
                    |        ^

                """)
        #expect(
            StatementExcerpt(of: "SELECT '沙箱',\n\t\u{1b} x", at: 20, width: 80).text == """
                  2 | \\t\\u{1b} x
                    |          ^

                """)
        let long = String(repeating: "a", count: 500) + "x" + String(repeating: "b", count: 500)
        #expect(
            StatementExcerpt(of: long, at: 500, width: 40).text == """
                  1 | …aaaaaaaaaaaaaaaaxbbbbbbbbbbbbbbb…
                    |                  ^

                """)
    }

    @Test(arguments: (1...50).map { UInt64($0) })
    func `no offset and no statement makes an excerpt fail`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let characters: [Character] = ["a", "\n", "é", "🦜", "\u{1b}", " ", "\r\n"]
        let text = String(
            (0..<Int.random(in: 0...40, using: &random)).map { _ in
                characters.randomElement(using: &random) ?? " "
            })
        for offset in [-1, 0, text.utf8.count, .max, Int.random(in: 0...60, using: &random)] {
            let excerpt = StatementExcerpt(
                of: text, at: offset, width: Int.random(in: 0...90, using: &random)
            ).text
            #expect(excerpt.split(separator: "\n").count == 2, "seed \(seed)")
            #expect(excerpt.hasSuffix("^\n"))
        }
    }
}
