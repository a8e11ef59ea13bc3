import Foundation
import Testing

/// Real programs that die differently: `varve why` names the cause of each, as surely as it is known, and
/// claims nothing of the others.
@Suite(.serialized)
struct WhyTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// What no run may be said to have died of unless it did.
    private static let causes: Set<String> = [
        "memory_limit", "oom_kill", "disk_full", "process_limit", "time_limit", "stopped",
        "start_failed", "supervisor_lost", "host_restarted", "unknown", "restart_loop",
        "memory_leak",
    ]

    private func expect(
        _ answer: Stage.Answer, _ cause: String, _ certainty: String, also: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.cause == cause, "\(answer.json)", sourceLocation: sourceLocation)
        #expect(answer.certainty == certainty, "\(answer.sentence)", sourceLocation: sourceLocation)
        #expect(
            answer.kinds.intersection(Self.causes).subtracting(also).subtracting([cause]) == [],
            sourceLocation: sourceLocation)
        #expect(
            answer.json["findings"].list.allSatisfy { !$0["evidence"].list.isEmpty },
            sourceLocation: sourceLocation)
    }

    @Test func `a run that completes`() async throws {
        let answer = try await stage.death("fine", "#!/bin/sh\nexit 0\n")
        expect(answer, "completed", "certain")
        #expect(answer.sentence == "It completed.")
    }

    @Test func `an exit code, with the last lines of its stderr`() async throws {
        let answer = try await stage.death(
            "three", options: "--capture-stderr", "#!/bin/sh\necho 'fatal: no config' >&2\nexit 3\n"
        )
        expect(answer, "exited", "certain")
        #expect(answer.sentence == "It ended by itself with exit code 3.")
        let line = answer.finding("error_output")["evidence"].list.first
        #expect(line?["value"] == "fatal: no config")
        #expect(line?["from"] == "stderr")
    }

    /// A fault of a program, and what it should be called.
    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var signal: String
        var cause: String
    }

    static let faults = [
        Fault(testDescription: "segv", signal: "SIGSEGV", cause: "crashed"),
        Fault(testDescription: "abort", signal: "SIGABRT", cause: "aborted"),
    ]

    private func fault(_ fault: Fault, coreLimit: Int) async throws -> Stage.Answer {
        try await stage.death(
            fault.testDescription, options: "--capture-stderr",
            "exec '\(Built.victim)' \(fault.testDescription) \(coreLimit)\n")
    }

    @Test(
        .enabled(
            if: CoreDump.isPossible,
            "the kernel writes no core dumps here: see /proc/sys/kernel/core_pattern and ulimit -Hc"
        ),
        arguments: faults)
    func `a real fault that leaves a core dump`(fault: Fault) async throws {
        let answer = try await self.fault(fault, coreLimit: CoreDump.limit)
        expect(answer, fault.cause, "likely")
        #expect(answer.json["exit_signal"].string == fault.signal)
        #expect(answer.json["core_dumped"] == true)
        #expect(answer.finding("core_dumped")["certainty"] == "certain")
        #expect(answer.finding("core_dumped")["evidence"].list.map { $0["value"] } == ["yes"])
        #expect(answer.finding("error_output")["evidence"].list.count == 1)
    }

    @Test(arguments: faults)
    func `a real fault that may leave no core dump`(fault: Fault) async throws {
        let answer = try await self.fault(fault, coreLimit: 0)
        expect(answer, fault.cause, "likely")
        #expect(answer.json["exit_signal"].string == fault.signal)
        // A program that takes dumps through a pipe gets them whatever the limit.
        if !CoreDump.isPiped { #expect(answer.json["core_dumped"] == false) }
        #expect(answer.kinds.contains("core_dumped") == (answer.json["core_dumped"] == true))
    }

    @Test func `SIGKILL from another process has an unknown sender`() async throws {
        let run = try stage.startVarve(
            "run", "-q", "--name", "shot", "--interval", "100ms", "--row-interval", "1s", "--",
            "/bin/sh", "-c", "echo $$ > pid; exec sleep 300")
        try await eventually("its pid is known") { stage.contents("pid").hasSuffix("\n") }
        let pid = try #require(Int32(stage.contents("pid").dropLast()))
        kill(pid, SIGKILL)
        #expect(try await run.finish().code == 137)
        let answer = try await stage.why("shot")
        expect(answer, "killed", "certain")
        #expect(answer.sentence.hasPrefix("It was killed by SIGKILL from an unknown sender"))
    }

    @Test func `a time limit ends a program that sleeps, which was stuck`() async throws {
        let answer = try await stage.death(
            "sleeper", options: "--max-duration 8s", "#!/bin/sh\nexec sleep 300\n")
        expect(answer, "time_limit", "certain")
        #expect(answer.finding("stuck")["certainty"] == "likely", "\(answer.json)")
        #expect(answer.sentence.contains("it did nothing for its last"))
        #expect(!answer.kinds.contains("spinning") && !answer.kinds.contains("cpu_pinned"))
    }

    @Test func `a time limit ends a program that spins`() async throws {
        let answer = try await stage.death(
            "spinner", options: "--max-duration 8s", "#!/bin/sh\nwhile :; do :; done\n")
        expect(answer, "time_limit", "certain")
        #expect(!answer.kinds.contains("stuck"))
        // On a machine that gives it no CPU nobody can see that it spins.
        if answer.json["cpu_percent_avg"].number ?? 0 >= 70 {
            #expect(answer.finding("spinning")["certainty"] == "possible", "\(answer.json)")
        }
    }

    @Test func `SIGTERM to its supervisor is a request, with its sender`() async throws {
        let run = try stage.startVarve(
            "run", "-q", "--name", "asked", "--interval", "100ms", "--", "/bin/sleep", "300")
        try await eventually("it runs") {
            let rows = try? stage.integers(
                "SELECT count(*) FROM lifecycle_event WHERE kind = 'started'")
            return rows?.first?.first == 1
        }
        let running = try await stage.why("asked")
        expect(running, "running", "certain")
        run.signal(SIGTERM)
        #expect(try await run.finish().code == 143)
        let answer = try await stage.why("asked")
        expect(answer, "stopped", "certain")
        let own = ProcessInfo.processInfo.processIdentifier
        #expect(answer.sentence.hasPrefix("It was asked to stop by SIGTERM from process \(own)"))
    }

    @Test func `a supervisor that is killed leaves an end that nobody saw`() async throws {
        let run = try stage.startVarve(
            "run", "-q", "--name", "orphan", "--interval", "100ms", "--row-interval", "1s", "--",
            "/bin/sh", "-c", "echo $$ > pid; exec sleep 300")
        try await eventually("its pid is known") { stage.contents("pid").hasSuffix("\n") }
        let pid = try #require(Int32(stage.contents("pid").dropLast()))
        try await eventually("it is sampled") { stage.recordedSamples > 0 }
        run.signal(SIGKILL)
        _ = try await run.finish()
        kill(pid, SIGKILL)
        try await eventually("the command is dead") { isDead(pid) }
        let answer = try await stage.why("orphan")
        expect(answer, "supervisor_lost", "certain")
        #expect(answer.sentence.contains("how the command itself ended nobody saw"))
    }

    @Test func `a command that is not there`() async throws {
        try await stage.varve("run", "-q", "--name", "nobody", "--", "/no/such/command")
        expect(try await stage.why("nobody"), "start_failed", "certain")
    }
}
