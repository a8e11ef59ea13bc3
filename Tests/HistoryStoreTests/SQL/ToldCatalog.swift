import HistoryModel
import SQLite

@testable import HistoryStore

/// A catalog in which something of everything has happened, sealed in part.
struct ToldCatalog {
    static let now = Timestamp.noon(plus: 20_000_000)
    let path: String

    init(_ scratch: Scratch) throws {
        path = scratch.catalog
        let catalog = try scratch.makeCatalog()
        for (index, peak) in [Int64(300 << 20), 500 << 20].enumerated() {
            let start = Timestamp.noon(plus: Int64(index) * 7_200_000)
            let run = try catalog.begin(
                NewRun(
                    sandbox: "it's", labels: ["team": "blue"], command: ["x"], process: nil,
                    startedAt: start, memoryLimitBytes: 1 << 30), of: .own
            ).id
            var rows: [SampleRow] = []
            // A minute without data in the middle.
            for step in Array(0..<180) + Array(186..<400) {
                let at = start.advanced(byMilliseconds: Int64(step) * 10_000)
                let read = Int64(step) * 1_000
                rows.append(
                    .tenSeconds(
                        of: run, at: at,
                        gauges: [
                            .cpu: .init(count: 10, average: 5_000, maximum: 9_000 + Int64(step)),
                            .memory: .init(
                                count: 10, average: 1 << 20, maximum: peak - Int64(step)),
                        ],
                        counters: [
                            .cpuTime: .init(first: read * 1_000, last: (read + 900) * 1_000),
                            .diskRead: .init(first: read, last: read + 900),
                            .diskWrite: .init(first: 0, last: 0),
                            .netRx: .init(first: read, last: read),
                            .netTx: .init(first: 0, last: 0),
                        ]))
            }
            try catalog.write(rows)
            let end = start.advanced(byMilliseconds: 4_000_000)
            var ending = RunEnding(run, at: end, knownBy: .waited)
            ending.exitSignal = 9
            ending.reason = .failed
            ending.usage.memoryPeakBytes = peak
            var batch = FlushBatch()
            batch.events = [
                (
                    run,
                    LifecycleEvent(.killed, at: end, detail: "SIGKILL", seenBy: .supervisor)
                )
            ]
            batch.endings = [ending]
            batch.closed = [run]
            try catalog.flush(batch)
        }
        // Both hours of the first run.
        _ = try catalog.seal(before: .noon(plus: 3_600_000), limit: 2)
        try tamper(
            path,
            """
            INSERT INTO gap (run_id, from_at_ms, to_at_ms, reason)
            VALUES (1, 1795437000000, 1795437060000, 'stalled')
            """)
    }

    /// Rows of `sql`.
    static func rows(
        _ sql: String, in path: String, limits: CatalogReader.StatementLimits = .init()
    ) throws -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        _ = try CatalogReader(path: path).query(sql, limits: limits) { _ in
        } row: {
            rows.append($0)
        }
        return rows
    }
}
