import ArgumentParser
import HistoryModel
import Testing

@testable import varve

@Suite("Records in every format")
struct RecordPrinterTests {
    struct Run: Sendable {
        var id: Int64
        var name: String
        var labels: [String: String] = [:]
        var memory: Int64?
        var started: Timestamp?
        var isFailed = false
    }

    static let fields: [Field<Run>] = [
        Field("run_id", heading: "RUN", alignment: .right) { FieldValue($0.id) },
        Field("sandbox", heading: "SANDBOX") { FieldValue($0.name) },
        Field("labels", heading: "LABELS") { FieldValue(labels: $0.labels) },
        Field("memory_peak_bytes", heading: "PEAK MEM", as: .bytes) { FieldValue($0.memory) },
        Field("started_at", heading: "STARTED", isElastic: false) { FieldValue($0.started) },
        .tableOnly("END", style: { $0.isFailed ? .bad : .good }) { $0.isFailed ? "failed" : "ok" },
        Field("host") { _ in .null },
    ]

    static let runs = [
        Run(
            id: 1, name: "web", labels: ["tier": "front", "env": "prod"], memory: 50_003_968,
            started: Timestamp(unixMilliseconds: 1_795_403_520_000)),
        Run(id: 2, name: "=cmd(\"x\")\u{1b}[0m", isFailed: true),
    ]

    private func printed(
        _ runs: [Run], as format: OutputFormat, on terminal: Terminal = .none
    ) throws -> String {
        let sink = MemorySink()
        let count = try printRecords(
            runs, Self.fields, as: format, listName: "runs", to: sink, on: terminal,
            zone: .fixed(secondsEast: 3600))
        #expect(count == runs.count)
        return sink.text
    }

