import Foundation
import Testing

/// The exact text that `query usage` and `query top` give, of a catalog whose every value is known.
@Suite(.serialized)
struct UsageOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private func expect(
        _ command: String, _ text: String, errors: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await stage.shell("\"$VARVE\" \(command)")
        let lines = end.text.replacingOccurrences(of: "\r\n", with: "\n")
        #expect(lines == text, sourceLocation: sourceLocation)
        #expect(end.code == 0, sourceLocation: sourceLocation)
        #expect(end.errors == errors, sourceLocation: sourceLocation)
    }

    @Test func `usage by sandbox, with its total`() async throws {
        try await expect(
            "query usage -e 2026-11-23T14:30:00Z",
            """
            SANDBOX  RUNS  FAILED   HOURS  CPU HOURS  MEM GIB H  LIMIT GIB H  NO LIMIT   DISK R  D\
            ISK W
            build       1       0   0.021      0.017      0.001        0.021         0  3.0 MiB   \
              0 B
            crash       1       1  <0.001          -          -            -         1        -   \
                -
            serve       1       0   0.500          -          -        0.125         0        -   \
                -
            total       3       1   0.521      0.017      0.001        0.146         1  3.0 MiB   \
              0 B

            """)
    }

    @Test func `usage by label and day, as CSV`() async throws {
        try await expect(
            "query usage --by label:team,day --utc -e 2026-11-23T14:30:00Z --format csv",
            """
            label_team,day,is_total,from,to,run_count,failure_count,duration_ms,cpu_time_ns,memory\
            _byte_hours,memory_limit_byte_hours,unlimited_run_count,disk_read_bytes,disk_write_byt\
            es,net_rx_bytes,net_tx_bytes,is_approximate
            web,2026-11-23,false,,2026-11-23T14:30:00.000Z,1,0,75496,61250000000,1016245,22517559,\
            0,3145728,0,,,false
            ,2026-11-23,false,,2026-11-23T14:30:00.000Z,2,1,1800750,,,134217728,1,,,,,false
            ,,true,,2026-11-23T14:30:00.000Z,3,1,1876246,61250000000,1016245,156735287,1,3145728,0\
            ,,,false

            """)
    }

    @Test func `usage of a part of a run, as JSON`() async throws {
        try await expect(
            "query usage --sandbox build -b 2026-11-23T12:00:10Z -e 2026-11-23T12:01:00Z "
                + "--format json",
            """
            {
              "usage": [
                {
                  "sandbox": "build",
                  "is_total": false,
                  "from": "2026-11-23T12:00:10.000Z",
                  "to": "2026-11-23T12:01:00.000Z",
                  "run_count": 1,
                  "failure_count": 0,
                  "duration_ms": 50000,
                  "cpu_time_ns": null,
                  "memory_byte_hours": 294184,
                  "memory_limit_byte_hours": 14913081,
                  "unlimited_run_count": 0,
                  "disk_read_bytes": 1048576,
                  "disk_write_bytes": 0,
                  "net_rx_bytes": null,
                  "net_tx_bytes": null,
                  "is_approximate": false
                },
                {
                  "sandbox": null,
                  "is_total": true,
                  "from": "2026-11-23T12:00:10.000Z",
                  "to": "2026-11-23T12:01:00.000Z",
                  "run_count": 1,
                  "failure_count": 0,
                  "duration_ms": 50000,
                  "cpu_time_ns": null,
                  "memory_byte_hours": 294184,
                  "memory_limit_byte_hours": 14913081,
                  "unlimited_run_count": 0,
                  "disk_read_bytes": 1048576,
                  "disk_write_bytes": 0,
                  "net_rx_bytes": null,
                  "net_tx_bytes": null,
                  "is_approximate": false
                }
              ]
            }

            """)
    }

    @Test func `usage of nothing`() async throws {
        try await expect(
            "query usage --sandbox biuld", "",
            errors: "varve: no sandbox 'biuld' in \(stage.catalog); did you mean 'build'?\n")
        try await expect(
            "query usage -e 2026-11-22T00:00:00Z", "",
            errors: "varve: no run fits what was asked for\n")
        let end = try await stage.varve("query", "usage", "--by", "weekday")
        #expect(end.code == 64)
        #expect(
            end.errors.hasPrefix(
                "Error: The value 'weekday' is invalid for '--by <groups>'. Please provide one of "
                    + "'sandbox', 'label:KEY', 'day' or 'month'.\n"))
    }

    @Test func `the largest users by peak and by total`() async throws {
        try await expect(
            "query top",
            """
            SANDBOX  RUN  RUNS   MEM PEAK  WHEN
            build      1     1  202.0 MiB  2026-11-23 12:01:00 +00:00

            """)
        try await expect(
            "query top --by disk --format csv",
            """
            rank,sandbox,run_id,run_count,disk_bytes,share_percent,peak_from,peak_to
            1,build,,1,3145728,100.0,,

            """)
        try await expect(
            "query top --by cpu --peak --per run",
            """
            SANDBOX  RUN  CPU MAX  WHEN
            build      1  200.0 %  2026-11-23 12:01:00 +00:00

            """)
    }

    @Test func `the largest users of what nobody measured`() async throws {
        try await expect(
            "query top --by net", "",
            errors: "varve: no run that fits has a record of what it received and sent\n")
        let end = try await stage.varve("query", "top", "--limit", "0")
        #expect(end.code == 64)
        #expect(end.errors.hasPrefix("Error: --limit takes a number from 1 on\n"))
    }
}
