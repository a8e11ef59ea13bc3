import Foundation
import Testing

/// `varve compare` and `varve report` on a catalog whose every value is known.
@Suite(.serialized)
struct ReportCommandTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private static let window = ["--since", "2026-11-23", "--until", "2026-11-24"]

    private func report(_ arguments: String...) async throws -> Program.End {
        try await stage.start(Built.varve, ["report"] + Self.window + arguments).finish()
    }

    @Test func `a report in JSON has the numbers of the runs`() async throws {
        let end = try await report("--format", "json")
        #expect(end.code == 0, "\(end.errors)")
        let report = try JSON(end.output)["report"]
        #expect(report["run_count"] == 3 && report["ended_count"] == 2)
        #expect(report["failed_count"] == 1 && report["failure_rate"] == .number(0.5))
        #expect(report["running_count"] == 1 && report["before"]["ended_count"] == 0)
        #expect(report["before"]["failure_rate"] == nil)
        #expect(report["days"].list.count == 1 && report["days"].list[0]["failed_count"] == 1)
        #expect(report["causes"].list.map { $0["cause"] } == ["crashed"])
        #expect(report["examples"].list.map { $0["sandbox"] } == ["crash"])
        #expect(report["sandboxes"].list.map { $0["sandbox"] } == ["build", "crash", "serve"])
        for sandbox in report["sandboxes"].list {
            #expect(sandbox["kind"] == "varve" && sandbox["host"].string?.isEmpty == false)
            #expect(sandbox["registry"].string?.isEmpty == false)
        }
        #expect(report["usage"]["cpu_time_ns"] == 61_250_000_000)
    }

    @Test func `a report in text, Markdown and HTML names run and cause`() async throws {
        for format in [["--format", "text"], ["--format", "markdown"], ["--html", "-"]] {
            let end = try await stage.start(Built.varve, ["report"] + Self.window + format).finish()
            #expect(end.code == 0 && end.errors.isEmpty)
            #expect(end.text.contains("2 runs ended, 1 of them failed"))
            #expect(end.text.contains("crash") && end.text.contains("SIGSEGV"))
        }
    }

    @Test func `a period without runs says so, and ends with 4`() async throws {
        let end = try await stage.varve("report", "--since", "2020-01-01", "--until", "2020-01-08")
        #expect(end.code == 4 && end.output.isEmpty)
        #expect(
            end.errors
                == "varve: no run was alive from 2020-01-01T00:00:00.000Z to "
                + "2020-01-08T00:00:00.000Z; --since takes another begin, `varve db info` says what "
                + "is there\n")
        let typo = try await report("--sandbox", "biuld")
        #expect(typo.code == 4 && typo.errors.contains("did you mean 'build'?"))
        let label = try await report("--label", "taem=web")
        #expect(label.code == 4 && label.errors.contains("did you mean 'team'?"))
    }

    @Test func `two runs are compared in each format`() async throws {
        let text = try await stage.varve("compare", "build", "crash", "--format", "text")
        #expect(text.code == 0 && text.text.hasPrefix("Run 2 compared with run 1\n"))
        #expect(
            text.text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
                "it ended by SIGSEGV, the first with exit code 0."))
        let json = try await stage.varve("compare", "build", "crash", "--format", "json")
        let comparison = try JSON(json.output)["comparison"]
        #expect(comparison["runs"].list.map { $0["run_id"] } == [1, 2])
        let length = try #require(
            comparison["figures"].list.first { $0["key"] == "duration_ms" })
        #expect(length["first"] == 75_496 && length["second"] == 750)
        #expect(length["difference"] == -74_746 && length["differs"] == true)
        #expect(length["unit"] == "ms")
        let markdown = try await stage.varve("compare", "1", "2", "--format", "markdown")
        #expect(markdown.text.hasPrefix("# Run 2 compared with run 1\n"))
        let page = try await stage.varve("compare", "1", "2", "--html", stage.path("both.html"))
        #expect(page.code == 0 && page.output.isEmpty)
        #expect(stage.contents("both.html").hasSuffix("</html>\n"))
    }

    @Test func `a run that is not there ends with 3, wrong usage with 64`() async throws {
        let none = try await stage.varve("compare", "build", "biuld")
        #expect(none.code == 3 && none.errors.contains("did you mean 'build'?"))
        let commands = [
            ["compare", "build"], ["compare", "1", "2", "--format", "csv"],
            ["compare", "1", "2", "--html", "x", "--format", "json"], ["report", "--html="],
            ["report", "--since", "nonsense"],
            ["report", "--until", "2026-11-23", "--since", "2026-11-24"],
        ]
        for command in commands {
            let end = try await stage.start(Built.varve, command).finish()
            #expect(end.code == 64, "\(command)")
        }
    }

    @Test(arguments: [
        "\u{1b}[2J\u{1b}]0;owned\u{7}", "<script>alert(1)</script>", "a|b`c`[x](http://y)",
        "abc\u{202e}fed\n# x",
    ])
    func `a hostile name is escaped in each format`(name: String) async throws {
        for _ in 0..<2 {
            let end = try await stage.varve(
                "run", "--name=\(name)", "--label", "k=\(name)", "--", "false")
            #expect(end.code == 1)
        }
        for command in [["report"], ["compare", "4", "5"]] {
            for format in [["--format", "text"], ["--format", "markdown"], ["--html", "-"]] {
                let end = try await stage.start(Built.varve, command + format).finish()
                #expect(end.code == 0, "\(end.errors)")
                // A terminal knows neither; a browser no Markdown.
                if format[1] != "text" { #expect(!end.text.contains("<script>alert")) }
                if format[1] == "markdown" { #expect(!end.text.contains("[x](http")) }
                let harmful = end.text.unicodeScalars.filter { $0 != "\n" && $0.isHarmful }
                #expect(harmful.isEmpty, "\(command) \(format)")
                #expect(!end.text.contains("\n# x"))
            }
            let json = try await stage.start(Built.varve, command + ["--format", "json"]).finish()
            let text = try JSON(json.output)
            let names =
                text["report"]["sandboxes"].list.map { $0["sandbox"] }
                + text["comparison"]["runs"].list.map { $0["sandbox"] }
            #expect(names.contains(.string(name)))
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isHarmful: Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator].contains(
            properties.generalCategory)
    }
}
