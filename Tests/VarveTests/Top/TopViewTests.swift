import HistoryModel
import Microsandbox
import Testing

@testable import varve

@Suite("The screen of varve top")
struct TopViewTests {
    /// Three runs, read twice, a second apart.
    private var board: LiveBoard {
        func slots(_ seconds: Double) -> [LiveReading] {
            let time = Int64(seconds)
            return [
                .some(
                    0, "web", limit: 1 << 29,
                    sample: .at(
                        seconds, cpu: 15_000 * time, memory: 300 << 20,
                        disk: (time << 20, 0), net: (time * 10, time * 20))),
                .some(1, "日本\u{1b}[31m", sample: .at(-60, cpu: 100, memory: 5 << 20)),
                .some(2, "gone", state: .crashed, sample: .at(1, cpu: 100)),
                .some(3, "fresh"),
            ]
        }
        return LiveBoard(of: .some, (1, [slots(1)]), (2, [slots(2)]))
    }

    private func text(
        _ columns: Int, _ rows: Int, _ state: TopState = TopState(), board: LiveBoard? = nil,
        usesColour: Bool = false
    ) -> String {
        let board = board ?? self.board
        let view = TopView(
            subject: board.subject, interval: .seconds(1),
            size: WindowSize(columns: columns, rows: rows), usesColour: usesColour, zone: .utc)
        return view.lines(of: board, state).joined(separator: "\n")
    }

