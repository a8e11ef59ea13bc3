import Foundation
import HistoryModel
import HistoryStore
import SQLite
import TestFigures
import Testing

/// `varve record` killed at random instants, again and again, while sandboxes come and go.
@Suite(.serialized)
struct RecorderKillTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// How often; `VARVE_TEST_KILLS` asks for more.
    private static let kills =
        ProcessInfo.processInfo.environment["VARVE_TEST_KILLS"].flatMap { Int($0) } ?? 100
    /// `VARVE_TEST_SEED` brings one back.
    private static let seed =
        ProcessInfo.processInfo.environment["VARVE_TEST_SEED"].flatMap { UInt64($0) }
        ?? .random(in: .min ... .max)

    @Test
    func `a recorder that is killed again and again loses an interval each time, and says so`()
        async throws
    {
        let seed = Self.seed
        let load = try SandboxLoad(on: stage, lanes: 6, seed: seed)
        var victims = RecorderVictims(on: stage, seed: seed &+ 1)
        var committed = CommittedRows()
        var problems: [String] = []
        func look(_ when: String, decodesAll: Bool = false) throws {
            do {
                problems += try committed.look(into: stage.catalog, decodesAll: decodesAll)
                    .map { "\(when): \($0)" }
            } catch  where committed.count == 0 {
                // Nothing was there yet, or not all of it.
            }
        }
        for number in 1...3 * Self.kills {
            // A busy machine lets few runs come while so many recorders are killed.
            if number > Self.kills, committed.count > 5 * Self.kills { break }
            // Whoever opens a catalog that nobody has open restores its index from the log: half of
            // the time the recorder, else this reader.
            let reader =
                victims.flips() ? nil : try? Connection(path: stage.catalog, mode: .readOnly)
            _ = try? reader?.integers("SELECT count(*) FROM run")
            try await victims.startOne()
            try await victims.live()
            try look("before kill \(number)")
            try await victims.killOne()
            if number % 10 == 0, committed.count > 0 {
                problems += try CatalogReader(path: stage.catalog).problems()
                try look("after kill \(number)")
            }
            guard problems.isEmpty else { break }
        }
        try await victims.startOne()
        try await Task.sleep(for: .milliseconds(500))
        try await load.finish()
        #expect(load.failure == nil)
        try await eventually("all runs are closed, of seed \(seed)") {
            try stage.integers("SELECT id FROM run WHERE sample_count IS NULL").isEmpty
        }
        let end = try await victims.finishLast()
        #expect(end.code == 0 && end.errors.hasSuffix("to the end\n"), "\(end.errors)")
        problems += try CatalogReader(path: stage.catalog).problems()
        try look("at the end", decodesAll: true)
        #expect(problems.isEmpty, "seed \(seed): \(problems.prefix(20))")

        let audit = try GapAudit(of: stage, load: load.runs, lives: victims.lives)
        #expect(audit.problems.isEmpty, "seed \(seed): \(audit.problems.prefix(6))")
        // It did what it is for.
        #expect(victims.lives.count > Self.kills)
        #expect(victims.killedEarly > 0 && victims.killedWriting > 0)
        #expect(committed.count >= Self.kills && committed.sealedCount > committed.count / 2)
        #expect(audit.runCount > Self.kills / 2 && audit.rowCount == committed.count)
        #expect(audit.lossCount > Self.kills / 4 && audit.gapCount >= audit.lossCount)
        try Figures.record(
            "SIGKILL at random", of: "record", tried: victims.lives.count - 1,
            crashes: stage.crashCount, acknowledged: committed.count, lost: problems.count)
        let before = audit.lostBefore.reduce(0, +) / Int64(max(1, audit.lostBefore.count))
        #expect(before < RecorderVictims.interval + RecorderVictims.poll)
        print(
            "seed \(seed): \(victims.lives.count - 1) kills (\(victims.killedEarly) before the recorder was at "
                + "work, \(victims.killedWriting) in a transaction): \(audit)")
    }

    @Test func `a supervisor that is killed again and again leaves whole rows and an inferred end`()
        async throws
    {
        let seed = Self.seed
        var generator = SeededGenerator(seed: seed)
        let kills = min(100, Self.kills)
        var committed = CommittedRows()
        var problems: [String] = []
        var killed = 0
        for number in 1...3 * kills {
            // A busy machine lets few of them come to begin their run.
            if number > kills, (try? stage.integers("SELECT count(*) FROM run"))?[0][0] ?? 0 > kills
            {
                break
            }
            let varve = try stage.startVarve(
                "run", "--name", "r", "--interval", "20ms", "--row-interval", "100ms", "--",
                "/bin/sleep", "600")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...400, using: &generator)))
            // What can be read before the kill must be there after it, and after all that follow.
            if (try? stage.integers("SELECT count(*) FROM sample")) != nil {
                problems += try committed.look(into: stage.catalog)
            }
            varve.signal(SIGKILL)
            #expect(try await varve.finish().code == 137)
            killed += 1
            // Nobody is left to end the command; the next `varve run` finds both gone.
            let left = try? stage.integers(
                "SELECT pid FROM run WHERE status = 'Running' AND pid > 1")
            for case let pid?? in (left ?? []).map(\.first) {
                kill(Int32(pid), SIGKILL)
                try await eventually("the command \(pid) is dead") { isDead(Int32(pid)) }
            }
        }
        #expect(try await stage.varve("run", "--name", "last", "--", "true").code == 0)
        problems += try committed.look(into: stage.catalog, decodesAll: true)
        let lost = problems.count
        problems += try CatalogReader(path: stage.catalog).problems()
        #expect(problems.isEmpty, "seed \(seed): \(problems)")
        let overlapping = try stage.overlappingRows()
        #expect(overlapping.isEmpty, "seed \(seed): \(overlapping)")
        let rows = Dictionary(grouping: try stage.sampleRows(), by: \.run.rawValue)
        let runs = try await stage.runs().dropLast()
        for run in runs {
            let id = run["run_id"].integer ?? 0
            #expect(run["status"] == "Terminated", "run \(id) of seed \(seed)")
            #expect(run["exit_known_by"] == "inferred", "run \(id) of seed \(seed)")
            let own = rows[id] ?? []
            #expect(run["sample_count"].integer == own.reduce(0) { $0 + $1.sampleCount })
            let ended = try #require(run["terminated_at"].instant)
            #expect(own.allSatisfy { $0.lastAt.unixMilliseconds <= ended })
        }
        #expect(runs.count > kills / 2 && rows.count > kills / 4)
        #expect(committed.count > kills / 4)
        try Figures.record(
            "SIGKILL at random", of: "run", tried: killed, crashes: stage.crashCount,
            acknowledged: committed.count, lost: lost)
        print("seed \(seed): \(kills) kills, \(runs.count) runs, \(rows.count) with rows")
    }
}
