import Foundation
import Testing

/// Long tables on a terminal of ten lines, which `script(1)` makes.
@Suite(.serialized)
struct PagerTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
        // Runs enough that their table is longer than the screen.
        try stage.tamper(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
            INSERT INTO run (sandbox_id, status, started_at_ms, terminated_at_ms, sample_count)
            SELECT 1, 'Terminated', 1795435200000 + i, 1795435300000, 0 FROM n
            """)
        // Read by a shell and not executed: a file that was just written may be busy (ETXTBSY), because
        // a program that another test starts holds it open for a moment.
        try stage.write(
            "pager", "echo \"$LESS\" > less\nls /proc/self/fd > fds\ncat > paged\n")
        try stage.write("impatient", "head -n 1 > first\n")
    }

    /// Runs `command` on a terminal, and gives what it showed there and the code it ended with.
    private func onTerminal(
        _ command: String, environment: [String: String?] = [:]
    ) async throws -> (text: String, code: String) {
        try stage.write(
            "job", "stty cols 100 rows 10\n\"$VARVE\" \(command)\necho $? > code\n")
        #if canImport(Darwin)
            let script = "script -q /dev/null /bin/sh job"
        #else
            let script = "script -qec '/bin/sh job' /dev/null"
        #endif
        let end = try await stage.shell(
            script,
            environment: ["TERM": "xterm", "NO_COLOR": "1"].merging(environment) { _, new in new })
        let code = stage.contents("code").trimmingCharacters(in: .whitespacesAndNewlines)
        return (end.text.replacingOccurrences(of: "\r\n", with: "\n"), code)
    }

    private func lineCount(_ text: String) -> Int { text.split(whereSeparator: \.isNewline).count }

    @Test func `a table longer than the screen goes through the pager, whole`() async throws {
        let end = try await onTerminal("query runs", environment: ["PAGER": "sh ./pager"])
        #expect(end.text.isEmpty && end.code == "0")
        // Headings, 53 runs, and the line that tells what had no room.
        #expect(lineCount(stage.contents("paged")) == 55)
        #expect(stage.contents("less") == "FRX\n")
        #if os(Linux)
            // Its three, none of those that we were started with, and the one with which ls reads.
            #expect(stage.contents("fds") == "0\n1\n2\n3\n")
        #endif
    }

    @Test func `who leaves the pager early has failed at nothing`() async throws {
        let end = try await onTerminal("query runs", environment: ["VARVE_PAGER": "sh ./impatient"])
        #expect(end.text.isEmpty && end.code == "0")
        #expect(stage.contents("first").hasPrefix("RUN"))
        try stage.tamper(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            INSERT INTO run (sandbox_id, status, started_at_ms, sample_count)
            SELECT 1, 'Terminated', 1795435200000 + i, 0 FROM n
            """)
        let long = try await onTerminal(
            "query runs", environment: ["VARVE_PAGER": "sh ./impatient"])
        #expect(long.text.isEmpty && long.code == "0")
    }

    @Test(arguments: [
        ("query runs", ["PAGER": "./no-such-pager"]),
        ("query runs --no-pager", ["PAGER": "sh ./pager"]),
        ("query runs", ["VARVE_PAGER": "", "PAGER": "sh ./pager"]),
        ("query runs", ["PAGER": "sh ./pager", "TERM": "dumb"]),
        ("query runs --limit 5", ["PAGER": "sh ./pager"]),
        ("query runs --format csv", ["PAGER": "sh ./pager"]),
        ("query runs --format json", ["PAGER": "sh ./pager"]),
    ])
    func `a pager that is not there, not wanted or not needed is none`(
        command: String, environment: [String: String]
    ) async throws {
        let end = try await onTerminal(command, environment: environment)
        #expect(end.code == "0" && lineCount(end.text) > 5)
        #expect(!stage.exists("paged"))
    }

    @Test func `a pager that the shell does not find is told of`() async throws {
        let end = try await onTerminal("query runs", environment: ["PAGER": "X=1 ./no-such-pager"])
        #expect(
            end.text.hasSuffix(
                "varve: the pager could not be started; --no-pager does without\n"))
        #expect(end.code == "0")
    }
}
