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

    @Test func `what the verdict says stands there once, and its evidence below it`() {
        let made = MadeCase(signal: 9).event(.oomKill, EndTests.counted(notBefore: 99_000))
        let text = PostMortemPage(made.postMortem, width: 80, zone: .utc).lines.map(\.text)
        #expect(text.count { $0.contains("It was killed by the kernel's OOM killer") } == 1)
        #expect(
            text.contains(
                "[cause, certain] oom kill: the kernel's OOM killer killed 1 process of the")
        )
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

    @Test(.timeLimit(.minutes(1))) func `a word of a megabyte is cut in time`() {
        let lines = Wrapping.lines(String(repeating: "x", count: 1_000_000), width: 80, indent: 4)
        #expect(lines.map { $0.utf8.count { $0 == UInt8(ascii: "x") } }.reduce(0, +) == 1_000_000)
        #expect(lines.allSatisfy { $0.utf8.count <= 80 } && lines.count == 13_158)
    }

    @Test func `long words are cut, and wide characters counted`() {
        #expect(Wrapping.lines("aaaaaaaaaaaa b", width: 8, indent: 2) == ["aaaaaaaa", "  aaaa b"])
        #expect(Wrapping.lines("\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}", width: 8).count == 2)
        #expect(Wrapping.lines("", width: 8) == [])
    }

    private static let page = #"""
        Run 17 of 'web\u{1b}[2J'  a|b=<script>, team=blue
        command  serve --port 80
        started  2026-11-23 12:00:00 +00:00
        ended    2026-11-23 12:01:40 +00:00, after 1m 40s
        how      SIGKILL (its supervisor waited for it)

        It was killed by SIGKILL from an unknown sender; its memory was at 99 % of the
        limit of its cgroup, which speaks for the OOM killer.

        [cause, certain] killed: signal SIGKILL at 12:01:40 (run.exit_signal); known by
            waited (run.exit_known_by)
          -> Ask the kernel's log (dmesg) about the OOM killer at that time, then who
             may send signals there.
        [cause, likely] memory limit: limit 100.0 MiB (run.memory_limit_bytes, cgroup);
            memory at the end 99.0 MiB at 12:01:40 (final moments); share of the limit
            at the end 99.0 % at 12:01:40 (final moments); peak 99.0 MiB
            (run.memory_peak_bytes); growth over its last 5.0s 1.0 MiB/s (final moments)
          -> Give it more, at least 128.0 MiB, or look what it needs that much for.
        [warning, certain] The last that it wrote to standard error
            | starting
            | [x](http://evil) `rm` <b>
        [note, certain] Its sampler stopped writing once
            resumed resumed at 12:00:45 (event, seen by recorder); times 1 (events)

        The whole run
          CPU      ████████████████████████████████████████████████ max 25 %
          memory   ▁▁▁▁▂▂▂▂▂▃▃▃▃▃▃▃▄▄▄▄▄▅▅▅▅▅▅▅▆▆▆▆▆▇▇▇▇▇▇▇████████ max 100.0 MiB (100 …
          disk     ████████████████████████████████████████████████ max 64.0 KiB/s
          network  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ max 0 B/s
          events                      a b                         c
                   12:00:00                                12:01:40
        Its last 5.0s
          CPU      ████████████████████████████████████████████████ max 50 %
          memory   ████████████████████████████████████████████████ max 99.0 MiB (99 %)
          disk     ████████████████████████████████████████████████ max 1.0 MiB/s
          events                                                  c
                   12:01:35                                12:01:40
          a 12:00:40 stalled   b 12:00:45 resumed   c 12:01:40 killed: SIGKILL

        Its last samples
         before end      CPU     memory         disk      network
            -4.0s   50.0 %   95.0 MiB    1.0 MiB/s            -
            -3.0s   50.0 %   96.0 MiB    1.0 MiB/s            -
            -2.0s   50.0 %   97.0 MiB    1.0 MiB/s            -
            -1.0s   50.0 %   98.0 MiB    1.0 MiB/s            -
              0ms   50.0 %   99.0 MiB    1.0 MiB/s            -

        Notes
          - 1 gap without data, the last one of 5.0s at 12:00:40: stalled
        """#
}
