import Foundation
import Testing

/// `varve query sql`, on a catalog whose every value is known.
@Suite(.serialized)
struct SQLOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private func expect(
        _ arguments: [String], _ text: String, errors: String = "", code: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await stage.start(Built.varve, ["query", "sql"] + arguments).finish()
        #expect(
            end.text.replacingOccurrences(of: "\r\n", with: "\n") == text,
            sourceLocation: sourceLocation)
        #expect(end.errors == errors, sourceLocation: sourceLocation)
        #expect(end.code == code, sourceLocation: sourceLocation)
    }

    @Test func `rows as a table, numbers on the right and whole`() async throws {
        try await expect(
            [
                """
                SELECT sandbox, at_ms, cpu_avg_centipercent / 100.0 AS cpu, net_rx_last_bytes AS rx
                FROM interval
                """
            ],
            """
            sandbox          at_ms    cpu  rx
            build    1795435200000   50.0   -
            build    1795435210000  50.01   -
            build    1795435260000  50.02   -

            """)
    }

    private static let kinds =
        "SELECT 1 AS a, 2.5 AS a, NULL AS b, x'00ff' AS c, '=1+1' AS d, 'x' AS \"=e\""

    @Test func `rows as data, each key once, and values of their kind`() async throws {
        try await expect(
            [Self.kinds, "--format", "json"],
            """
            {
              "rows": [
                {
                  "a": 1,
                  "a_2": 2.5,
                  "b": null,
                  "c": "x'00ff'",
                  "d": "=1+1",
                  "=e": "x"
                }
              ]
            }

            """)
        try await expect(
            [Self.kinds, "--format", "ndjson"],
            #"{"a":1,"a_2":2.5,"b":null,"c":"x'00ff'","d":"=1+1","=e":"x"}"# + "\n")
        try await expect(
            [Self.kinds, "--format", "csv"],
            """
            a,a_2,b,c,d,'=e
            1,2.5,,x'00ff','=1+1,x

            """)
        try await expect(
            ["SELECT 1 AS a WHERE 0", "--format", "json"], "{\n  \"rows\": []\n}\n")
    }

    @Test func `a limit is said where it cuts`() async throws {
        try await expect(
            ["SELECT run_id FROM interval", "--limit", "1"], "run_id\n     1\n",
            errors:
                "varve: only the first 1 rows are shown; --limit N or --limit unlimited gives more\n"
        )
        let many =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) "
        let end = try await stage.varve("query", "sql", many + "SELECT i FROM n", "--format", "csv")
        #expect(end.text.split(whereSeparator: \.isNewline).count == 10_001)
        #expect(end.errors.hasPrefix("varve: only the first 10000 rows are shown"))
        let all = try await stage.varve(
            "query", "sql", many + "SELECT i FROM n", "--format", "csv", "--limit", "unlimited")
        #expect(all.text.split(whereSeparator: \.isNewline).count == 10_002)
        #expect(all.errors.isEmpty)
    }

    @Test func `a fault is shown where it is, and a name that was probably meant`() async throws {
        try await expect(
            ["SELECT run_id,\n  cpu_avg_centipercnt\nFROM interval"], "",
            errors: """
                varve: error: the statement cannot be run: no such column: cpu_avg_centipercnt; did you \
                mean 'cpu_avg_centipercent'?
                  2 |   cpu_avg_centipercnt
                    |   ^

                """, code: 64)
        try await expect(
            ["SELECT '\u{1b}[31m' FROM runn"], "",
            errors: """
                varve: error: the statement cannot be run: no such table: runn; did you mean 'run'?
                  1 | SELECT '\\u{1b}[31m' FROM runn
                    |                          ^

                """, code: 64)
        try await expect(
            ["DELETE FROM run"], "",
            errors: "varve: error: the statement cannot be run: only reading is allowed here, and "
                + "this would write to run\n", code: 64)
        #expect(try await stage.runs().count == 3)
        #expect(try await stage.varve("query", "sql").code == 64)
        #expect(try await stage.varve("query", "sql", "SELECT 1", "--limit", "-1").code == 64)
    }

    @Test func `a statement comes on standard input, too`() async throws {
        let end = try await stage.shell("echo 'SELECT 7 AS n' | \"$VARVE\" query sql -")
        #expect(end.text == "n\n7\n" && end.code == 0)
    }

    private static let endless =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    @Test func `a statement that takes too long is stopped`() async throws {
        try await expect(
            [Self.endless, "--timeout", "100ms"], "",
            errors:
                "varve: error: the statement took longer than 100ms and was stopped; ask for less "
                + "(a run_id, a range of at_ms), or give it more time with --timeout\n", code: 1)
    }

    @Test func `a line on standard input that never ends is refused`() async throws {
        let end = try await stage.shell(
            "yes | tr -d '\\n' | timeout 60 \"$VARVE\" query sql -")
        #expect(end.code == 64)
        #expect(
            end.errors.hasPrefix(
                "Error: the statement on standard input is longer than a million bytes\n"))
    }

    @Test func `the time in which rows are printed counts, too`() async throws {
        let rows =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
            + "SELECT i FROM n"
        let end = try await stage.shell(
            """
            { "$VARVE" query sql '\(rows)' --limit unlimited --timeout 1s --format csv
              echo $? >code; } | (sleep 4; cat >printed)
            """)
        #expect(stage.contents("code") == "1\n")
        #expect(end.errors.hasPrefix("varve: error: the statement took longer than 1.0s"))
        let printed = stage.contents("printed").split(whereSeparator: \.isNewline).count
        #expect(printed > 1_000 && printed < 60_000)
    }

    @Test func `an interrupt ends a statement`() async throws {
        let rows =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        let program = try stage.startVarve(
            "query", "sql", rows, "--limit", "unlimited", "--timeout", "unlimited", "--format",
            "csv")
        try await eventually("rows come") { !program.output.isEmpty }
        program.signal(SIGINT)
        let end = try await program.finish()
        #expect(end.code == 128 + SIGINT)
        #expect(end.errors == "varve: interrupted; what was printed is incomplete\n")
    }

    @Test func `hostile values and names of columns reach a table escaped`() async throws {
        try stage.tamper(
            "UPDATE sandbox SET name = char(27) || '[2J' || char(10) || 'x' WHERE id = 1")
        let sql = "SELECT name AS \"\u{1b}[31m\" FROM sandbox WHERE id = 1"
        let table = try await stage.varve("query", "sql", sql)
        #expect(table.text == "\\u{1b}[31m\n\\u{1b}[2J\\nx\n")
        let json = try await stage.varve("query", "sql", sql, "--format", "ndjson")
        #expect(try JSON(json.output)["\u{1b}[31m"] == "\u{1b}[2J\nx")
    }

    @Test func `an hour that cannot be read is a warning`() async throws {
        try stage.tamper("UPDATE sample_detail SET detail = x'00'")
        let end = try await stage.varve("query", "sql", "SELECT count(*) FROM interval")
        // Nothing of this history is sealed unless its recorder has done so.
        let blocks = try stage.integers("SELECT count(*) FROM sample_detail")[0][0] ?? 0
        #expect(end.code == 0)
        #expect(end.errors.split(separator: "\n").count == Int(blocks))
    }
}
