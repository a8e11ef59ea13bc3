import Foundation
import Testing

/// What `varve run` does with a command, and what the catalog then says of it.
@Suite(.serialized)
struct RunTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private static let writing = "head -c 50000000 /dev/zero >big; sync big; exit 3"

    @Test func `a failing command that writes is recorded with its code and true figures`()
        async throws
    {
        let alone = try await stage.start("/bin/sh", ["-c", Self.writing]).finish()
        #expect(alone.code == 3)
        let end = try await stage.varve(
            "run", "--name", "t", "--interval", "200ms", "--", "sh", "-c", Self.writing)
        #expect(end.code == 3)
        #expect(end.output.isEmpty)

        let run = try await stage.onlyRun()
        #expect(run["sandbox"] == "t")
        #expect(run["exit_code"] == 3)
        #expect(run["exit_signal"] == nil)
        #expect(run["status"] == "Terminated")
        #expect(run["termination_reason"] == "Failed")
        #expect(run["exit_known_by"] == "waited")
        #expect(run["command"].list == ["sh", "-c", .string(Self.writing)])
        // What goes to a file system in memory is not written to storage.
        if try await stage.shell("stat -f -c %T .").text != "tmpfs\n" {
            let written = try #require(run["disk_write_bytes"].integer)
            #expect(written >= 50_000_000 && written < 56_000_000)
        }
        let peak = try #require(run["memory_peak_bytes"].integer)
        #expect(peak > 500_000 && peak <= end.peakMemoryBytes)
        let duration = try #require(run["duration_ms"].integer)
        #expect(duration > 0 && duration <= end.milliseconds)
        let cpu = try #require(run["cpu_time_ns"].integer)
        #expect(cpu > 0 && cpu <= end.cpuNanoseconds)
        let started = try #require(run["started_at"].instant)
        let ended = try #require(run["terminated_at"].instant)
        #expect(ended - started >= duration - 1 && ended - started <= end.milliseconds + 1)
        #expect(try #require(run["sample_count"].integer) >= 1)
        let events = try await stage.events(of: "t")
        #expect(events.first == "reserved" && events.dropFirst().first == "started")
        #expect(events.contains("exited") && events.contains("first_sample"))
    }

    @Test func `the peak of memory is that of the largest process, however short it lived`()
        async throws
    {
        // `tail` cannot know what is last, and keeps it all.
        let end = try await stage.varve(
            "run", "--name", "p", "--interval", "10s", "--", "sh", "-c",
            "head -c 60000000 /dev/zero | tail -c 60000000 | wc -c")
        #expect(end.text.trimmingCharacters(in: .whitespacesAndNewlines) == "60000000")
        let peak = try #require(try await stage.onlyRun()["memory_peak_bytes"].integer)
        #expect(peak >= 60_000_000 && peak < 90_000_000)
    }

    @Test(arguments: [0, 7, 255])
    func `the exit code is the command's`(code: Int32) async throws {
        let end = try await stage.varve("run", "--name", "c", "--", "sh", "-c", "exit \(code)")
        #expect(end.code == code)
        #expect(end.output.isEmpty)
        let run = try await stage.onlyRun()
        #expect(run["exit_code"] == .integer(Int64(code)))
        #expect(run["termination_reason"] == (code == 0 ? "Completed" : "Failed"))
        let manner = code == 0 ? "completed" : "failed: exit \(code)"
        // Durations and sizes are another's to test: 3ms, 1.2s, 1m 05s; 1.4 MiB.
        let time = "(<1ms|[0-9.]+m?s|[0-9]+m [0-9]{2}s)"
        let line = try Regex(
            "varve: run 1 of 'c' \(manner) after \(time), CPU \(time), peak memory [0-9.]+ [KM]iB; "
                + "see: varve why 1\n")
        #expect(end.errors.wholeMatch(of: line) != nil, "\(end.errors)")
    }

    @Test func `what is not recorded has no number, and a name is shown as text`() async throws {
        let end = try await stage.varve(
            "run", "--no-record", "--name", "a\u{1b}[2Jb\n", "--", "sh", "-c", "kill -9 $$")
        #expect(end.code == 137)
        #expect(
            end.errors.hasPrefix("varve: 'a\\u{1b}[2Jb\\n' was killed by SIGKILL after "),
            "\(end.errors)")
        #expect(!end.errors.contains("varve why") && end.errors.split(separator: "\n").count == 1)
        let quiet = try await stage.varve("run", "--quiet", "--", "sh", "-c", "exit 3")
        #expect(quiet.code == 3 && quiet.errors == "")
    }

    @Test func `a command that a signal kills ends varve with 128 and its number`() async throws {
        let end = try await stage.varve("run", "--name", "k", "--", "sh", "-c", "kill -9 $$")
        #expect(end.code == 137)
        let run = try await stage.onlyRun()
        #expect(run["exit_code"] == nil)
        #expect(run["exit_signal"] == "SIGKILL")
        #expect(run["termination_reason"] == "Failed")
        #expect(try await stage.events(of: "k").contains("killed"))
    }

    @Test(arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, "SIGHUP")])
    func `a signal to varve is passed on, and is then the reason`(
        signal: Int32, name: String
    ) async throws {
        let varve = try stage.startVarve(
            "run", "--name", "s", "--", "sh", "-c", "touch ready; exec sleep 60")
        try await eventually("the command runs") { stage.exists("ready") }
        varve.signal(signal)
        #expect(try await varve.finish().code == 128 + signal)
        let run = try await stage.onlyRun()
        #expect(run["termination_reason"] == "Signal")
        #expect(run["exit_signal"] == .string(name))
        let events = try await stage.query("lifecycle", "s")
        let signalled = try #require(events.first { $0["kind"] == "signalled" })
        let sender = ProcessInfo.processInfo.processIdentifier
        #if os(Linux)
            // What the kernel calls this program, or a thread of it.
            let program = try String(contentsOfFile: "/proc/self/comm", encoding: .utf8).dropLast()
            let expected = "\(name) from process \(sender) (\(program))"
        #else
            let expected = "\(name) from process \(sender)"
        #endif
        #expect(signalled["detail"] == .string(expected))
        #expect(run["termination_detail"] == .string(expected))
    }

    #if canImport(Glibc)
        @Test func `the threads beside a command have no heaps of their own`() async throws {
            // Read when those of the catalog and of the samples have worked for a while.
            let end = try await stage.varve(
                "run", "--", "sh", "-c", "sleep 0.3; cat /proc/$PPID/maps")
            #expect(end.code == 0)
            let mappings = end.text.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(mappings.contains { $0.last == "[stack]" })
            #expect(try await stage.onlyRun()["sample_count"].integer ?? 0 > 0)
            // glibc keeps the next 64 MiB for each, and lets it have the first pages of them.
            let span: UInt64 = 64 << 20
            let heaps = mappings.filter { fields in
                let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
                guard bounds.count == 2, fields.count == 5, fields[1] == "---p" else {
                    return false
                }
                return bounds[1] % span == 0 && bounds[1] - bounds[0] < span
            }
            #expect(heaps.isEmpty, "\(heaps)")
        }
    #endif

    @Test func `a command that handles a signal ends with its own code`() async throws {
        let varve = try stage.startVarve(
            "run", "--name", "h", "--", "sh", "-c",
            "trap 'exit 5' TERM; trap 'touch seen' USR1; touch ready; while :; do sleep 0.05; done")
        try await eventually("the command runs") { stage.exists("ready") }
        varve.signal(SIGUSR1)
        try await eventually("another signal is passed on") { stage.exists("seen") }
        varve.signal(SIGTERM)
        #expect(try await varve.finish().code == 5)
        let run = try await stage.onlyRun()
        #expect(run["exit_code"] == 5)
        #expect(run["termination_reason"] == "Signal")
    }

    @Test func `the time limit ends the whole tree, though it ignores being asked`() async throws {
        let end = try await stage.varve(
            "run", "--name", "m", "--max-duration", "300ms", "--grace", "200ms", "--", "sh", "-c",
            """
            trap '' TERM
            sleep 61 & echo $! >>pids
            (sleep 62 & echo $! >>pids) &
            setsid sleep 63 & echo $! >>pids
            echo $$ >>pids
            while :; do sleep 0.05; done
            """)
        #expect(end.code == 137)
        let pids = stage.contents("pids").split(separator: "\n").compactMap { Int32($0) }
        #expect(pids.count == 4)
        for pid in pids { #expect(isDead(pid), "\(pid) runs on") }
        let run = try await stage.onlyRun()
        #expect(run["termination_reason"] == "MaxDurationExceeded")
        #expect(try await stage.events(of: "m").contains("timed_out"))
    }

    @Test func `the time limit ends what outlives the first process, too`() async throws {
        let end = try await stage.varve(
            "run", "--name", "m", "--max-duration", "300ms", "--grace", "200ms", "--", "sh", "-c",
            "(trap '' TERM; echo $$ >>pids; sleep 61; sleep 62) & echo $! >>pids; wait")
        #expect(end.code == 143)
        let pids = stage.contents("pids").split(separator: "\n").compactMap { Int32($0) }
        #expect(pids.count == 2)
        for pid in pids { #expect(isDead(pid), "\(pid) runs on") }
        #expect(try await stage.onlyRun()["termination_reason"] == "MaxDurationExceeded")
    }

    @Test func `a command within its time limit is not touched`() async throws {
        let end = try await stage.varve("run", "--max-duration", "1m", "--", "sh", "-c", "exit 0")
        #expect(end.code == 0)
        #expect(try await stage.onlyRun()["termination_reason"] == "Completed")
    }

    @Test func `a command that is not there is an internal error and 127`() async throws {
        let end = try await stage.varve("run", "--", "no-such-command")
        #expect(end.code == 127)
        #expect(
            end.errors.hasPrefix(
                "varve: error: cannot start 'no-such-command': No such file or directory; "
                    + "check the spelling, or give its path\n"))
        let run = try await stage.onlyRun()
        #expect(run["termination_reason"] == "InternalError")
        #expect(run["exit_code"] == 127)
        #expect(run["sandbox"] == "no-such-command")
        #expect(try await stage.events(of: "no-such-command").contains("start_failed"))
    }

    @Test func `a command that cannot be executed is an internal error and 126`() async throws {
        #expect(try await stage.shell("echo hello >text").code == 0)
        let end = try await stage.varve("run", "--", "./text")
        #expect(end.code == 126)
        #expect(
            end.errors.hasPrefix(
                "varve: error: cannot start './text': Permission denied; "
                    + "it must be an executable file (chmod +x)\n"))
        #expect(try await stage.onlyRun()["termination_reason"] == "InternalError")
    }

    @Test(arguments: [
        ["run"], ["run", "--"], ["run", "--", ""], ["run", "--interval", "x", "--", "true"],
        ["run", "--interval", "0s", "--", "true"], ["run", "--interval", "-1s", "--", "true"],
        ["run", "--interval"], ["run", "--label", "x", "--", "true"],
        ["run", "--label", "=x", "--", "true"], ["run", "--scope", "all", "--", "true"],
        ["run", "--interval", "1ms", "--", "true"], ["record", "--poll", "1ns"],
        ["run", "--capture-stderr", "--no-record", "--", "true"],
        ["run", "--no-such-option", "--", "true"], ["run", "--name", "", "--", "true"],
        ["run", "--name", String(repeating: "n", count: 129), "--", "true"],
        ["run", "--max-duration", "99999999999999999999h", "--", "true"],
        ["run", "--db", "", "--", "true"],
        ["record", "--poll", "2s", "--interval", "1s"], ["record", "more"],
        ["query", "series", "--all-runs"], ["query", "series", "--totals"],
        ["query", "series", "x", "--metric", "cpu", "--stat", "sum"],
        ["query", "series", "x", "--final-moments", "--totals"],
        ["query", "series", "x", "--label", "a=b"], ["query", "series", "--stat", "p95"],
        ["query", "runs", "--limit", "0"],
        ["query", "runs", "--format", "xml"], ["query", "runs", "--since", "whenever"],
        ["query", "runs", "--since", "1h", "--until", "2h"], ["query", "runs", "--status", "odd"],
        ["query", "series", "x", "--metric", "cpu,nothing"], ["db", "nothing"], ["nothing"],
    ])
    func `wrong usage is 64, said on stderr, and changes nothing`(arguments: [String]) async throws
    {
        let end = try await stage.start(Built.varve, arguments).finish()
        #expect(end.code == 64)
        #expect(end.output.isEmpty)
        #expect(!end.errors.isEmpty)
        #expect(stage.files.isEmpty)
    }

    @Test func `labels are kept, the last of a key`() async throws {
        try await stage.varve(
            "run", "--label", "team=web", "--label", "k=a=b", "--label", "team=db", "--label", "e=",
            "--", "true")
        #expect(
            try await stage.onlyRun()["labels"] == .object(["team": "db", "k": "a=b", "e": ""]))
        #expect(try await stage.query("runs", "--label", "team=db").count == 1)
        #expect(try await stage.query("runs", "--label", "team=web").isEmpty)
    }
}
