import HistoryModel
import SQLite

@testable import HistoryStore

/// Runs whose polls are known, in a catalog that is sealed or not.
struct PolledCatalog {
    var runs: [(id: RunID, polled: PolledRun)] = []
    var sandboxes: [RunID: String] = [:]
    let path: String
    let now: Timestamp
    var random: SeededRandom

    init(_ scratch: Scratch, seed: UInt64, steps: Bool) throws {
        random = SeededRandom(seed: seed)
        path = scratch.path("\(seed).db")
        now = .noon(plus: .random(in: 3_600_000...36_000_000, using: &random))
        let catalog = try Catalog(path: path, now: .noon)
        for index in 0..<6 {
            let length = [0, 1, 3, 100, 1_500, 3_000][index]
            let polled = PolledRun(
                using: &random, pollCount: length, steps: steps && Bool.random(using: &random))
            let sandbox = ["a", "b", "c"].randomElement(using: &random)!
            let labels = Bool.random(using: &random) ? ["team": sandbox] : [:]
            let id = try catalog.begin(
                NewRun(
                    sandbox: sandbox, labels: labels, command: ["x"], process: nil,
                    startedAt: polled.start, memoryLimitBytes: polled.limit),
                of: .own
            ).id
            runs.append((id, polled))
            sandboxes[id] = sandbox
            try write(polled, as: id, to: catalog)
        }
        let instant = Timestamp.noon(plus: .random(in: 0...20_000_000, using: &random))
        while try catalog.seal(before: instant, limit: 100).hasMore {}
    }

    private mutating func write(
        _ polled: PolledRun, as id: RunID, to catalog: borrowing Catalog
    ) throws {
        let rows = polled.rows(of: id)
        var written = 0
        while written < rows.count {
            let next = min(rows.count, written + .random(in: 1...200, using: &random))
            try catalog.write(Array(rows[written..<next]))
            written = next
            if Int.random(in: 0..<4, using: &random) == 0 {
                _ = try catalog.seal(before: rows[written - 1].at, limit: 10)
            }
        }
        guard let end = polled.end else { return }
        var ending = RunEnding(id, at: end, knownBy: .waited)
        ending.exitCode = 1
        ending.durationNanoseconds = polled.duration.map { $0 * 1_000_000 + 999_999 }
        ending.usage.cpuTimeNanoseconds = polled.exactTotal
        var batch = FlushBatch()
        batch.endings = [ending]
        if polled.isClosed { batch.closed = [id] }
        try catalog.flush(batch)
    }

    /// Where windows are cut: at whole intervals, or away from where a row that had to make room for
    /// another may have moved.
    mutating func edges(_ count: Int) -> [Timestamp] {
        Set(
            (0..<count).map { _ in
                Int64.random(in: -10...400, using: &random) * 60_000
                    + (Bool.random(using: &random)
                        ? 0 : Int64.random(in: 100...59_999, using: &random))
            }
        ).sorted().map { .noon(plus: $0) }
    }

    func expected(_ window: TimeRange) -> Usage {
        var sum = Usage()
        for run in runs { run.polled.usage(in: window, now: now).map { sum.add($0) } }
        return sum
    }
}
