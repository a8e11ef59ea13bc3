import Foundation
import Testing

/// The exact text that `varve query at` gives of a catalog whose every value is known.
@Suite(.serialized)
struct MomentOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private func expect(
        _ arguments: String, _ text: String, errors: String = "", code: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await stage.shell("\"$VARVE\" query at \(arguments)")
        #expect(
            end.text.replacingOccurrences(of: "\r\n", with: "\n") == text,
            sourceLocation: sourceLocation)
        #expect(end.errors == errors, sourceLocation: sourceLocation)
        #expect(end.code == code, sourceLocation: sourceLocation)
    }

    @Test func `a moment with data, and what happened around it`() async throws {
        try await expect(
            "2026-11-23T12:00:15Z",
            """
            At 2026-11-23 12:00:15 +00:00
            RUN  SANDBOX  LABELS               STATE    SINCE                       UPTIME     CPU \
             CPU MAX     MEMORY    MEM MAX       DISK R  DISK W  NET RX  NET TX  WIDTH  NOTE
              1  build    app=x,"y", team=web  running  2026-11-23 12:00:00 +00:00   15.0s  50.0 % \
             200.0 %  101.0 MiB  201.0 MiB  102.4 KiB/s   0 B/s       -       -  10.0s

            Within 5m 00s of 2026-11-23 12:00:15 +00:00
                 AT  RUN  SANDBOX  TIME                        EVENT         DETAIL  SEEN BY
             -15.0s    1  build    2026-11-23 12:00:00 +00:00  reserved      -       supervisor
             -14.9s    1  build    2026-11-23 12:00:00 +00:00  started       -       supervisor
             -14.0s    1  build    2026-11-23 12:00:01 +00:00  first_sample  -       recorder
            +1m 00s    1  build    2026-11-23 12:01:15 +00:00  exited        code 0  supervisor

            """)
    }

    @Test func `a moment without data says why`() async throws {
        try await expect(
            "2026-11-23T12:00:30Z --around 5s",
            """
            At 2026-11-23 12:00:30 +00:00
            RUN  SANDBOX  LABELS               STATE    SINCE                       UPTIME  CPU  CP\
            U MAX  MEMORY  MEM MAX  DISK R  DISK W  NET RX  NET TX  WIDTH  NOTE
              1  build    app=x,"y", team=web  running  2026-11-23 12:00:00 +00:00   30.0s    -    \
                -       -        -       -       -       -       -      -  no data for 41.0s: recor\
            der_down

            """)
    }

    @Test func `a moment after the end, in two words and with a label`() async throws {
        try await expect(
            "2026-11-23 12:01:20 --around 10s --label team=web --sandbox 'b*'",
            """
            At 2026-11-23 12:01:20 +00:00
            RUN  SANDBOX  LABELS               STATE  SINCE                       UPTIME  CPU  CPU \
            MAX  MEMORY  MEM MAX  DISK R  DISK W  NET RX  NET TX  WIDTH  NOTE
              1  build    app=x,"y", team=web  ended  2026-11-23 12:00:00 +00:00       -    -      \
              -       -        -       -       -       -       -      -  exit 0 4.5s before

            Within 10.0s of 2026-11-23 12:01:20 +00:00
               AT  RUN  SANDBOX  TIME                        EVENT   DETAIL  SEEN BY
            -4.5s    1  build    2026-11-23 12:01:15 +00:00  exited  code 0  supervisor

            """)
    }

    @Test func `as JSON`() async throws {
        try await expect(
            "2026-11-23T12:00:15Z --around 10s --format json",
            """
            {
              "at": "2026-11-23T12:00:15.000Z",
              "around_ms": 10000,
              "sandboxes": [
                {
                  "run_id": 1,
                  "sandbox": "build",
                  "labels": {"app": "x,\\"y\\"", "team": "web"},
                  "source": {"kind": "varve", "registry": "/varve-fixed", "home": null, "host": "basalt"},
                  "pid": 101,
                  "state": "running",
                  "started_at": "2026-11-23T12:00:00.000Z",
                  "uptime_ms": 15000,
                  "cpu_percent": 50.01,
                  "cpu_percent_max": 200.01,
                  "memory_bytes": 105906176.0,
                  "memory_max_bytes": 210763776,
                  "memory_limit_bytes": 1073741824,
                  "disk_read_bytes_per_second": 104857.6,
                  "disk_write_bytes_per_second": 0.0,
                  "net_rx_bytes_per_second": null,
                  "net_tx_bytes_per_second": null,
                  "resolution_ms": 10000,
                  "from": "2026-11-23T12:00:10.000Z",
                  "to": "2026-11-23T12:00:20.000Z",
                  "measured_as": "interval",
                  "sample_count": 10,
                  "gap": null,
                  "terminated_at": "2026-11-23T12:01:15.500Z",
                  "exit_code": 0,
                  "exit_signal": null,
                  "termination_reason": "Completed"
                }
              ],
              "events": []
            }

            """)
    }

    @Test func `as CSV, the sandboxes only`() async throws {
        try await expect(
            "2026-11-23T13:00:00.5Z --format csv",
            """
            run_id,sandbox,labels,source,pid,state,started_at,uptime_ms,cpu_percent,cpu_percent_max\
            ,memory_bytes,memory_max_bytes,memory_limit_bytes,disk_read_bytes_per_second,disk_write\
            _bytes_per_second,net_rx_bytes_per_second,net_tx_bytes_per_second,resolution_ms,from,to\
            ,measured_as,sample_count,gap,terminated_at,exit_code,exit_signal,termination_reason
            2,crash,{},"{""kind"":""varve"",""registry"":""/varve-fixed"",""home"":null,""host"":""basalt""}",202\
            ,running,2026-11-23T13:00:00.000Z,500,,,,,,,,,,,,,,,,2026-11-23T13:00:00.750Z,,SIGSEGV,\
            Failed

            """)
    }

    @Test(
        "moments of which there is nothing to tell",
        arguments: [
            (
                "2026-11-23T11:59:59Z --around 1ms",
                "nothing was recorded yet at 2026-11-23 11:59:59 +00:00: the first run began at "
                    + "2026-11-23 12:00:00 +00:00"
            ),
            (
                "9000-01-01T00:00:00Z",
                "9000-01-01 00:00:00 +00:00 lies in the future: nothing can be recorded of it yet"
            ),
            (
                "2026-11-23T12:30:00Z",
                "no sandbox ran at 2026-11-23 12:30:00 +00:00, or ended within 5m 00s before; "
                    + "--all tells of those that had ended earlier"
            ),
            (
                "2026-11-23T12:00:30Z --sandbox nobody --all",
                "no sandbox that fits what was asked for had a run by 2026-11-23 12:00:30 +00:00"
            ),
        ])
    func nothing(arguments: String, sentence: String) async throws {
        try await expect(arguments, "", errors: "varve: \(sentence)\n", code: 4)
    }

    @Test func `a time that is none is wrong usage`() async throws {
        let end = try await stage.varve("query", "at", "tomorrow", "noon")
        #expect(end.code == 64)
        #expect(end.errors.contains("\"tomorrow noon\" is no time: give how long ago"))
    }
}
