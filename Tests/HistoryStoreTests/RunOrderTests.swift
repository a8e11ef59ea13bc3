import HistoryModel
import HistoryStore
import SQLite
import Testing

struct RunOrderTests {
    let scratch = try! Scratch()

    /// Thirty closed runs and ten open ones with random usage, of which some is not known.
    private func fill(_ random: inout SeededRandom) throws {
        let catalog = try scratch.makeCatalog()
        for index in 0..<40 {
            let run = try catalog.begin(
                NewRun(
                    sandbox: "s\(Int.random(in: 0..<5, using: &random))",
                    labels: ["index": "\(index)"], command: ["x", "a\"b/c"],
                    startedAt: .noon(plus: Int64.random(in: 0..<20, using: &random) * 1_000)),
                of: .own
            ).id
            try catalog.write(rows(of: run, &random))
            guard index < 30 else { continue }
            try catalog.end(
                run, at: .noon(plus: 30_000 + Int64.random(in: 0..<5, using: &random) * 1_000))
        }
    }

    private func rows(of run: RunID, _ random: inout SeededRandom) -> [SampleRow] {
        (0..<Int64.random(in: 0...3, using: &random)).map { index in
            var counters: [Metric: SampleRow.Counter] = [:]
            for metric in Metric.counters where Bool.random(using: &random) {
                let first = Int64.random(in: 0..<5, using: &random)
                counters[metric] = .init(first: first, last: first + 3)
            }
            let peak = Int64.random(in: 0..<5, using: &random)
            return .tenSeconds(
                of: run, at: .noon(plus: index * 10_000),
                gauges: [
                    .cpu: .init(count: 1, average: 0, maximum: peak),
                    .memory: .init(count: 1, average: 0, maximum: peak),
                ], counters: counters)
        }
    }

    private static func value(_ key: RunOrder.Key, of run: Run) -> Int64? {
        func sum(_ one: Int64?, _ other: Int64?) -> Int64? {
            one == nil && other == nil ? nil : (one ?? 0) + (other ?? 0)
        }
        let usage = run.usage
        return switch key {
        case .started: run.startedAt.unixMilliseconds
        case .ended: run.terminatedAt?.unixMilliseconds
        case .duration: run.duration?.nanoseconds
        case .cpu: usage.cpuTimeNanoseconds
        case .cpuMax: usage.cpuMaxCentipercent
        case .memory: usage.memoryPeakBytes
        case .disk: sum(usage.diskReadBytes, usage.diskWriteBytes)
        case .net: sum(usage.netRxBytes, usage.netTxBytes)
        case .sandbox: Int64(run.sandbox.dropFirst()).map { -$0 }
        }
    }

    @Test(arguments: RunOrder.Key.allCases, [false, true])
    func `runs come in every order, closed and open ones, and a limit keeps the first`(
        key: RunOrder.Key, isReversed: Bool
    ) throws {
        var random = SeededRandom(seed: 7)
        try fill(&random)
        let reader = try CatalogReader(path: scratch.catalog)
        let all = try reader.runs()
        #expect(all.count == 40)
        #expect(all.filter { $0.usage.cpuMaxCentipercent != nil }.count > 20)
        let expected = all.sorted { one, other in
            let (left, right) = (Self.value(key, of: one), Self.value(key, of: other))
            if (left == nil) != (right == nil) { return left != nil }
            if let left, let right, left != right { return (left > right) != isReversed }
            let isLater = (one.startedAt, one.id) > (other.startedAt, other.id)
            return isLater != isReversed
        }
        let order = RunOrder(key, isReversed: isReversed)
        for limit in [nil, 1, 12, 100, 0] as [Int?] {
            let runs = try reader.runs(matching: RunQuery(order: order, limit: limit))
            // Every run whole: its labels, its usage.
            #expect(runs == Array(expected.prefix(limit ?? .max)))
        }
    }

    @Test func `what open runs have used is the same as if each was asked for alone`() throws {
        var random = SeededRandom(seed: 8)
        try fill(&random)
        let reader = try CatalogReader(path: scratch.catalog)
        for run in try reader.runs() {
            #expect(try reader.run(RunReference("\(run.id)")) == run)
            #expect(run.labels == ["index": "\(run.id.rawValue - 1)"])
            #expect(run.command == ["x", "a\"b/c"])
        }
    }

    @Test func `runs are chosen by why they ended`() throws {
        let catalog = try scratch.makeCatalog()
        for reason in [TerminationReason.failed, .completed, .signal, .failed] {
            let run = try catalog.begin(.web(), of: .own).id
            var ending = RunEnding(run, at: .noon(plus: 5), knownBy: .waited)
            ending.reason = reason
            var batch = FlushBatch()
            batch.endings = [ending]
            try catalog.flush(batch)
        }
        _ = try catalog.begin(.web(), of: .own)
        let reader = try CatalogReader(path: scratch.catalog)
        func ids(_ reasons: Set<TerminationReason>) throws -> [Int64] {
            try reader.runs(matching: RunQuery(reasons: reasons)).map(\.id.rawValue)
        }
        #expect(try ids([.failed]) == [1, 4])
        #expect(try ids([.failed, .signal]) == [1, 3, 4])
        #expect(try ids([.idleTimeout]) == [])
        #expect(try ids([]) == [1, 2, 3, 4, 5])
    }
}