    @Test("a table has the fields with headings, scaled, in local time")
    func table() throws {
        #expect(
            try printed(Self.runs, as: .table) == """
                RUN  SANDBOX             LABELS                PEAK MEM  STARTED                     END
                  1  web                 env=prod, tier=front  47.7 MiB  2026-11-23 04:12:00 +01:00  ok
                  2  =cmd("x")\\u{1b}[0m  -                            -  -                           failed

                """)
    }

    @Test("with --raw a table has base units, named in the headings, and UTC")
    func raw() throws {
        var terminal = Terminal.none
        terminal.showsBaseUnits = true
        #expect(
            try printed(Self.runs, as: .table, on: terminal) == """
                RUN  SANDBOX             LABELS                PEAK MEM (B)  STARTED                   END
                  1  web                 env=prod, tier=front      50003968  2026-11-23T03:12:00.000Z  ok
                  2  =cmd("x")\\u{1b}[0m  -                                -  -                         failed

                """)
    }

    @Test(
        "raw values are those of the data formats",
        arguments: [
            (.bytes, .integer(1536), "1536"), (.bytesPerSecond, .number(1536.5), "1536.5"),
            (.nanoseconds, .integer(50_000_000), "50000000"), (.milliseconds, .null, "-"),
            (.percent, .number(399.966), "399.97"), (.percent, .number(-0.006), "-0.01"),
            (.percent, .number(7), "7.00"), (.percent, .number(0.05), "0.05"),
            (.percent, .number(.infinity), "-"), (.plain, .flag(true), "yes"),
            (.plain, .number(12.34), "12.34"), (.plain, .text("x"), "x"),
            (.plain, .list([.text("a"), .integer(1)]), "a, 1"),
        ] as [(FieldDisplay, FieldValue, String)])
    func rawValues(display: FieldDisplay, value: FieldValue, text: String) {
        #expect(display.rawText(of: value) == text)
    }

    @Test("styles go with their cells, and what is absent is dim")
    func styles() throws {
        let text = try printed([Self.runs[1]], as: .table, on: .coloured())
        #expect(text.contains("\u{1b}[31mfailed\u{1b}[0m"))
        #expect(text.contains("\u{1b}[2m-\u{1b}[0m"))
        #expect(!text.contains("\u{1b}[0m\u{1b}[0m"))
    }

    @Test("CSV has the fields with keys, in base units")
    func csv() throws {
        #expect(
            try printed(Self.runs, as: .csv).replacing("\r\n", with: "|\n") == """
                run_id,sandbox,labels,memory_peak_bytes,started_at,host|
                1,web,"{""env"":""prod"",""tier"":""front""}",50003968,2026-11-23T03:12:00.000Z,|
                2,"'=cmd(""x"")\\u{1b}[0m",{},,,|

                """)
        #expect(
            try printed([Self.runs[1]], as: .csv, on: .plain(columns: 20))
                == "run_id,sandbox,labels,memory_peak_bytes,started_at,host\r\n"
                + "2,\"'=cmd(\"\"x\"\")\\u{1b}[0m\",{},,,\r\n")
    }

    @Test("JSON has the fields with keys, in a list that is named")
    func json() throws {
        #expect(
            try printed(Self.runs, as: .json) == #"""
                {
                  "runs": [
                    {
                      "run_id": 1,
                      "sandbox": "web",
                      "labels": {"env": "prod", "tier": "front"},
                      "memory_peak_bytes": 50003968,
                      "started_at": "2026-11-23T03:12:00.000Z",
                      "host": null
                    },
                    {
                      "run_id": 2,
                      "sandbox": "=cmd(\"x\")\u001b[0m",
                      "labels": {},
                      "memory_peak_bytes": null,
                      "started_at": null,
                      "host": null
                    }
                  ]
                }

                """#)
    }

    @Test("NDJSON has one object a line")
    func ndjson() throws {
        #expect(
            try printed(Self.runs, as: .ndjson) == #"""
                {"run_id":1,"sandbox":"web","labels":{"env":"prod","tier":"front"},"memory_peak_bytes":50003968,"started_at":"2026-11-23T03:12:00.000Z","host":null}
                {"run_id":2,"sandbox":"=cmd(\"x\")\u001b[0m","labels":{},"memory_peak_bytes":null,"started_at":null,"host":null}

                """#)
    }

    @Test(
        "without records each format is whole",
        arguments: [
            (.table, ""), (.ndjson, ""), (.json, "{\n  \"runs\": []\n}\n"),
            (.csv, "run_id,sandbox,labels,memory_peak_bytes,started_at,host\r\n"),
        ] as [(OutputFormat, String)])
    func empty(format: OutputFormat, text: String) throws {
        #expect(try printed([], as: format) == text)
    }

    @Test("an output that fails ends the printing", arguments: OutputFormat.allCases)
    func failingOutput(format: OutputFormat) {
        #expect(throws: OutputError(code: 28)) {
            try printRecords(
                Self.runs, Self.fields, as: format, listName: "runs", to: FullSink(room: 70),
                on: .none)
        }
    }

    @Test(
        "a table shows values as people read them",
        arguments: [
            (.plain, .null, "-"), (.plain, .flag(true), "yes"),
            (.plain, .unsigned(.max), "18446744073709551615"),
            (.plain, .number(12.34), "12.3"), (.plain, .number(-0.04), "0.0"),
            (.plain, .number(1e300), "1e+300"),
            (.plain, .number(.nan), "-"), (.plain, .list([.text("a"), .integer(1)]), "a, 1"),
            (.plain, .list([]), "-"), (.bytes, .integer(1536), "1.5 KiB"), (.bytes, .null, "-"),
            (.bytes, .unsigned(.max), "16.0 EiB"), (.bytesPerSecond, .number(1536), "1.5 KiB/s"),
            (.bytesPerSecond, .number(.infinity), "-"),
            (.milliseconds, .integer(245_000), "4m 05s"),
            (.milliseconds, .integer(.max), "106751991167d 07h"),
            (.nanoseconds, .integer(50_000_000), "50ms"),
            (.percent, .number(399.96), "400.0 %"), (.percent, .integer(100), "100 %"),
            (.percent, .null, "-"),
            (.milliseconds, .text("odd"), "odd"),
        ] as [(FieldDisplay, FieldValue, String)])
    func displays(display: FieldDisplay, value: FieldValue, text: String) {
        #expect(display.text(of: value, in: .utc) == text)
    }

    @Test("values are made of what the model has, absent ones with them")
    func values() {
        #expect(FieldValue(Int32?.some(-5)) == .integer(-5))
        #expect(FieldValue(UInt64.max) == .unsigned(.max))
        #expect(FieldValue(UInt64?.some(5)) == .integer(5))
        #expect(FieldValue(Int64?.none) == .null)
        #expect(FieldValue(String?.none) == .null)
        #expect(FieldValue(Double?.none) == .null)
        #expect(FieldValue(Bool?.none) == .null)
        #expect(FieldValue(Timestamp?.none) == .null)
    }

    @Test("--format takes the four words")
    func formats() {
        #expect(OutputFormat.allCases.map(\.rawValue) == ["table", "csv", "json", "ndjson"])
        #expect(OutputFormat(argument: "ndjson") == .ndjson)
        #expect(OutputFormat(argument: "xml") == nil)
    }
}
