import HistoryModel
import HistoryStore
import Testing

@testable import PostMortem

/// How a run ended: the cause of the verdict, how sure it is, and what it must not claim.
struct EndTests {
    struct End: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var made: MadeCase
        var cause: Finding.Kind
        var certainty: Finding.Certainty
        var sentence: String
    }

    /// What microsandbox leaves of a boot that failed.
    private static func bootError(at time: String) -> String {
        """
        {"t": "\(time)", "stage": "image\\u001b", "errno": null, "message": "rootfs: not \\"found\\""}
        """
    }

    /// What is written down of a count that stood still at `notBefore`.
    static func counted(notBefore: Int64) -> String {
        OOMKillText.counted(1, in: "/web", notBefore: .noon(notBefore))
    }

    static let ends = [
        End(
            testDescription: "exit 0", made: MadeCase(code: 0), cause: .completed,
            certainty: .certain, sentence: "It completed."),
        End(
            testDescription: "exit 3", made: MadeCase(code: 3), cause: .exited, certainty: .certain,
            sentence: "It ended by itself with exit code 3."),
        End(
            testDescription: "exit 137", made: MadeCase(code: 137), cause: .exited,
            certainty: .certain,
            sentence: "It ended by itself with exit code 137, as shells do when what they ran was "
                + "killed by SIGKILL; that is no proof of the OOM killer."),
        End(
            testDescription: "exit 127", made: MadeCase(code: 127), cause: .exited,
            certainty: .certain,
            sentence: "It ended by itself with exit code 127, as shells do when there is no such "
                + "command."),
        End(
            testDescription: "SIGKILL", made: MadeCase(signal: 9), cause: .killed,
            certainty: .certain, sentence: "It was killed by SIGKILL from an unknown sender."),
        End(
            testDescription: "SIGTERM", made: MadeCase(signal: 15), cause: .killed,
            certainty: .certain,
            sentence: "It was killed by SIGTERM, and it is not known who sent it."),
        End(
            testDescription: "SIGSEGV", made: MadeCase(signal: 11), cause: .crashed,
            certainty: .likely,
            sentence: "It was killed by SIGSEGV: it used memory that it does not have (the kernel "
                + "sends it for that; anybody else could, too)."),
        End(
            testDescription: "SIGABRT", made: MadeCase(signal: 6), cause: .aborted,
            certainty: .likely,
            sentence:
                "It was killed by SIGABRT: it gave up itself, as programs do on a failed check "
                + "(abort() sends it; anybody else could, too)."),
        End(
            testDescription: "time limit",
            made: MadeCase(signal: 15, reason: .maxDurationExceeded).event(
                .timedOut, "SIGTERM to all processes of the run"),
            cause: .timeLimit, certainty: .certain,
            sentence: "It reached its time limit after 1m 40s and was stopped."),
        End(
            testDescription: "stopped",
            made: MadeCase(code: 143, reason: .signal).event(
                .signalled, "SIGTERM from process 5 (systemd)"),
            cause: .stopped, certainty: .certain,
            sentence: "It was asked to stop by SIGTERM from process 5 (systemd), and ended."),
        End(
            testDescription: "OOM killer",
            made: MadeCase(signal: 9).event(.oomKill, counted(notBefore: 98_900)),
            cause: .oomKill, certainty: .certain,
            sentence: "It was killed by the kernel's OOM killer."),
        End(
            testDescription: "OOM killer, as the kernel's log says",
            made: MadeCase(signal: 9).event(
                .oomKill, OOMKillText.named(pid: 7, " at the limit of its memory cgroup")),
            cause: .oomKill, certainty: .certain,
            sentence: "It was killed by the kernel's OOM killer."),
        End(
            testDescription: "no such command",
            made: MadeCase(code: 127, reason: .internalError).event(
                .startFailed, "cannot start 'x': No such file or directory"),
            cause: .startFailed, certainty: .certain,
            sentence: "It could not be started: cannot start 'x': No such file or directory."),
        End(
            testDescription: "no boot",
            made: MadeCase(seconds: 2, code: 1).stderr(
                bootError(at: "2026-11-23T12:00:01.000Z"), named: "boot-error.json"),
            cause: .startFailed, certainty: .certain,
            sentence: "Its sandbox could not be booted (image\\u{1b}): rootfs: not \"found\"."),
        End(
            testDescription: "what is left of an earlier boot",
            made: MadeCase(code: 1).stderr(
                bootError(at: "2026-11-23T11:59:59.000Z"), named: "boot-error.json"),
            cause: .exited, certainty: .certain,
            sentence: "It ended by itself with exit code 1."),
        End(
            testDescription: "a boot error that says nothing",
            made: MadeCase(code: 1).stderr("{\"t\": 7}", named: "boot-error.json"),
            cause: .exited, certainty: .certain,
            sentence: "It ended by itself with exit code 1."),
        End(
            testDescription: "supervisor lost",
            made: MadeCase(reason: .internalError).with { $0.run.exitKnownBy = .inferred }
                .event(.supervisorLost, "varve run ended before it could record the end"),
            cause: .supervisorLost, certainty: .certain,
            sentence:
                "The varve run that watched over it was gone before it; how the command itself "
                + "ended nobody saw."),
        End(
            testDescription: "machine restarted",
            made: MadeCase().with { $0.run.exitKnownBy = .inferred }
                .gap(.hostDown, from: 100_000, to: 200_000),
            cause: .hostRestarted, certainty: .likely,
            sentence: "The machine was restarted while it ran, and it ended with it at the latest."),
        End(
            testDescription: "nobody knows",
            made: MadeCase().with { $0.run.exitKnownBy = .unknown },
            cause: .unknown, certainty: .certain,
            sentence:
                "It is not known why it ended: its process was gone, and nobody could tell how "
                + "it ended."),
        End(
            testDescription: "running", made: .running(), cause: .running, certainty: .certain,
            sentence: "It is running, for 2h 00m; nothing looks wrong."),
    ]

    @Test(arguments: ends) func `an end has its cause, and no other end beside it`(end: End) {
        let postMortem = end.made.postMortem
        #expect(postMortem.verdict.cause == end.cause)
        #expect(postMortem.verdict.certainty == end.certainty)
        #expect(postMortem.verdict.sentence == end.sentence)
        #expect(postMortem.findings.first?.kind == end.cause)
        #expect(!(postMortem.findings.first?.evidence.isEmpty ?? true))
        let ends: Set<Finding.Kind> = Set(Self.ends.map(\.cause))
        #expect(postMortem.kinds.filter(ends.contains) == [end.cause])
    }

    @Test(arguments: Array<Int32>(1...64))
    func `every signal has a sentence, and none claims to be certain of a fault`(number: Int32) {
        let verdict = MadeCase(signal: number).postMortem.verdict
        #expect(verdict.sentence.contains(SignalName.name(of: number)))
        #expect(verdict.cause == .killed || verdict.certainty == .likely)
    }

    @Test func `an OOM kill of another process of the cgroup is no proof`() {
        let failed = MadeCase(code: 1).event(.oomKill, Self.counted(notBefore: 99_000)).postMortem
        #expect(failed.finding(.oomKill)?.certainty == .likely)
        #expect(failed.verdict.cause == .oomKill)
        #expect(failed.verdict.certainty == .likely)
        let completed = MadeCase(code: 0).event(.oomKill, "killed 1 process").postMortem
        #expect(completed.verdict.cause == .completed)
        #expect(completed.finding(.oomKill)?.weight == .warning)
        let limited = MadeCase(signal: 9, reason: .maxDurationExceeded)
            .event(.oomKill, "killed 1 process").postMortem
        #expect(limited.verdict.cause == .timeLimit)
    }

    /// A run that SIGKILL ended, or a code, and where the OOM killer's count rose.
    struct Kill: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var made: MadeCase
        /// Of the verdict.
        var cause: Finding.Kind
        /// Of the kill, and of the verdict if that is its cause.
        var certainty: Finding.Certainty
        var words: String
    }

    static let kills = [
        Kill(
            testDescription: "hours before SIGKILL",
            made: MadeCase(seconds: 10_800, signal: 9).event(
                .oomKill, at: 1_000, counted(notBefore: 0)),
            cause: .killed, certainty: .possible,
            words:
                "killed by SIGKILL from an unknown sender; the kernel's OOM killer struck in its "
                + "memory cgroup 2h 59m before its end and was not seen to strike again"),
        Kill(
            testDescription: "five seconds before SIGKILL",
            made: MadeCase(signal: 9).event(.oomKill, at: 95_000, counted(notBefore: 94_000)),
            cause: .killed, certainty: .possible, words: "and this signal to be somebody else's"),
        Kill(
            testDescription: "of a child that had been at the limit",
            made: MadeCase(signal: 9).event(.oomKill, at: 95_000, counted(notBefore: 94_000))
                .memoryLimit(100, .cgroup).with { $0.run.usage.memoryPeakBytes = 109 << 20 },
            cause: .killed, certainty: .possible, words: "and this signal to be somebody else's"),
        Kill(
            testDescription: "between two looks that are far apart",
            made: MadeCase(signal: 9).event(.oomKill, at: 99_990, counted(notBefore: 60_000)),
            cause: .oomKill, certainty: .likely,
            words: "in its last 40.0s: on this run, it seems; if on another process, somebody else "
                + "sent this signal"),
        Kill(
            testDescription: "at a time that was not written down",
            made: MadeCase(signal: 9).event(
                .oomKill, "the kernel's OOM killer killed 1 process of the memory cgroup /web"),
            cause: .oomKill, certainty: .likely, words: "while it ran, it is not written down when"),
        Kill(
            testDescription: "a failure, hours after",
            made: MadeCase(seconds: 10_800, code: 1).event(
                .oomKill, at: 1_000, counted(notBefore: 0)),
            cause: .exited, certainty: .certain, words: "exit code 1."),
        Kill(
            testDescription: "a failure, at a time that was not written down",
            made: MadeCase(code: 1).event(.oomKill, "killed 1 process"),
            cause: .exited, certainty: .possible, words: "maybe on something that it ran"),
    ]

    @Test(arguments: kills)
    func `a kill that is not of the end is not proof of the OOM killer, and both readings are told`(
        kill: Kill
    ) throws {
        let postMortem = kill.made.postMortem
        #expect(postMortem.verdict.cause == kill.cause)
        let finding = try #require(postMortem.finding(.oomKill))
        #expect(finding.certainty == kill.certainty)
        if kill.cause == .oomKill { #expect(postMortem.verdict.certainty == kill.certainty) }
        #expect(
            postMortem.verdict.sentence.contains(kill.words), "\(postMortem.verdict.sentence)")
        // The two agree in a report, too.
        let run = kill.made.file.run
        var outline = RunOutline(
            id: run.id, sandbox: .made(run.sandbox), status: run.status, startedAt: run.startedAt)
        (outline.exitCode, outline.exitSignal) = (run.exitCode, run.exitSignal)
        (outline.terminationReason, outline.terminatedAt) = (
            run.terminationReason, run.terminatedAt
        )
        (outline.memoryLimitBytes, outline.memoryLimitKind) =
            (run.memoryLimitBytes, run.memoryLimitKind)
        outline.memoryPeakBytes = run.usage.memoryPeakBytes
        #expect(
            Finding.Kind.cause(ofFailed: outline, events: kill.made.file.events) == kill.cause)
    }

    @Test func `a signal that was passed on and survived is no cause`() {
        let postMortem = MadeCase(code: 0).event(.signalled, at: 5_000, "SIGINT").postMortem
        #expect(postMortem.verdict.cause == .completed)
    }

    @Test func `a core dump is told only if there is one`() {
        let dumped = MadeCase(signal: 11).with { $0.run.coreDumped = true }.postMortem
        #expect(dumped.kinds.contains(.coreDumped))
        let not = MadeCase(signal: 11).with { $0.run.coreDumped = false }.postMortem
        #expect(!not.kinds.contains(.coreDumped))
    }

    @Test func `an end that a recorder saw is told although the supervisor was lost`() {
        let postMortem = MadeCase(signal: 9).event(.supervisorLost, "gone").postMortem
        #expect(postMortem.verdict.cause == .killed)
    }
}
