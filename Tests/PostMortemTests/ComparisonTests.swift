import HistoryModel
import HistoryStore
import Testing

@testable import PostMortem

/// Two runs side by side.
struct ComparisonTests {
    private static let oomDetail = OOMKillText.counted(1, in: "/web", notBefore: .noon(238_900))

    private static func slow() -> MadeCase {
        MadeCase(seconds: 240, signal: 9).peak(2_048).event(.oomKill, at: 239_900, oomDetail).with {
            $0.run.id = RunID(rawValue: 23)
            $0.run.usage.cpuTimeNanoseconds = 300_000_000_000
            $0.run.memoryLimitBytes = 2 << 30
        }.history(24) { .init(cpu: 9_000, memory: Int64($0) * 80 << 20) }
    }

    private static func quick() -> MadeCase {
        MadeCase(code: 0).peak(204).with {
            $0.run.usage.cpuTimeNanoseconds = 90_000_000_000
            $0.run.memoryLimitBytes = 2 << 30
        }.history(10) { _ in .init(cpu: 9_500, memory: 200 << 20) }
    }

    private static func compare(_ one: MadeCase, _ other: MadeCase) -> RunComparison {
        RunComparison(one.postMortem, other.postMortem)
    }

    @Test func `what differs is said in one sentence`() {
        #expect(
            Self.compare(Self.quick(), Self.slow()).sentence
                == "The second took 2.4 times as long and 1.8 GiB more memory, and used 3m 30s more "
                + "CPU time; it ended by SIGKILL, the first with exit code 0.")
        #expect(
            Self.compare(Self.slow(), Self.quick()).sentence
                == "The second was 2.4 times as fast with 1.8 GiB less memory, and used 3m 30s less "
                + "CPU time; it ended with exit code 0, the first by SIGKILL.")
    }

    @Test func `a run that died early was not fast`() {
        let dead = MadeCase(seconds: 20, signal: 11).peak(204)
        #expect(
            Self.compare(Self.quick(), dead).sentence.hasPrefix("The second took 80 % less time"))
        let done = MadeCase(seconds: 20, code: 0).peak(204)
        #expect(
            Self.compare(Self.quick(), done).sentence.hasPrefix("The second was 5.0 times as fast"))
    }

    @Test func `noise is not worth a word`() {
        let noisy = Self.quick().with {
            $0.run.duration = .milliseconds(104_000)
            $0.run.usage.memoryMaxBytes = 210 << 20
        }
        let comparison = Self.compare(Self.quick(), noisy)
        #expect(
            comparison.sentence
                == "The two differ by no more than runs of the same program do; both ended with exit "
                + "code 0.")
        #expect(!comparison.figures.contains { $0.isDifferent })
        // It is told in figures all the same.
        #expect(comparison.figures.first { $0.key == "duration_ms" }?.difference == 4_000)
    }

    @Test func `a run that goes on is compared as far as it has come`() {
        let sentence = Self.compare(Self.quick(), .running(seconds: 400)).sentence
        #expect(
            sentence == "The second took 4.0 times as long; it still runs, the first ended with "
                + "exit code 0.")
    }

    @Test func `what one of them does not know is absent, never zero`() {
        let bare = MadeCase(code: 0)
        let comparison = Self.compare(bare, Self.quick())
        let memory = comparison.figures.first { $0.key == "memory_max_bytes" }
        #expect(memory?.first == nil && memory?.second == 204 << 20)
        #expect(memory?.difference == nil && memory?.ratio == nil && memory?.isDifferent == false)
        // What neither knows is left out.
        #expect(!comparison.figures.contains { $0.key == "net_rx_bytes" })
        let lines = ComparisonPage(comparison, zone: .utc).lines.map(\.text)
        #expect(lines.contains { $0.contains("memory peak") && $0.contains(" -  ") })
    }

    @Test func `the page of a case that was made up`() {
        let page = ComparisonPage(Self.compare(Self.quick(), Self.slow()), zone: .utc)
        let text = page.lines.map(\.text).joined(separator: "\n")
        #expect(text == Self.golden)
        #expect(page.lines.allSatisfy { $0.text.displayWidth <= 80 })
    }

    private static let golden = """
        Run 23 compared with run 17

        The second took 2.4 times as long and 1.8 GiB more memory, and used 3m 30s more
        CPU time; it ended by SIGKILL, the first with exit code 0.

        The two runs
                   FIRST                              SECOND
          run      17                                 23
          sandbox  web                                web
          started  2026-11-23 12:00:00 +00:00         2026-11-23 12:00:00 +00:00
          ended    exit code 0 (its supervisor wait…  SIGKILL (its supervisor waited fo…
          command  serve --port 80                    serve --port 80

        Figures
          * differs by more than runs of the same program do.
                                 FIRST   SECOND  DIFFERENCE  RATIO
          duration              1m 40s   4m 00s     +2m 20s   2.4×  *
          CPU time              1m 30s   5m 00s     +3m 30s   3.3×  *
          CPU average           90.0 %  125.0 %     +35.0 %   1.4×  *
          memory peak        204.0 MiB  2.0 GiB    +1.8 GiB    10×  *
          memory limit         2.0 GiB  2.0 GiB        same   1.0×
          peak of the limit     10.0 %  100.0 %     +90.0 %    10×  *
          samples                  100      240        +140   2.4×
          gaps                       0        0        same      -
          without data             0ms      0ms        same      -
          events                     0        1          +1      -

        Both from their start, on one scale
          CPU 1      █████████████████████                              max 95 %
          CPU 2      ██████████████████████████████████████████████████ max 90 %
          memory 1   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁                              max 200.0 MiB
          memory 2   ▁▁▁▁▁▁▂▂▂▂▂▂▃▃▃▃▃▃▄▄▄▄▄▄▄▅▅▅▅▅▅▆▆▆▆▆▆▇▇▇▇▇▇███████ max 1.8 GiB
          disk 1     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁                              max 0 B/s
          disk 2     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ max 0 B/s
          network 1  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁                              max 0 B/s
          network 2  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ max 0 B/s
                     start                                      +4m 00s

        Why they ended
          First: It completed. (certain)
          Second: It was killed by the kernel's OOM killer; its memory was at 100 % of
          its memory limit. (certain)

        What happened
          EVENT     FIRST  SECOND
          oom_kill  -      after 3m 59s
        """

    @Test(arguments: 0..<200)
    func `no two runs bring it down, and no line is too wide`(seed: UInt64) {
        var random = Seeded(state: seed &* 0x9e37_79b9_7f4a_7c15 | 1)
        func made() -> MadeCase {
            MadeCase(
                seconds: Int64(random.next() % 500), code: random.next() % 2 == 0 ? 1 : nil,
                signal: random.next() % 3 == 0 ? Int32(truncatingIfNeeded: random.next()) : nil
            ).history(Int(random.next() % 30) + 1) { _ in
                .init(cpu: random.extreme(), memory: random.extreme(), disk: 5, net: nil)
            }.with { file in
                file.run.sandbox = "x\u{1b}[2J|<b>\u{202e}\n" + String(repeating: "長", count: 70)
                file.run.labels = ["a|b": "<script>"]
                file.run.command = nil
                file.run.startedAt = .init(unixMilliseconds: random.extreme())
                file.run.terminatedAt =
                    random.next() % 4 == 0 ? nil : .init(unixMilliseconds: random.extreme())
                file.run.duration = random.next() % 3 == 0 ? nil : .nanoseconds(random.extreme())
                file.run.memoryLimitBytes = random.next() % 3 == 0 ? nil : random.extreme()
                file.run.usage.cpuTimeNanoseconds = random.extreme()
                file.run.usage.memoryMaxBytes = random.next() % 2 == 0 ? random.extreme() : nil
                file.run.usage.diskReadBytes = random.extreme()
                file.run.usage.netTxBytes = random.next() % 2 == 0 ? random.extreme() : nil
                file.history.gaps = [
                    .init(
                        from: .init(unixMilliseconds: random.extreme()),
                        to: .init(unixMilliseconds: random.extreme()), reason: .stalled)
                ]
                file.events = [
                    LifecycleEvent(
                        .init(rawValue: "\u{1b}<i>"),
                        at: .init(unixMilliseconds: random.extreme()), seenBy: .recorder)
                ]
            }
        }
        let comparison = Self.compare(made(), made())
        for width in [0, 60, 80, 200] {
            let lines = ComparisonPage(comparison, width: width, zone: .utc).lines
            #expect(lines.count > 20)
            for line in lines {
                #expect(line.text.displayWidth <= max(60, width), "seed \(seed): \(line.text)")
                #expect(!line.text.unicodeScalars.contains { $0.isUnsafeToDisplay })
            }
        }
        let markdown = ComparisonPage.markdown(comparison)
        #expect(!markdown.contains("<b>") && !markdown.contains("\u{1b}"))
        let html = ComparisonBrowserPage(of: comparison, in: .utc).html.markup
        #expect(!html.contains("<b>\u{202e}") && !html.contains("\u{1b}"))
        for figure in comparison.figures {
            if let first = figure.first, let second = figure.second {
                let exact = Int128(second) - Int128(first)
                #expect(figure.difference == Int64(clamping: exact))
            }
        }
    }
}

/// SplitMix64, seeded.
struct Seeded {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// An integer that hostile rows like to have.
    mutating func extreme() -> Int64 {
        let choices: [Int64] = [
            .min, .max, 0, 1, -1, .max - 1, 1 << 53, Timestamp.noon.unixMilliseconds,
            Int64(truncatingIfNeeded: next()), Int64(next() % 100_000),
        ]
        return choices[Int(next() % UInt64(choices.count))]
    }
}
