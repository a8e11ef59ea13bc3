import HistoryModel
import Testing

@Suite("Text from outside on a terminal")
struct DisplayTests {
    @Test(
        "what could fool a terminal or a reader is escaped",
        arguments: [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "\\u{1b}[31mred\\u{1b}]0;title\\u{7}"),
            ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("a\r\nb", "a\\r\\nb"), ("\u{0}", "\\u{0}"),
            ("\u{7f}\u{80}\u{9b}31m\u{9f}", "\\u{7f}\\u{80}\\u{9b}31m\\u{9f}"),
            ("exe.\u{202e}gpj", "exe.\\u{202e}gpj"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
            ("\u{2028}\u{2029}\u{85}", "\\u{2028}\\u{2029}\\u{85}"),
            ("a\u{200b}b\u{feff}\u{ad}", "a\\u{200b}b\\u{feff}\\u{ad}"),
            ("\u{e0041}", "\\u{e0041}"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("می‌خواهم", "می‌خواهم"),
            ("é日本", "é日本"), ("C:\\new", "C:\\new"), ("<script>=cmd()", "<script>=cmd()"),
        ])
    func escapes(text: String, shown: String) {
        #expect(text.escapedForDisplay == shown)
    }

    @Test("of all characters, none that moves a terminal is left")
    func allScalars() {
        var seen = 0
        for scalar in (UInt32(0)...0x10ffff).lazy.compactMap(Unicode.Scalar.init) {
            let shown = String(scalar).escapedForDisplay
            if shown != String(scalar) {
                #expect(shown.utf8.allSatisfy { (0x20..<0x7f).contains($0) })
                seen += 1
            }
        }
        #expect(seen > 65 + 20)
    }

    @Test(
        "a width is counted in columns",
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｶﾅ", 2), ("ＡＢ", 4),
            ("한국", 4), ("\u{1112}\u{1161}\u{11ab}", 2), ("🙂", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2),
            ("❤", 1),
            ("…", 1), ("─", 1), ("\u{301}", 0), ("👍🏽", 2), ("क्ष", 2),
        ] as [(String, Int)])
    func widths(text: String, columns: Int) {
        #expect(text.displayWidth == columns)
    }

    @Test(
        "a text that is too long ends in an ellipsis and keeps to its width",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""),
            ("abcdef", -3, ""), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
            ("日本語", 2, "…"), ("ee\u{301}e", 3, "ee\u{301}e"), ("👩‍👩‍👧x👩‍👩‍👧", 4, "👩‍👩‍👧x…"), ("", 0, ""),
        ] as [(String, Int, String)])
    func truncates(text: String, width: Int, shown: String) {
        #expect(text.truncated(toWidth: width) == shown)
        #expect(shown.displayWidth <= max(0, width))
    }

    @Test("random text keeps to every width")
    func fuzz() {
        var random = SeededRandom(seed: 0x5eed_0006)
        var cut = 0
        for _ in 0..<5000 {
            let text = random.text(of: "aé日한🙂👩‍👩‍👧\u{301}\u{200d}\u{fe0f}\u{1b}\n\u{202e}🇩🇪")
                .escapedForDisplay
            let width = Int.random(in: 0...30, using: &random)
            let shown = text.truncated(toWidth: width)
            #expect(shown.displayWidth <= width)
            if shown != text { cut += 1 }
        }
        #expect(cut > 1000, "seed 0x5eed0006")
    }

    @Test(
        "a command is shown as a shell would take it",
        arguments: [
            ([], ""), (["true"], "true"), (["sh", "-c", "exit 3"], "sh -c 'exit 3'"),
            (["echo", "", "it's"], "echo '' 'it'\\''s'"), (["echo", "'"], "echo ''\\'''"),
            (["A=1", "b=2", "=ls"], "'A=1' b=2 '=ls'"),
            (["echo", "$HOME", "*", "~", "日"], "echo '$HOME' '*' '~' '日'"),
            (["printf", "a\nb\t\u{1b}[0m'\\"], "printf $'a\\nb\\t\\x1b[0m\\'\\\\'"),
            (["x", "\u{202e}\u{e0041}\u{85}"], "x $'\\u202e\\U000e0041\\u0085'"),
        ] as [([String], String)])
    func commands(arguments: [String], shown: String) {
        #expect(CommandLineText.quoted(arguments) == shown)
    }
}
