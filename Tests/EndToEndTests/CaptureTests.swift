import Foundation
import HistoryModel
import HistoryStore
import Testing

/// What `varve run` keeps of what a command writes to stderr.
@Suite(.serialized)
struct CaptureTests {
    let stage: Stage
    init() throws { stage = try Stage() }

    private func log() throws -> RunLog {
        let logs = try CatalogReader(path: stage.catalog).logs(of: RunID(rawValue: 1))
        try #require(logs.count == 1)
        #expect(logs[0].name == "stderr")
        return logs[0]
    }

    @Test func `stderr goes on byte for byte, and its end is kept`() async throws {
        let end = try await stage.varve(
            "run", "--quiet", "--capture-stderr", "--", "sh", "-c",
            "seq 1 40000 >&2; echo out; printf '\\377\\033[31mend' >&2; exit 4")
        #expect(end.code == 4 && end.text == "out\n")
        let expected = (1...40_000).map { "\($0)\n" }.joined()
        #expect(end.errors.hasPrefix(expected) && end.errors.hasSuffix("\u{1b}[31mend"))
        let log = try log()
        let bytes = Array(expected.utf8) + [0xff] + Array("\u{1b}[31mend".utf8)
        #expect(log.writtenBytes == Int64(bytes.count))
        #expect(log.tail == Array(bytes.suffix(65_536)))
    }

    @Test func `what a command leaves running does not hold varve up`() async throws {
        let end = try await stage.varve(
            "run", "--quiet", "--capture-stderr", "--", "sh", "-c",
            "sleep 60 & echo $! >pid; echo said >&2")
        #expect(end.code == 0 && end.errors == "said\n")
        #expect(end.milliseconds < 30_000)
        #expect(try log().tail == Array("said\n".utf8))
        try await stage.shell("kill $(cat pid)")
    }

    @Test func `without the option nothing is kept`() async throws {
        let end = try await stage.varve("run", "--quiet", "--", "sh", "-c", "echo said >&2")
        #expect(end.errors == "said\n")
        #expect(try CatalogReader(path: stage.catalog).logs(of: RunID(rawValue: 1)).isEmpty)
    }

    // MARK: A stderr that nobody reads

    /// Runs `command` with its stderr in a pipe that somebody holds and never reads.
    private func startUnread(_ options: String, _ command: String) throws -> Program {
        try stage.startShell(
            """
            mkfifo unread
            exec 3<>unread
            exec "$VARVE" run --capture-stderr \(options) -- sh -c '\(command)' 2>&3
            """)
    }

    @Test func `a signal ends a run whose stderr nobody reads`() async throws {
        // The pipes take what is written before it says so.
        let program = try startUnread(
            "", "seq 1 20000 >&2; echo at work; exec seq 1 1000000 >&2")
        try await eventually("it works") { program.output == Array("at work\n".utf8) }
        try await eventually("it is recorded") {
            (try? stage.integers("SELECT count(*) FROM run")) == [[1]]
        }
        program.signal(SIGTERM)
        let end = try await program.finish(within: .seconds(60))
        #expect(end.code == 128 + SIGTERM)
        #expect(try log().writtenBytes ?? 0 > 65_536)
    }

    @Test func `a time limit, and the command's own end, are kept though nobody reads`()
        async throws
    {
        let limited = try startUnread("--max-duration 300ms --grace 1s", "exec seq 1 1000000 >&2")
        _ = try await limited.finish(within: .seconds(60))
        #expect(try await stage.runs()[0]["termination_reason"] == "MaxDurationExceeded")

        // What it writes is taken, by the pipe and by the tap; and then nobody reads it.
        let another = try Stage()
        let own = try another.startShell(
            """
            mkfifo unread
            exec 3<>unread
            exec "$VARVE" run --capture-stderr -- sh -c 'seq 1 20000 >&2; exit 3' 2>&3
            """)
        let end = try await own.finish(within: .seconds(60))
        #expect(end.code == 3)
        let logs = try CatalogReader(path: another.catalog).logs(of: RunID(rawValue: 1))
        #expect(logs.first?.tail.suffix(6) == Array("20000\n".utf8)[...])
    }

    @Test func `a terminal that nobody reads does not hold the end up`() async throws {
        let terminal = try PseudoTerminal(
            [
                Built.varve, "run", "--capture-stderr", "--max-duration", "300ms", "--", "sh", "-c",
                "exec seq 1 1000000 >&2",
            ], environment: stage.environment([:]))
        try await eventually("it is recorded", within: .seconds(60)) {
            (try? stage.integers(
                "SELECT count(*) FROM run WHERE termination_reason = 'MaxDurationExceeded'")) == [
                    [1]
                ]
        }
        try await eventually("it ends, though nobody reads", within: .seconds(60)) {
            isDead(terminal.pid)
        }
    }

    @Test func `who reads slowly gets everything`() async throws {
        let end = try await stage.shell(
            """
            mkfifo slow
            (exec 3<slow; sleep 1; head -c 100000 <&3; sleep 1; cat <&3) >read &
            "$VARVE" run --quiet --capture-stderr -- sh -c 'seq 1 40000 >&2' 2>slow
            wait
            """)
        #expect(end.code == 0)
        #expect(stage.contents("read") == (1...40_000).map { "\($0)\n" }.joined())
    }
}
