import Foundation
import Testing

/// The exact text that people get, of a catalog whose every value is known.
@Suite(.serialized)
struct TableOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private func expect(
        _ command: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await stage.shell("\"$VARVE\" \(command)")
        #expect(end.text == text, sourceLocation: sourceLocation)
        #expect(end.code == 0, sourceLocation: sourceLocation)
        #expect(end.errors.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func `runs`() async throws {
        try await expect(
            "query runs",
            """
            RUN  SANDBOX  ENDED    REASON     STARTED                     DURATION  CPU TIME  CPU A\
            VG  CPU MAX   MEM PEAK  % LIMIT   DISK R  DISK W  NET RX  NET TX
              1  build    exit 0   Completed  2026-11-23 12:00:00 +00:00    1m 15s    1m 01s   81.1\
             %  200.0 %  150.0 MiB   14.6 %  3.0 MiB     0 B       -       -
              2  crash    SIGSEGV  Failed     2026-11-23 13:00:00 +00:00     750ms         -       \
             -        -          -        -        -       -       -       -
              3  serve    running  -          2026-11-23 14:00:00 +00:00         -         -       \
             -        -          -        -        -       -       -       -

            """)
    }

    @Test func `runs in plain numbers`() async throws {
        try await expect(
            "query runs --raw --limit 1 --sort started -r",
            """
            RUN  SANDBOX  ENDED   REASON     STARTED                   DURATION (ms)  CPU TIME (ns)\
              CPU AVG (%)  CPU MAX (%)  MEM PEAK (B)  % LIMIT (%)  DISK R (B)  DISK W (B)  NET RX (\
            B)  NET TX (B)
              1  build    exit 0  Completed  2026-11-23T12:00:00.000Z          75496    61250000000\
                    81.13       200.02     157286400        14.65     3145728           0          \
             -           -

            """)
    }

    @Test func `the runs of an order`() async throws {
        for (options, expected) in [
            ("", "123"), ("--sort memory", "132"), ("--sort duration -r", "213"),
            ("--sort sandbox", "123"), ("--sort started --limit 2", "32"), ("--limit 2", "23"),
            ("--reason failed --reason COMPLETED", "12"), ("--status running", "3"),
        ] {
            let end = try await stage.shell("\"$VARVE\" query runs --format csv \(options)")
            let ids = end.text.split(whereSeparator: \.isNewline).dropFirst().compactMap(\.first)
            #expect(String(ids) == expected, "\(options)")
        }
    }

    @Test func `the lifecycle of all runs, and of some kinds`() async throws {
        try await expect(
            "query lifecycle --kind started --kind killed --kind EXITED",
            """
            RUN  SANDBOX  TIME                         AFTER  EVENT    DETAIL                SEEN BY
              1  build    2026-11-23 12:00:00 +00:00     4ms  started  -                     superv\
            isor
              1  build    2026-11-23 12:01:15 +00:00  1m 15s  exited   code 0                superv\
            isor
              2  crash    2026-11-23 13:00:00 +00:00   750ms  killed   SIGSEGV, core dumped  superv\
            isor

            """)
        try await expect(
            "query lifecycle --sandbox 'cr*' --since 2026-11-23T13:00:00Z --raw",
            """
            RUN  SANDBOX  TIME                      AFTER (ms)  EVENT     DETAIL                SE\
            EN BY
              2  crash    2026-11-23T13:00:00.000Z           0  reserved  -                     su\
            pervisor
              2  crash    2026-11-23T13:00:00.750Z         750  killed    SIGSEGV, core dumped  su\
            pervisor

            """)
    }

    @Test(arguments: [
        (
            "query runs --sandbox biuld",
            0, "varve: no sandbox 'biuld' in CATALOG; did you mean 'build'?\n"
        ),
        (
            "query runs --sandbox 'BUI*'",
            0, "varve: no sandbox fits 'BUI*' in CATALOG; did you mean 'build'?\n"
        ),
        (
            "query runs --label taem=web",
            0, "varve: no run has a label 'taem' in CATALOG; did you mean 'team'?\n"
        ),
        (
            "query lifecycle --label team=wbe",
            0, "varve: no run has the label 'team=wbe' in CATALOG; did you mean 'web'?\n"
        ),
        (
            "query lifecycle srve",
            3, "varve: error: no sandbox 'srve' in CATALOG; did you mean 'serve'?\n"
        ),
        (
            "query runs --sandbox build --status running", 0,
            "varve: no run fits what was asked for\n"
        ),
        (
            "query lifecycle build --kind killed", 0,
            "varve: no event of run 1 fits what was asked for\n"
        ),
    ])
    func `a name that is not there is answered with those that may be meant`(
        command: String, code: Int32, sentence: String
    ) async throws {
        let end = try await stage.shell("\"$VARVE\" \(command)")
        #expect(end.errors == sentence.replacingOccurrences(of: "CATALOG", with: stage.catalog))
        #expect(end.code == code && end.output.isEmpty)
    }

    @Test(arguments: [
        (
            "query runs --reason Faild",
            "The value 'Faild' is invalid for '--reason <reason>': there is no 'Faild' among "
                + "Completed, Failed, MaxDurationExceeded, IdleTimeout, DrainRequested, "
                + "ShutdownRequested, AgentUnresponsive, Signal, InternalError; did you mean 'Failed'?"
        ),
        (
            "query runs --sort mem",
            "The value 'mem' is invalid for '--sort <key>': there is no 'mem' among started, ended, "
                + "duration, cpu, cpu-max, memory, disk, net, sandbox; did you mean 'memory'?"
        ),
        ("query runs --reverse", "--reverse turns an order round: name one with --sort"),
        (
            "query lifecycle --follow --format json",
            "--follow has no end, which a JSON object needs: ask for --format ndjson"
        ),
        (
            "query lifecycle --follow --until 1h",
            "--follow looks ahead: it goes without --until"
        ),
        (
            "query lifecycle web --sandbox web",
            "name one run, or choose runs with --sandbox and --label"
        ),
    ])
    func `what makes no sense is refused in words`(command: String, sentence: String) async throws {
        let end = try await stage.shell("\"$VARVE\" \(command)")
        #expect(end.errors.split(separator: "\n").first.map(String.init) == "Error: " + sentence)
        #expect(end.code == 64 && end.output.isEmpty)
    }

    @Test func `a lifecycle`() async throws {
        try await expect(
            "query lifecycle build",
            """
            TIME                         AFTER  EVENT         DETAIL  SEEN BY
            2026-11-23 12:00:00 +00:00     0ms  reserved      -       supervisor
            2026-11-23 12:00:00 +00:00     4ms  started       -       supervisor
            2026-11-23 12:00:01 +00:00    1.0s  first_sample  -       recorder
            2026-11-23 12:01:15 +00:00  1m 15s  exited        code 0  supervisor

            """)
    }

    @Test func `a series with its gap`() async throws {
        try await expect(
            "query series build",
            """
            TIME                           CPU      MAX     MEMORY        MAX       DISK R  DISK W \
             NET RX  NET TX  NOTE
            2026-11-23 12:00:00 +00:00  50.0 %  200.0 %  100.0 MiB  200.0 MiB  102.4 KiB/s   0 B/s \
                  -       -
            2026-11-23 12:00:10 +00:00  50.0 %  200.0 %  101.0 MiB  201.0 MiB  102.4 KiB/s   0 B/s \
                  -       -
            2026-11-23 12:00:20 +00:00       -        -          -          -            -       - \
                  -       -  no data for 41.0s: recorder_down
            2026-11-23 12:01:00 +00:00  50.0 %  200.0 %  102.0 MiB  202.0 MiB  113.8 KiB/s   0 B/s \
                  -       -

            """)
    }

    @Test func `a part of a series, of chosen metrics`() async throws {
        try await expect(
            "query series build -b 2026-11-23T12:00:30Z",
            """
            TIME                           CPU      MAX     MEMORY        MAX       DISK R  DISK W \
             NET RX  NET TX  NOTE
            2026-11-23 12:00:30 +00:00       -        -          -          -            -       - \
                  -       -  no data for 31.0s: recorder_down
            2026-11-23 12:01:00 +00:00  50.0 %  200.0 %  102.0 MiB  202.0 MiB  113.8 KiB/s   0 B/s \
                  -       -

            """)
    }

    @Test func `series of several runs are told apart, in a pipe, too`() async throws {
        try await expect(
            "query series build 1 --metric cpu --step 1h -e 2026-11-23T12:00:20Z",
            """
            run 1 of 'build'
            TIME                           CPU      MAX  NOTE
            2026-11-23 12:00:00 +00:00  50.0 %  200.0 %  partial

            run 1 of 'build'
            TIME                           CPU      MAX  NOTE
            2026-11-23 12:00:00 +00:00  50.0 %  200.0 %  partial

            """)
    }

    @Test func `what there is nothing of is said as it is`() async throws {
        try stage.tamper("DELETE FROM lifecycle_event")
        for (command, code, sentence) in [
            ("lifecycle", 0, "no event is recorded yet"),
            ("lifecycle build", 0, "no event is recorded of run 1"),
            (
                "series --sandbox biuld", 4,
                "no sandbox 'biuld' in \(stage.catalog); did you mean 'build'?"
            ),
            ("series --sandbox crash", 4, "no run that fits has samples"),
        ] as [(String, Int32, String)] {
            let end = try await stage.shell("\"$VARVE\" query \(command)")
            #expect(end.errors == "varve: \(sentence)\n")
            #expect(end.code == code && end.output.isEmpty)
        }
        try stage.tamper("DELETE FROM sample; DELETE FROM run_label; DELETE FROM run")
        let end = try await stage.varve("query", "series")
        #expect(end.errors == "varve: no runs are recorded yet\n" && end.code == 4)
    }

    @Test func `what a catalog holds`() async throws {
        let facts = try JSON(try await stage.varve("db", "info", "--format", "json").output)
        let version = try #require(facts["catalogs"].list[0]["sqlite_version"].string)
        let bytes = try #require(facts["catalogs"].list[0]["database_bytes"].integer)
        #expect(bytes % 4096 == 0)
        let size = "\(bytes / 1024).0 KiB (0 B free)"
        func tenths(_ parts: Int64) -> String {
            let kibibytes = (Double(bytes / parts) / 102.4).rounded()
            return "\(Int(kibibytes) / 10).\(Int(kibibytes) % 10)"
        }
        try await expect(
            "db info",
            """
            CATALOG
            path           \(stage.catalog)
            schema         7
            sqlite         \(version)
            size           \(size)
            per row        \(tenths(3)) KiB
            per sample     \(tenths(30)) KiB
            sources        1
            sandboxes      3
            runs           3 (1 running)
            events         7
            rows           3 (3 not sealed), of 30 samples
            sealed hours   0 (0 without detail)
            detail         0 B
            final moments  0 runs (0 B)
            gaps           0
            first          2026-11-23 12:00:00 +00:00
            last           2026-11-23 14:00:00 +00:00
            keeps          detail 14d, summaries 400d, any size

            """)
    }

    @Test func `a whole catalog has nothing to print, and a sentence for people`() async throws {
        let end = try await stage.varve("db", "check")
        #expect(end.code == 0)
        #expect(end.output.isEmpty)
        #expect(
            end.errors
                == "varve: \(stage.catalog) is whole: no damage, no dangling reference\n")
    }

    /// Slots whose every value is known; the process is the first of the system.
    private func fillRegistry() async throws -> ForeignRuntime {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        for (index, name) in ["web", "fresh", "old"].enumerated() {
            let slot = try await runtime.reserve(
                sandbox: 1, limit: index == 0 ? 1 << 29 : 0, name: Array(name.utf8))
            try await runtime.activate(slot, run: Int32(7 + index), pid: 1, startedAt: 0)
            guard name != "fresh" else { continue }
            let sample = ForeignRuntime.Sample(
                at: Stage.noon, flags: 0x7f, cpuTime: 90_000_000_000, cpuPercent: 150,
                memory: 1 << 28, diskRead: 1024, diskWrite: 2048, netRx: 5, netTx: 6)
            try await runtime.write(sample, to: slot)
            if name == "old" { try await runtime.release(slot) }
        }
        return runtime
    }

    @Test func `what runs now, and what the registry still holds`() async throws {
        let empty = try await stage.varve("ps")
        #expect(empty.code == 0 && empty.output.isEmpty)
        #expect(empty.errors == "varve: nothing runs in \(stage.registry)\n")
        let runtime = try await fillRegistry()
        try await expect(
            "ps",
            """
            RUN  SANDBOX  STATE    PID  UPTIME      CPU  CPU TIME     MEMORY      LIMIT   DISK R   \
            DISK W  NET RX  NET TX
              7  web      running    1       -  150.0 %    1m 30s  256.0 MiB  512.0 MiB  1.0 KiB  2\
            .0 KiB     5 B     6 B
              8  fresh    running    1       -        -         -          -          -        -   \
                 -       -       -

            """)
        let csv = try await stage.varve("ps", "-a", "--format", "csv")
        #expect(
            csv.text.replacingOccurrences(of: "\r\n", with: "\n") == """
                slot,run_id,sandbox,state,pid,started_at,uptime_ms,sampled_at,cpu_percent,cpu_time_ns,m\
                emory_bytes,memory_limit_bytes,disk_read_bytes,disk_write_bytes,net_rx_bytes,net_tx_byt\
                es
                0,7,web,running,1,,,2026-11-23T12:00:00.000Z,150.0,90000000000,268435456,536870912,1024\
                ,2048,5,6
                1,8,fresh,running,1,,,,,,,,,,,
                2,9,old,ended,1,,,2026-11-23T12:00:00.000Z,150.0,90000000000,268435456,,1024,2048,5,6

                """)
        _ = runtime
    }
}
