import Foundation
import Testing

/// How long a fault is held.
enum Fault {
    /// A minute where `VARVE_TEST_MINUTE` is set; else some seconds, longer than the five that SQLite
    /// waits for a lock and than the three after which a pause is a gap.
    static let duration: Duration =
        ProcessInfo.processInfo.environment["VARVE_TEST_MINUTE"] == nil ? .seconds(7) : .seconds(60)
}

extension Stage {
    /// What `sql` finds, asked by the command: also where only its programs see the catalog.
    func asked(
        _ sql: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [JSON] {
        try await query("sql", sql, "--limit", "unlimited", sourceLocation: sourceLocation)
    }

    /// How many samples of all runs are recorded, asked by the command; 0 also without a catalog.
    func askedSamples() async throws -> Int64 {
        let end = try await varve(
            "query", "sql", "SELECT coalesce(sum(sample_count), 0) AS n FROM interval", "--format",
            "json")
        return end.code == 0 ? try JSON(end.output)["rows"].list.first?["n"].integer ?? 0 : 0
    }

    /// All rows of all runs by run and time: what was acknowledged once it could be read.
    func askedRows() async throws -> Set<JSON> {
        Set(try await asked("SELECT run_id, at_ms FROM interval"))
    }

    /// Waits until `count` samples more are recorded, asked by the command.
    func askedMore(
        _ count: Int64 = 10, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await askedSamples()
        try await eventually("more samples are recorded", sourceLocation: sourceLocation) {
            try await askedSamples() >= before + count
        }
    }

    /// The reasons why `run` lacks data, each with how long that was.
    func gaps(
        of run: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [(reason: String, milliseconds: Int64)] {
        let series = try await query(
            "series", run, "--metric", "memory", sourceLocation: sourceLocation)
        return series.flatMap { $0["gaps"].list }.map { gap in
            let from = gap["from"].instant ?? 0
            return (gap["reason"].string ?? "", (gap["to"].instant ?? 0) - from)
        }
    }

    /// Whether `db check` finds the catalog whole.
    func isWhole() async throws -> Bool { try await varve("db", "check").code == 0 }
}
