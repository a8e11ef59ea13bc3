import Foundation
import HistoryModel
import Testing

/// Names come from outside: what they hold must not reach a terminal as it is, nor get lost.
@Suite(.serialized)
struct HostileNameTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private static let names = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}", "two\nlines\r\u{8}", "abc\u{202e}fed",
        "=cmd()|'/c calc'!A0",
        "<script>alert(1)</script>", "a,\"b\";c", "'; DROP TABLE run; --", "\u{9b}31m", "na~1",
        "..",
        "🦜\u{301}", " ", "-n",
    ]

    @Test(arguments: names)
    func `a name of a command reaches tables and CSV escaped, and JSON whole`(
        name: String
    ) async throws {
        let end = try await stage.varve(
            "run", "--name=\(name)", "--label", "k=\(name)", "--", "true")
        #expect(end.code == 0)
        expectHarmless(end.errors)
        let run = try await stage.onlyRun()
        #expect(run["sandbox"] == .string(name))
        #expect(run["labels"]["k"] == .string(name))
        for command in [
            ["query", "runs"], ["query", "lifecycle", "1"], ["query", "series", "1"],
        ] {
            let end = try await stage.start(Built.varve, command).finish()
            expectHarmless(end.text)
            expectHarmless(end.errors)
            let lines = try await stage.start(Built.varve, command + ["--format", "ndjson"])
                .finish()
            #expect(!lines.output.isEmpty)
            for line in lines.output.split(separator: 10) {
                #expect(try JSON(line)["sandbox"] == .string(name))
            }
        }
        let all = try await stage.varve("ps", "--all")
        #expect(!all.output.isEmpty)
        expectHarmless(all.text)
        let unknown = try await stage.varve("query", "runs", "--sandbox=\(name)")
        #expect(unknown.code == 0)
        let csv = try await stage.varve("query", "runs", "--format", "csv").text
        let shown = name.escapedForDisplay(keeping: ["\n"])
        let quoted = shown.replacingOccurrences(of: "\"", with: "\"\"")
        // A spreadsheet would take some beginnings for a formula: an apostrophe goes before them.
        let forms = [",\(shown),", ",\"\(quoted)\",", ",'\(shown),", ",\"'\(quoted)\","]
        #expect(forms.contains { csv.contains($0) })
        #expect(!csv.contains(",=") && !csv.contains(",\"="))
    }

    @Test func `a name of a foreign runtime that is no UTF-8 is shown, and harms nobody`()
        async throws
    {
        let runtime = try ForeignRuntime(on: stage, abi: 1)
        try await runtime.create()
        let slot = try await runtime.reserve(
            sandbox: 1, limit: 0, name: [0xff, 0x1b, 0x5b, 0x00, 0x41, 0xc3])
        try await runtime.activate(slot, run: 1, startedAt: 0)
        try await runtime.write(.init(at: Stage.noon), to: slot)
        let recorder = try await stage.startRecord("--poll", "20ms", "--interval", "100ms")
        try await eventually("it is recorded") { stage.recordedSamples == 1 }
        let tables = [try await stage.varve("ps"), try await stage.varve("query", "runs")]
        for end in tables {
            #expect(end.code == 0 && end.text.contains("A"))
            expectHarmless(end.text)
        }
        #expect(try await stage.onlyRun()["sandbox"].string?.contains("A") == true)
        recorder.signal(SIGTERM)
        let end = try await recorder.finish()
        #expect(end.code == 0)
        expectHarmless(end.errors)
    }

    /// No control character but the line's end, and nothing that turns the direction of text.
    private func expectHarmless(
        _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let harmful = text.unicodeScalars.filter { scalar in
            scalar != "\n"
                && [.control, .format, .lineSeparator, .paragraphSeparator].contains(
                    scalar.properties.generalCategory)
        }
        #expect(harmful.isEmpty, sourceLocation: sourceLocation)
    }
}
