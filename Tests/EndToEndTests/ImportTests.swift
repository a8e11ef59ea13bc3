import Foundation
import Testing

/// `varve db import`.
struct ImportTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private func write(_ text: String, to name: String = "day.csv") throws {
        try text.write(toFile: stage.path(name), atomically: false, encoding: .utf8)
    }

    @Test("what was imported is said, and asked for as any other run")
    func sentences() async throws {
        let lines = "ts,sandbox,cpu_percent,load\n1795435200,web,1.5,9\n1795435210,web,NaN,9\n"
        try write(lines)
        let first = try await stage.varve("db", "import", "day.csv")
        #expect(first.code == 0)
        #expect(first.text == "")
        #expect(
            first.errors == """
                varve: warning: day.csv: column 'load' is of no known metric, and left out
                varve: warning: day.csv: 1 value is impossible (negative, infinite, not a number or \
                above 2^63-1), and taken as not measured
                varve: day.csv: added 1 run, 2 samples

                """)
        let again = try await stage.varve("db", "import", "day.csv", "--quiet")
        #expect(again.errors.split(separator: "\n").count == 2)
        try write(lines + "1795435220,web,3,9\n1795435220,db,3,9\n")
        let more = try await stage.varve("db", "import", "day.csv")
        #expect(
            more.errors.hasSuffix("day.csv: added 1 run, brought 1 run up to date, 4 samples\n"))
        let run = try await stage.runs()[0]
        #expect(run["sandbox"] == "web")
        #expect(run["status"] == "Terminated")
        #expect(run["exit_known_by"] == "unknown")
        #expect(run["sample_count"] == 3)
        #expect(run["started_at"] == "2026-11-23T12:00:00.000Z")
        #expect(run["terminated_at"] == "2026-11-23T12:00:20.000Z")
    }

    @Test("standard input is read, and what it is called can be said")
    func standardInput() async throws {
        try write("ts,cpu_percent\n1795435200,1\n")
        let end = try await stage.shell("cat day.csv | \"$VARVE\" db import - --name mine")
        #expect(end.code == 0)
        #expect(end.errors == "varve: -: added 1 run, 1 sample\n")
        #expect(try await stage.onlyRun()["sandbox"] == "mine")
        #expect(try await stage.onlyRun()["source"]["registry"] == "import:mine")
    }

    @Test("a malformed file ends with 1 and makes no catalog; wrong usage ends with 64")
    func failures() async throws {
        try write("ts,cpu_percent\n1795435200,one\n")
        let end = try await stage.varve("db", "import", "day.csv")
        #expect(end.code == 1)
        #expect(
            end.errors
                == "varve: error: day.csv:2:12: 'one' is no number; nothing was imported\n")
        #expect(!stage.exists("history.db"))
        #expect(try await stage.varve("db", "import").code == 64)
        #expect(try await stage.varve("db", "import", "a", "b", "--name", "x").code == 64)
    }

    @Test("what our own series prints is taken over")
    func ownSeries() async throws {
        try stage.makeHistory()
        try await stage.shell(
            "\"$VARVE\" query series build --metric cpu,memory --format csv > own.csv")
        let end = try await stage.varve("db", "import", "own.csv")
        #expect(end.errors == "varve: own.csv: added 1 run, 3 samples\n")
        let run = try await stage.runs().last
        #expect(run?["sandbox"] == "build")
        #expect(run?["sample_count"] == 30)
        let points = try await stage.query("series", "build", "--metric", "cpu,memory")
        let copy = try await stage.query("series", "build~1", "--metric", "cpu,memory")
        #expect(!points.isEmpty && !copy.isEmpty)
    }

    @Test("an import that is killed leaves whole runs only, and goes on when it is repeated")
    func kill() async throws {
        let runs = 1200
        var text = "ts,sandbox,cpu_percent\n"
        for index in 0..<3 {
            for run in 0..<runs { text += "\(1_795_435_200 + index * 3600),s\(run),\(index)\n" }
        }
        try write(text)
        var wasInTheMiddle = false
        for _ in 0..<5 where !wasInTheMiddle {
            for name in stage.files where name.hasPrefix("history.db") {
                try FileManager.default.removeItem(atPath: stage.path(name))
            }
            let program = try stage.startVarve("db", "import", "day.csv")
            try await eventually("the first runs are there") {
                let count = try? stage.integers("SELECT count(*) FROM run").first?.first
                return (count ?? 0) ?? 0 > 0
            }
            program.signal(SIGKILL)
            _ = try await program.finish()
            let found = try stage.integers(
                """
                SELECT count(*), sum(sample_count), (SELECT count(*) FROM sample_block),
                    (SELECT count(*) FROM sample_detail), sum(status = 'Terminated') FROM run
                """)[0].map { $0 ?? 0 }
            #expect(found[1] == found[0] * 3)
            #expect(found[2] == found[0] * 3)
            #expect(found[3] == found[0] * 3)
            #expect(found[4] == found[0])
            wasInTheMiddle = found[0] < Int64(runs)
        }
        #expect(wasInTheMiddle)
        let end = try await stage.varve("db", "import", "day.csv")
        #expect(end.code == 0)
        #expect(try stage.integers("SELECT count(*) FROM run") == [[Int64(runs)]])
        #expect(try await stage.varve("db", "check").code == 0)
    }
}