    @Test func `a wide window shows all`() {
        #expect(
            text(200, 12) == """
                varve top  2026-11-23 12:00:02 +00:00  /varve-x  every 1.0s by cpu
                2 running, 1 stalled, 1 crashed  CPU 300.0 %  memory 300.0 MiB  disk R 1.0 MiB/s W \
                0 B/s  net RX 10 B/s TX 20 B/s

                SANDBOX           RUN      PID  STATE     UPTIME       CPU      MEMORY       LIMIT \
                      DISK R       DISK W       NET RX       NET TX     AGE                        \
                                        CPU SO FAR
                web                 1      100  running   1h 00m   300.0 %   300.0 MiB   512.0 MiB \
                   1.0 MiB/s        0 B/s       10 B/s       20 B/s     0ms                        \
                                                ▅█
                日本\\u{1b}[31m      2      101  stalled   1h 00m     1.0 %     5.0 MiB           -  \
                          -            -            -            -  1m 02s
                gone                3      102  crashed        -     1.0 %           -           - \
                           -            -            -            -    1.0s
                fresh               4      103  running   1h 00m         -           -           - \
                           -            -            -            -       -



                q quit  h help  sort: c m d n s u  r reverse
                """)
    }

    @Test func `a narrow window shows what matters most`() {
        #expect(
            text(60, 14) == """
                varve top  2026-11-23 12:00:02 +00:00  /varve-x
                every 1.0s by cpu
                2 running, 1 stalled, 1 crashed  CPU 300.0 %
                memory 300.0 MiB  disk R 1.0 MiB/s W 0 B/s
                net RX 10 B/s TX 20 B/s

                SANDBOX         STATE         CPU      MEMORY     CPU SO FAR
                web             running   300.0 %   300.0 MiB             ▅█
                日本\\u{1b}[31m  stalled     1.0 %     5.0 MiB
                gone            crashed     1.0 %           -
                fresh           running         -           -


                q quit  h help  sort: c m d n s u  r reverse
                """)
    }

    @Test func `what is sorted by stays in a narrow window`() {
        #expect(
            text(60, 14, TopState(order: .net, isReversed: true)) == """
                varve top  2026-11-23 12:00:02 +00:00  /varve-x
                every 1.0s by net, reversed
                2 running, 1 stalled, 1 crashed  CPU 300.0 %
                memory 300.0 MiB  disk R 1.0 MiB/s W 0 B/s
                net RX 10 B/s TX 20 B/s

                SANDBOX            CPU      MEMORY       NET RX       NET TX
                web            300.0 %   300.0 MiB       10 B/s       20 B/s
                日本\\u{1b}[…     1.0 %     5.0 MiB            -            -
                gone             1.0 %           -            -            -
                fresh                -           -            -            -


                q quit  h help  sort: c m d n s u  r reverse
                """)
    }

    @Test func `what does not fit is scrolled to, and it is said where one is`() {
        #expect(
            text(60, 10, TopState(order: .name, offset: 2)) == """
                varve top  2026-11-23 12:00:02 +00:00  /varve-x
                every 1.0s by name
                2 running, 1 stalled, 1 crashed  CPU 300.0 %
                memory 300.0 MiB  disk R 1.0 MiB/s W 0 B/s
                net RX 10 B/s TX 20 B/s
                SANDBOX         STATE         CPU      MEMORY     CPU SO FAR
                gone            crashed     1.0 %           -
                web             running   300.0 %   300.0 MiB             ▅█
                日本\\u{1b}[31m  stalled     1.0 %     5.0 MiB
                2-4 of 4  q quit  h help  sort: c m d n s u  r reverse
                """)
    }

    @Test func `a registry that cannot be read is said, in as many lines as it takes`() {
        var board = board
        board.take([
            LiveSnapshot(
                at: .at(3), problem: "registry /varve-x is cut short: it has 3 bytes and needs 256")
        ])
        #expect(
            text(50, 9, board: board) == """
                varve top  2026-11-23 12:00:03 +00:00  /varve-x
                every 1.0s by cpu
                registry /varve-x is cut short: it has 3 bytes and
                needs 256
                0 running, 0 stalled, 0 crashed



                q quit  h help  sort: c m d n s u  r reverse
                """)
    }

    @Test func `the help fits a small terminal`() {
        let help = text(60, 24, TopState(showsHelp: true))
        #expect(help.hasPrefix("varve top: what runs now\n"))
        #expect(help.hasSuffix("\nAny key leads back."))
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 60 })
    }

    @Test func `microsandbox's sandboxes are shown as it shows them, of all registries`() {
        let homes = LiveSubject.microsandbox([MicrosandboxHome(path: "/h\u{1b}")])
        func sample(_ seconds: Double) -> Sample {
            .at(
                seconds, cpu: 5_000, memory: 300 << 20, disk: (Int64(seconds) << 20, 0),
                net: (0, 0))
        }
        let old = [LiveReading.some(0, "gone", state: .crashed, sample: .at(1, cpu: 100))]
        var board = LiveBoard(
            of: homes, (1, [[.some(0, "web", limit: 1 << 29, sample: sample(1))], [], old]),
            (2, [[.some(0, "web", limit: 1 << 29, sample: sample(2))], [], old]))
        #expect(
            text(120, 8, board: board) == """
                varve top  2026-11-23 12:00:02 +00:00  /h\\u{1b}  every 1.0s by cpu
                1 running, 0 stalled, 1 crashed  CPU 50.0 %  memory 300.0 MiB  disk R 1.0 MiB/s W 0 B/s
                net RX 0 B/s TX 0 B/s
                NAME  STATE          CPU                    MEM                 DISK R/W           \
                     NET RX/TX   UPTIME    CPU SO FAR
                web   running       0.50  300.0 MiB / 512.0 MiB          1.0 MiB/s 0 B/s           \
                   0 B/s 0 B/s   1h 00m            ▅▅
                gone  exited        0.01                      -                      - -           \
                           - -        -

                q quit  h help  sort: c m d n s u  r reverse
                """)
        #expect(text(60, 30, TopState(showsHelp: true), board: board).contains("CPU: cores, of"))
        board.take((1...3).map { _ in LiveSnapshot(at: .at(3), problem: "-", isMissing: true) })
        #expect(
            text(120, 8, board: board).contains(
                "microsandbox has no registry of /h\\u{1b} now: nothing runs, or what runs is"))
        board.take([
            LiveSnapshot(at: .at(4), problem: "-", isMissing: true),
            LiveSnapshot(at: .at(4), problem: "it is another user's"),
            LiveSnapshot(at: .at(4), slots: old),
        ])
        #expect(text(120, 8, board: board).contains("it is another user's"))
        #expect(text(120, 8, board: board).contains("gone"))
    }

    @Test func `colours change no width, and are not there without being wanted`() {
        let plain = text(120, 12)
        let coloured = text(120, 12, usesColour: true)
        #expect(!plain.contains("\u{1b}") && coloured.contains("\u{1b}[1mvarve top"))
        #expect(coloured.contains("\u{1b}[31mcrashed\u{1b}[0m"))
        #expect(coloured.replacing(/\u{1b}\[[0-9]+m/, with: "") == plain)
    }

    @Test func `no window is too small, and no line wider than it`() {
        var checked = 0
        for columns in Array(0...30) + [59, 60, 80, 100, 131, 200, 500] {
            for rows in 0...14 {
                for state in [TopState(), TopState(showsHelp: true), TopState(offset: 99)] {
                    let lines = text(columns, rows, state).split(
                        separator: "\n", omittingEmptySubsequences: false)
                    #expect(rows == 0 || columns == 0 || lines.count <= rows)
                    #expect(lines.allSatisfy { $0.displayWidth <= columns })
                    checked += lines.count
                }
            }
        }
        #expect(checked > 1_000)
    }

    @Test(
        "the last values are a line of blocks, one core high unless one is higher",
        arguments: [
            ([0, 5_000, 10_000], "▁▅█"), ([0, 1], "▁▁"), ([40_000, 10_000, nil, 0], "█▃ ▁"),
            ([], ""), ([.max, -5, 0], "█▁▁"),
        ] as [([Int64?], String)])
    func sparkline(values: [Int64?], text: String) {
        #expect(LiveSparkline.text(of: values) == text)
    }
}
