import HistoryModel
import Testing

@testable import PostMortem

/// The exact page and document of a case that was made up.
struct PageTests {
    private static let made = MadeCase(seconds: 100, signal: 9)
        .with {
            $0.run.sandbox = "web\u{1b}[2J"
            $0.run.labels = ["team": "blue", "a|b": "<script>"]
        }
        .memoryLimit(100, .cgroup).peak(99)
        .history(20) { .init(cpu: 2_500, memory: Int64(5 + $0 * 5) << 20, disk: 4_096 << 4) }
        .moments(6) { .init(cpu: 5_000, memory: Int64(94 + $0) << 20, disk: 1 << 20, net: nil) }
        .event(.reserved, at: 0).event(.stalled, at: 40_000, seenBy: .recorder)
        .event(.resumed, at: 45_000, seenBy: .recorder)
        .event(.killed, at: 100_000, "SIGKILL")
        .stderr("starting\n[x](http://evil) `rm` <b>\n")
        .gap(.stalled, from: 40_000, to: 45_000)

    @Test func `the page on 80 columns`() {
        let page = PostMortemPage(Self.made.postMortem, width: 80, zone: .utc)
        #expect(page.lines.map(\.text).joined(separator: "\n") == Self.page)
    }

    @Test(arguments: [0, 60, 61, 79, 80, 100, 133, 200, 500])
    func `no line is wider than the terminal`(width: Int) {
        for end in EndTests.ends.map(\.made) + [Self.made] {
            let page = PostMortemPage(end.postMortem, width: width, zone: .utc)
            let widest = page.lines.map(\.text.displayWidth).max() ?? 0
            #expect(widest <= min(200, max(60, width)))
            #expect(page.lines.count < 70)
        }
    }

    @Test func `the document holds nothing that Markdown or HTML would follow`() {
        let text = MarkdownDocument(Self.made.postMortem).text
        #expect(text.hasPrefix("# Run 17 of web\\\\u\\{1b\\}\\[2J\n\n**It was killed by SIGKILL"))
        #expect(text.contains("| Labels | a\\|b\\=&lt;script&gt;, team\\=blue |"))
        #expect(text.contains("- \\[x\\]\\(http&#58;//evil\\) \\`rm\\` &lt;b&gt;"))
        #expect(!text.contains("<") && !text.contains("\u{1b}"))
        #expect(text.contains("## What happened") && text.hasSuffix("\n"))
    }

    @Test(arguments: [
        ("1. a", "1\\. a"), ("- a", "\\- a"), ("a-b 7.0s", "a-b 7.0s"), ("# x", "\\# x"),
        ("www.evil.x", "www&#46;evil.x"), ("a@b", "a&#64;b"), ("mailto:x", "mailto&#58;x"),
        ("![i](u)", "\\!\\[i\\]\\(u\\)"), ("a\nb", "a\\\\nb"), ("&lt;", "&amp;lt;"),
    ])
    func `text is escaped for Markdown`(text: String, escaped: String) {
        #expect(Markdown.escaped(text) == escaped)
    }

    @Test func `long words are cut, and wide characters counted`() {
        #expect(Wrapping.lines("aaaaaaaaaaaa b", width: 8, indent: 2) == ["aaaaaaaa", "  aaaa b"])
        #expect(Wrapping.lines("\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}", width: 8).count == 2)
        #expect(Wrapping.lines("", width: 8) == [])
    }

    private static let page = """
        PAGE
        """
}
