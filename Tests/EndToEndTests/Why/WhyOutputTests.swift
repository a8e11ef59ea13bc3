import Foundation
import HistoryModel
import Testing

/// What `varve why` prints of a catalog whose every value is known.
@Suite(.serialized)
struct WhyOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    @Test func `the page of a run that crashed`() async throws {
        let end = try await stage.varve("why", "crash")
        #expect(end.code == 0 && end.errors.isEmpty)
        #expect(
            end.text == """
                Run 2 of 'crash'
                command  crash
                started  2026-11-23 13:00:00 +00:00
                ended    2026-11-23 13:00:00 +00:00, after 750ms
                how      SIGSEGV, core dumped (its supervisor waited for it)

                It was killed by SIGSEGV: it used memory that it does not have (the kernel sends
                it for that; anybody else could, too).

                [cause, likely] crashed: signal SIGSEGV at 13:00:00 (run.exit_signal); known by
                    waited (run.exit_known_by)
                  -> Look at its core dump, or run it under a debugger.
                [note, certain] It left a core dump
                    core dumped yes (run.core_dumped)
                  -> `coredumpctl` shows it, or it lies where /proc/sys/kernel/core_pattern
                     says.
                [note, certain] It was never sampled, so that nobody knows what it used while it
                    ran
                    samples 0 (run.sample_count); lived for 750ms (run.duration_ns)
                  -> Runs that are shorter than the interval leave none: --interval 100ms.

                  a 13:00:00 killed: SIGSEGV, core dumped

                """)
        #expect(try await stage.varve("why", "2", "--format", "text").text == end.text)
    }

    @Test func `as JSON, with the fields of the run and of each finding`() async throws {
        let answer = try await stage.why("crash~0")
        #expect(answer.json["run_id"] == 2)
        #expect(
            answer.json.keys.isSuperset(of: [
                "sandbox", "status", "exit_signal", "asked_at", "verdict", "findings", "events",
                "gaps", "neighbours", "earlier_run_ids", "problems",
            ]))
        #expect(answer.json["verdict"].keys == ["cause", "certainty", "sentence"])
        for finding in answer.json["findings"].list {
            #expect(
                finding.keys == [
                    "kind", "weight", "certainty", "sentence", "from", "to", "evidence", "advice",
                ])
            for evidence in finding["evidence"].list {
                #expect(evidence.keys == ["name", "value", "unit", "at", "from"])
            }
        }
    }

    @Test func `as Markdown`() async throws {
        let end = try await stage.varve("why", "build", "--format", "markdown")
        #expect(end.code == 0)
        #expect(end.text.hasPrefix("# Run 1 of build\n\n**It completed.** (completed, certain)\n"))
        #expect(end.text.contains("No data from 2026-11-23T12:00:20.000Z to 2026-11-23T12:01:01"))
    }

    @Test func `a run that is not there, and a format that is not known`() async throws {
        let missing = try await stage.varve("why", "buidl")
        #expect(missing.code == 3)
        #expect(
            missing.errors
                == "varve: error: no sandbox 'buidl' in \(stage.catalog); did you mean 'build'?\n")
        #expect(missing.output.isEmpty)
        #expect(try await stage.varve("why", "build", "--format", "xml").code == 64)
        #expect(try await stage.varve("why").code == 64)
    }

    @Test(arguments: [UInt16(60), 80, 132])
    func `on a terminal it has colours, and lines that fit`(columns: UInt16) async throws {
        let terminal = try PseudoTerminal(
            [Built.varve, "why", "build", "--no-pager"],
            environment: stage.environment(["TERM": "xterm"]), columns: columns, rows: 24)
        #expect(try await terminal.finish() == 0)
        let shown = terminal.output
        #expect(shown.contains("\u{1b}[32mIt completed.\u{1b}[0m"))
        #expect(shown.contains("The whole run"))
        let lines = shown.replacing(/\u{1b}\[[0-9]*m/, with: "").split(separator: "\r\n")
        #expect(lines.count > 10)
        #expect((lines.map(\.displayWidth).max() ?? 0) <= Int(columns))
    }

    @Test func `its help has examples`() async throws {
        let end = try await stage.varve("help", "why")
        #expect(end.code == 0)
        #expect(end.text.contains("varve why 17 --format markdown > incident.md"))
    }
}
