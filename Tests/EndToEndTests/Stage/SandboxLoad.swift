import Foundation
import HistoryModel
import SlotRegistry
import Synchronization
import Testing

/// Numbers that come again with their seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// splitmix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Sandboxes that come and go on one registry, each sampled by a thread of the test, which remembers
/// every sample that it wrote.
final class SandboxLoad: Sendable {
    /// A run and what was written of it.
    struct Run: Sendable {
        let number: Int32
        let startedAt: Int64
        /// How far its samples are meant to lie apart.
        let cadence: Int64
        /// When its samples were taken; the first is number 1.
        var sampledAt: [Int64] = []

        /// How many samples were taken between two instants, without them.
        func sampleCount(after from: Int64, before to: Int64) -> Int {
            sampledAt.count { $0 > from && $0 < to }
        }
    }

    /// What a sample's number makes of its values, which are so known by anyone.
    static let bytesPerSample: Int64 = 4096

    private struct State {
        var runs: [Run] = []
        var isAsked = false
        var isOver = false
        var failure: String?
    }

    private let state = Mutex(State())

    /// Starts `lanes` sandboxes at once; where one ends, another begins.
    init(on stage: Stage, lanes: Int, seed: UInt64) throws {
        let name = try RegistryName(stage.registry)
        // So few slots that they are used again, and those of killed processes taken back.
        let registry = try Registry.create(name, capacity: lanes + 4)
        _ = registry.capacity
        let thread = Thread { [self] in
            do {
                let registry = try Registry.open(name)
                try work(on: stage, registry, lanes: lanes, SeededGenerator(seed: seed))
            } catch {
                state.withLock { $0.failure = "\(error)" }
            }
            state.withLock { $0.isOver = true }
        }
        thread.start()
    }

    /// All runs there were so far.
    var runs: [Run] { state.withLock(\.runs) }

    /// What went wrong in the thread.
    var failure: String? { state.withLock(\.failure) }

    /// Ends all runs and the thread.
    func finish() async throws {
        state.withLock { $0.isAsked = true }
        try await eventually("the load ends") { state.withLock(\.isOver) }
    }

    static var now: Int64 { Timestamp.now().unixMilliseconds }

    /// A sandbox that runs.
    fileprivate struct Lane {
        let index: Int
        let writer: SlotWriter
        /// Killed with the lane.
        let process: Program
        let cadence: Int64
        let endsAt: Int64
        var nextAt: Int64
        var number: Int64 = 0
        var lastAt: Int64
    }

    private func work(
        on stage: Stage, _ registry: borrowing Registry, lanes count: Int,
        _ seeded: SeededGenerator
    ) throws {
        var generator = seeded
        var lanes: [Lane?] = Array(repeating: nil, count: count)
        while !state.withLock(\.isAsked) {
            for index in lanes.indices {
                if lanes[index] == nil {
                    lanes[index] = try begin(on: stage, registry, &generator)
                } else if let lane = lanes[index], Self.now >= lane.endsAt {
                    try end(lane, &generator)
                    lanes[index] = nil
                } else if let nextAt = lanes[index]?.nextAt, Self.now >= nextAt {
                    try lanes[index]?.sample(in: self)
                }
            }
            usleep(1_000)
        }
        for case let lane? in lanes { try end(lane, &generator) }
    }

    private func begin(
        on stage: Stage, _ registry: borrowing Registry, _ generator: inout SeededGenerator
    ) throws -> Lane {
        let process = try stage.start("/bin/sleep", ["600"])
        let cadence: Int64 = [10, 10, 40, 60].randomElement(using: &generator) ?? 10
        let now = Self.now
        let index = state.withLock { state in
            let run = Run(
                number: Int32(state.runs.count + 1), startedAt: now, cadence: cadence)
            state.runs.append(run)
            return state.runs.count - 1
        }
        let number = Int32(index + 1)
        let slot = try registry.reserve(
            sandboxID: number, memoryLimitBytes: 0, name: "s\(number)")
        let writer = try registry.activate(
            slot, runID: number, pid: process.pid,
            startedAt: Timestamp(unixMilliseconds: now))
        // Most are short, so that there is always something to be closed and sealed.
        let life: Int64 = Int.random(in: 0..<4, using: &generator) == 0 ? 5_000 : 1_000
        return Lane(
            index: index, writer: writer, process: process, cadence: cadence,
            endsAt: now + Int64.random(in: 100...life, using: &generator), nextAt: now,
            lastAt: now)
    }

    private func end(_ lane: Lane, _ generator: inout SeededGenerator) throws {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: try lane.writer.release(to: .stale)
        case 1: try lane.writer.release(to: .free)
        default: break
        }
    }

    fileprivate func note(sampleAt at: Int64, ofRun index: Int) {
        state.withLock { $0.runs[index].sampledAt.append(at) }
    }
}

extension SandboxLoad.Lane {
    fileprivate mutating func sample(in load: SandboxLoad) throws {
        number += 1
        lastAt = max(SandboxLoad.now, lastAt + 1)
        nextAt = max(nextAt + cadence, lastAt)
        var sample = SlotSample(sampledAtUnixMilliseconds: lastAt)
        let bytes = UInt64(number * SandboxLoad.bytesPerSample)
        sample.flags = [.memoryUsed]
        sample.memoryBytes = bytes
        sample.diskReadBytes = bytes
        sample.diskWriteBytes = UInt64(number)
        // Before it can be seen.
        load.note(sampleAt: lastAt, ofRun: index)
        try writer.write(sample)
    }
}
