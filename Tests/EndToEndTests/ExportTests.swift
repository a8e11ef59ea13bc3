import Foundation
import SQLite
import Testing

/// `varve db export` and `query series --format openmetrics`.
@Suite(.serialized)
struct ExportTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    @Test func `a plain copy is made once, and again when told`() async throws {
        let end = try await stage.varve("db", "export", "--plain", "plain.db")
        #expect(end.code == 0 && end.text.isEmpty)
        #expect(end.errors == "varve: plain.db: 3 runs, 3 intervals\n")
        let mode = try FileManager.default.attributesOfItem(atPath: stage.path("plain.db"))
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let again = try await stage.varve("db", "export", "--plain", "plain.db")
        #expect(again.code == 1)
        #expect(
            again.errors
                == "varve: error: cannot write plain.db: a file of that name exists already; --force "
                + "replaces it\n")
        let forced = try await stage.varve(
            "db", "export", "--plain", "plain.db", "--force", "--quiet", "--sandbox", "b*")
        #expect(forced.code == 0 && forced.errors.isEmpty)
        let copy = try Connection(path: stage.path("plain.db"), mode: .readOnly)
        try copy.withStatement("SELECT (SELECT count(*) FROM run), count(*) FROM usage_view") {
            let hasRow = try $0.step()
            #expect(hasRow && $0.integer(at: 0) == 1 && $0.integer(at: 1) == 3)
        }
        #expect(!stage.files.contains { $0.hasPrefix("plain.db.") })
        let asked = try await stage.varve("query", "runs", "--db", "plain.db")
        #expect(asked.code == 1)
    }

    @Test func `intervals as NDJSON and CSV, to a file and to standard output`() async throws {
        let end = try await stage.varve("db", "export", "--format", "ndjson")
        let lines = end.output.split(separator: 10)
        #expect(end.code == 0 && lines.count == 3)
        let first = try JSON(lines[0])
        #expect(first["sandbox"] == "build")
        #expect(first["at_ms"] == 1_795_435_200_000)
        #expect(first["cpu_avg_centipercent"] == 5_000)
        #expect(first["net_rx_last_bytes"] == nil)
        let file = try await stage.varve("db", "export", "--format", "csv", "--output", "o.csv")
        #expect(file.code == 0 && file.text.isEmpty && file.errors.isEmpty)
        let csv = try await stage.varve("db", "export", "--format", "csv")
        #expect(stage.contents("o.csv") == csv.text)
        #expect(csv.text.hasPrefix("run_id,sandbox,at_ms,interval_ms,"))
        let taken = try await stage.varve("db", "export", "--format", "csv", "--output", "o.csv")
        #expect(taken.code == 1)
        #expect(
            taken.errors
                == "varve: error: cannot write o.csv: a file of that name exists already; --force "
                + "replaces it\n")
        let window = try await stage.varve(
            "db", "export", "--format", "csv", "-b", "2026-11-23T12:00:10Z", "-e",
            "2026-11-23T12:01:00Z")
        #expect(window.text.split(whereSeparator: \.isNewline).count == 2)
    }

    @Test func `the catalog itself is never written over, whatever it is called`() async throws {
        let name = stage.path("other-name.db")
        try FileManager.default.createSymbolicLink(
            atPath: name, withDestinationPath: stage.catalog)
        for arguments in [
            ["--plain", stage.catalog], ["--plain", name],
            ["--format", "csv", "--output", stage.catalog],
        ] {
            let end = try await stage.start(
                Built.varve, ["db", "export", "--force"] + arguments
            ).finish()
            #expect(end.code == 64)
            #expect(
                end.errors.contains("is the catalog itself, or a part of it: name another file"))
        }
        #expect(try await stage.runs().count == 3)
    }

    @Test func `an export of nothing says so`() async throws {
        let end = try await stage.varve(
            "db", "export", "--format", "openmetrics", "-b", "2026-12-01")
        #expect(end.code == 4)
        #expect(end.text == "# EOF\n")
        #expect(end.errors == "varve: no run that fits has intervals in that window\n")
        for arguments in [
            [], ["--plain", "a.db", "--format", "csv"], ["--plain", "a.db", "--output", "b"],
            ["--format", "csv", "--force"], ["--format", "table"], ["--plain", ""],
        ] {
            let end = try await stage.start(Built.varve, ["db", "export"] + arguments).finish()
            #expect(end.code == 64, "\(arguments)")
        }
        #expect(stage.files.filter { $0.hasSuffix(".db") } == ["history.db"])
    }

    private static let memory = """
        # TYPE varve_memory_max_bytes gauge
        # UNIT varve_memory_max_bytes bytes
        # HELP varve_memory_max_bytes Memory in use, highest sample.
        varve_memory_max_bytes{sandbox="build",run_id="1",label_app="x,\\"y\\"",label_team="web"} \
        209715200 1795435210
        varve_memory_max_bytes{sandbox="build",run_id="1",label_app="x,\\"y\\"",label_team="web"} \
        210763776 1795435220
        varve_memory_max_bytes{sandbox="build",run_id="1",label_app="x,\\"y\\"",label_team="web"} \
        211812352 1795435270

        """

    @Test func `OpenMetrics text of everything holds what a series gives`() async throws {
        let all = try await stage.varve("db", "export", "--format", "openmetrics")
        #expect(all.code == 0 && all.errors.isEmpty)
        #expect(all.text.contains(Self.memory))
        #expect(all.text.hasSuffix("# EOF\n"))
        let integers = try await stage.varve(
            "query", "series", "build", "--metric", "memory", "--stat", "max", "--step", "recorded",
            "--format", "openmetrics")
        // A series gives what it has computed, as a number with a fraction.
        #expect(
            integers.text
                == (Self.memory + "# EOF\n").replacingOccurrences(of: " 1795", with: ".0 1795"))
    }

    @Test func `a series gives other families, too, one after the other`() async throws {
        let end = try await stage.varve(
            "query", "series", "build", "build", "--metric", "memory,disk", "--stat", "p95,avg",
            "--format", "openmetrics")
        #expect(end.code == 0)
        let types = end.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        #expect(
            types == [
                "# TYPE varve_memory_p95_bytes gauge", "# TYPE varve_memory_bytes gauge",
                "# TYPE varve_disk_read_p95_bytes_per_second gauge",
                "# TYPE varve_disk_read_bytes_per_second gauge",
                "# TYPE varve_disk_write_p95_bytes_per_second gauge",
                "# TYPE varve_disk_write_bytes_per_second gauge",
            ])
        let together = try await stage.varve(
            "query", "series", "--metric", "memory", "--stat", "sum", "--step", "2m", "--format",
            "openmetrics")
        #expect(together.text.contains("\nvarve_memory_sum_bytes 25585254.4 1795435200\n"))
        let nothing = try await stage.varve("query", "series", "crash", "--format", "openmetrics")
        #expect(nothing.code == 4 && nothing.text == "# EOF\n")
        #expect(try await stage.varve("query", "runs", "--format", "openmetrics").code == 64)
    }
}
