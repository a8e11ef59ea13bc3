import HistoryModel
import Testing

@testable import PostMortem

struct ResourceRuleTests {
    @Test func `a full disk is certain with an event and a complaint, likely with one of them`() {
        let said = MadeCase(code: 1).stderr("dd: error writing 'x': No space left on device\n")
        #expect(said.postMortem.verdict.cause == .diskFull)
        #expect(said.postMortem.verdict.certainty == .likely)
        let seen = MadeCase(code: 1).event(.diskFull, "no room on /data")
        #expect(seen.postMortem.verdict.certainty == .likely)
        let both = said.event(.diskFull, "no room on /data").postMortem
        #expect(both.verdict.cause == .diskFull && both.verdict.certainty == .certain)
    }

    @Test func `a full disk that was survived, or came beside a kill, is no cause`() {
        let survived = MadeCase(code: 0).event(.diskFull).postMortem
        #expect(survived.verdict.cause == .completed)
        #expect(survived.finding(.diskFull)?.weight == .warning)
        let killed = MadeCase(signal: 9).stderr("No space left on device").postMortem
        #expect(killed.verdict.cause == .killed)
        #expect(!MadeCase(code: 1).stderr("all is well").postMortem.kinds.contains(.diskFull))
    }

    @Test(arguments: [
        "Error: ENOSPC: System limit for number of file watchers reached, watch '/src'",
        "inotify_add_watch: No space left on device",
        "Failed to watch /var/log: No space left on device",
    ])
    func `used up watches of files are no full disk`(line: String) {
        let postMortem = MadeCase(code: 1).stderr(line).postMortem
        #expect(postMortem.verdict.cause == .exited)
        #expect(!postMortem.kinds.contains(.diskFull))
        // They hide no disk that is full as well.
        let both = MadeCase(code: 1).stderr("cp: No space left on device\n" + line).postMortem
        #expect(both.verdict.cause == .diskFull)
    }

    @Test func `a writable layer without room counts as seen`() {
        func made(_ free: Int64) -> MadeCase {
            MadeCase(code: 1).moments(5) { _ in .init() }.with { file in
                file.moments[4].upperFreeBytes = free
                file.moments[4].upperUsedBytes = 1 << 30
            }
        }
        #expect(made(0).postMortem.verdict.cause == .diskFull)
        #expect(!made(1 << 30).postMortem.kinds.contains(.diskFull))
    }

    @Test func `a refused process is told as surely as it is known`() {
        let both = MadeCase(code: 2).event(.processLimit, "refused 3 new processes")
            .stderr("sh: 1: Cannot fork\n").postMortem
        #expect(both.verdict.cause == .processLimit && both.verdict.certainty == .certain)
        let said = MadeCase(code: 2).stderr("sh: 1: Cannot fork\n").postMortem
        #expect(said.verdict.cause == .processLimit && said.verdict.certainty == .likely)
        let vague = MadeCase(code: 2).stderr("recv: Resource temporarily unavailable\n").postMortem
        #expect(vague.verdict.cause == .exited)
        #expect(vague.finding(.processLimit)?.certainty == .possible)
        #expect(!MadeCase(code: 2).postMortem.kinds.contains(.processLimit))
        func refused(at seen: Int64, notBefore: Int64) -> PostMortem {
            MadeCase(code: 2).event(
                .processLimit, at: seen, EventBound.after(.noon(notBefore), "refused a new process")
            ).postMortem
        }
        let atEnd = refused(at: 99_990, notBefore: 99_000).verdict
        #expect(atEnd.cause == .processLimit && atEnd.certainty == .certain)
        let before = refused(at: 40_000, notBefore: 39_000)
        #expect(before.verdict.cause == .exited)
        #expect(before.finding(.processLimit)?.certainty == .possible)
    }

    @Test func `the last lines are quoted, escaped and cut, and the line of trouble before them`() {
        let text =
            "fatal: \u{1b}[31mred\u{1b}[0m\r\n\n  a\nb\nc\n" + String(repeating: "x", count: 500)
        let finding = MadeCase(code: 1).stderr(text).postMortem.finding(.errorOutput)
        let lines = finding?.evidence.map { $0.value.text(in: .utc) } ?? []
        #expect(lines.count == 4)
        #expect(lines[0] == "fatal: \\u{1b}[31mred\\u{1b}[0m")
        #expect(Array(lines[1...2]) == ["b", "c"])
        #expect(lines[3].displayWidth == Threshold.quotedWidth)
        #expect(finding?.weight == .warning)
        #expect(MadeCase(code: 0).stderr("hello").postMortem.finding(.errorOutput)?.weight == .note)
        #expect(!MadeCase(code: 1).stderr("\n \n").postMortem.kinds.contains(.errorOutput))
    }

    @Test func `the kernel of a guest tells of its OOM killer on its console only`() {
        let line = "Out of memory: Killed process 7 (java)"
        let guest = MadeCase(code: 1).stderr(line, named: "kernel.log").postMortem
        #expect(guest.verdict.cause == .oomKill && guest.verdict.certainty == .likely)
        let program = MadeCase(code: 1).stderr(line).postMortem
        #expect(!program.kinds.contains(.oomKill))
    }
}
