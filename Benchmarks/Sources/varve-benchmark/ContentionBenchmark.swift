internal import Floors
internal import Foundation
internal import HistoryModel
internal import SlotRegistry

/// Writers and readers of one registry on all processors: how long a write takes with and without readers,
/// each write by the clock, and whether a reader ever sees a sample that nobody wrote.
struct ContentionBenchmark {
    private let slotCount: Int
    private let writerCount: Int
    private let readerCount: Int
    private let seconds: Int

    init(_ options: Options) throws {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        slotCount = try options.number("slots", or: 1024)
        writerCount = try options.number("writers", or: max(1, processors / 2))
        readerCount = try options.number("readers", or: max(1, processors - processors / 2))
        seconds = try options.number("seconds", or: 5)
        guard writerCount <= slotCount else { throw UsageError() }
    }

    func run() throws {
        var mixed = SlotSample.checked(1)
        mixed.netTxBytes = SlotSample.checked(2).netTxBytes
        guard SlotSample.checked(1).isWhole, !mixed.isWhole else {
            throw BenchmarkError("a torn sample would not be told from a whole one")
        }
        print(
            "\(writerCount) writers, \(readerCount) readers, \(slotCount) slots: "
                + "\(3 * seconds) s …")
        let crowds = [
            try crowd("writers alone", readers: 0),
            try crowd("with readers that poll each 100 ms", readers: readerCount, pause: 0.1),
            try crowd("with readers that never pause", readers: readerCount, pause: 0),
        ]
        var table = Table(
            ["what", "p50", "p99", "p99.9", "longest", "writes", "slots read", "given up", "torn"])
        for (what, crowd) in crowds {
            table.add(
                [what]
                    + [0.5, 0.99, 0.999].map { Text.time(Double(crowd.latencies.quantile($0))) }
                    + [
                        Text.time(Double(crowd.latencies.longest)), "\(crowd.latencies.count)",
                        "\(crowd.readCount)", "\(crowd.givenUpCount)", "\(crowd.tornCount)",
                    ])
        }
        table.print()
        for (what, crowd) in crowds {
            guard crowd.tornCount == 0 else {
                throw BenchmarkError("\(what): \(crowd.tornCount) samples were torn")
            }
            guard crowd.isComplete else {
                throw BenchmarkError("\(what): some writer or reader never came to its work")
            }
        }
    }

    private func crowd(
        _ what: String, readers: Int, pause: Double = 0
    ) throws -> (String, Crowd) {
        let stage = try Stage(capacity: slotCount)
        let began = Timestamp(unixMilliseconds: Stage.start)
        let slots = try (1...Int32(slotCount)).map { id in
            try stage.run(id, sandbox: id, pid: id, startedAt: began)
        }
        for slot in slots { try slot.write(.checked(UInt64(slot.slot))) }
        let crowd = Crowd(end: Date(timeIntervalSinceNow: Double(seconds)))
        for number in 0..<writerCount {
            let own = slots.indices.filter { $0 % writerCount == number }.map { slots[$0] }
            crowd.start { crowd in try crowd.write(own) }
        }
        for _ in 0..<readers {
            let name = stage.name
            crowd.start { crowd in try crowd.read(name, pause: pause) }
        }
        try crowd.join()
        return (what, crowd)
    }
}
