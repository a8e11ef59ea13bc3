internal import Floors
internal import Foundation
internal import HistoryModel
internal import SlotRegistry

/// The registry's fast path against C on the same shared memory: writing a sample, and reading all slots.
struct RegistryBenchmark {
    private let slotCount: Int
    private let times: Int
    private let thresholds: Thresholds?
    private let report: Report

    init(_ options: Options) throws {
        slotCount = try options.number("slots", or: 1024)
        times = try options.number("times", or: 500)
        thresholds = try Thresholds(options)
        report = Report(options)
    }

    /// Writes that are timed together: reading the thread's clock takes as long as dozens of them.
    private static let batch = 10_000

    func run() throws {
        let stage = try Stage(capacity: slotCount)
        let began = Timestamp(unixMilliseconds: Stage.start)
        var loads = (0..<slotCount).map { SandboxLoad($0) }
        let writers = try (1...Int32(slotCount)).map { id in
            try stage.run(id, sandbox: id, pid: id, startedAt: began)
        }
        let start = Stage.start
        func writeSamples(_ round: Int) throws {
            for slot in writers.indices {
                try writers[slot].write(loads[slot].next(at: start + Int64(round) * 1000))
            }
        }
        try writeSamples(0)
        print("writing and reading \(slotCount) slots, \(times) times …")
        let writes = try writes(stage, writers[0], loads[0].next(at: Stage.start))
        try report.add(writes)
        print("")
        let snapshots = try snapshots(stage, writeSamples)
        try report.add(snapshots)
        print("")
        try report.add(Self.besideReaders(stage, writers, loads[0].next(at: Stage.start)))
        print("")
        try thresholds?.check(writes + snapshots)
    }

    private func writes(
        _ stage: Stage, _ writer: SlotWriter, _ sample: SlotSample
    ) throws -> [Comparison] {
        let floor = try FloorWriter(
            of: stage.name, slot: writer.slot, generation: writer.generation)
        var write = Comparison("write a sample", count: Self.batch)
        var alone = Comparison(
            "the same, the floor for a slot that nobody else writes", count: Self.batch)
        var theirs = floor_sample(sample)
        var written = 0
        func ours() throws {
            for _ in 0..<Self.batch { try writer.write(sample) }
        }
        for _ in 0..<times {
            try write.measure(
                ours: ours,
                floor: {
                    for _ in 0..<Self.batch where floor.write(&theirs) { written += 1 }
                })
        }
        guard written == times * Self.batch else { throw BenchmarkError("the floor did not write") }
        for _ in 0..<times {
            // It goes on from where the slot's seqlock stands.
            let own = try FloorWriter(
                of: stage.name, slot: writer.slot, generation: writer.generation)
            alone.measure(floor: {
                for _ in 0..<Self.batch where own.writeAlone(&theirs) { written += 1 }
            })
            try alone.measure(ours: ours)
        }
        write.countSystemCalls { try writer.write(sample) }
        return [write, alone]
    }

    private func snapshots(
        _ stage: Stage, _ writeSamples: (Int) throws -> Void
    ) throws -> [Comparison] {
        let floor = try FloorRecorder(of: stage.name, capacity: slotCount)
        var snapshot = Comparison("snapshot of \(slotCount) slots")
        var seen = 0
        func read() throws {
            try stage.reader.snapshot { reading in
                if reading.identity.pid > 0 { seen += 1 }
            }
        }
        for round in 1...times {
            try writeSamples(round)
            try snapshot.measure(ours: read, floor: { seen -= floor.snapshot() })
        }
        guard seen == 0 else { throw BenchmarkError("ours and the floor saw different slots") }
        snapshot.forgetFirst(20)
        snapshot.countSystemCalls(read)
        return [snapshot]
    }
}
