import Foundation
import Testing

/// A runtime that is not ours and writes a registry of its own making; it does one thing at a time.
final class ForeignRuntime {
    /// A slot that it has reserved.
    struct Slot {
        var index: Int
        var generation: UInt64
    }

    /// What it writes into a slot.
    struct Sample {
        var at: Int64
        var flags: UInt32 = 0
        var cpuTime: UInt64 = 0
        var cpuPercent: Float = 0
        var memory: UInt64 = 0
        var available: UInt64 = 0
        var resident: UInt64 = 0
        var diskRead: UInt64 = 0
        var diskWrite: UInt64 = 0
        var netRx: UInt64 = 0
        var netTx: UInt64 = 0
        var upperUsed: UInt64 = 0
        var upperFree: UInt64 = 0
        var upperAllocated: UInt64 = 0
    }

    let program: Program
    private var answers = 0

    init(program: Program) { self.program = program }

    init(on stage: Stage, abi: Int, capacity: Int = 8) throws {
        program = try stage.start(
            Built.foreignWriter, [stage.registry, "\(abi)", "\(capacity)"], hasInput: true)
    }

    /// Tells it to do something, and returns the numbers that it answers.
    @discardableResult
    func tell(_ line: String) async throws -> [UInt64] {
        let answer = try await self.answer(to: line)
        let words = answer.split(separator: " ")
        try #require(words.first == "ok", "\(line): \(answer)")
        return words.dropFirst().compactMap { UInt64($0) }
    }

    private func answer(to line: String) async throws -> String {
        try program.send(line)
        answers += 1
        var lines: [Substring] = []
        try await eventually("an answer to \(line)") {
            let text = String(decoding: program.output, as: UTF8.self)
            lines = text.split(separator: "\n")
            return lines.count >= answers && text.hasSuffix("\n")
        }
        return String(lines[answers - 1])
    }

    /// Whether it is told that no slot is left.
    func isFull() async throws -> Bool {
        try await answer(to: "reserve 1 0 41").hasSuffix("full")
    }

    /// Gives back what it has reserved and never activated.
    func cancel(_ slot: Slot) async throws {
        try await tell("cancel \(slot.index) \(slot.generation)")
    }

    func create(at time: Int64 = 1_795_435_200_000) async throws {
        try await tell("create \(time)")
    }

    func reserve(sandbox: Int32, limit: UInt64, name: [UInt8]) async throws -> Slot {
        let hex = name.map { String(format: "%02x", $0) }.joined()
        let numbers = try await tell("reserve \(sandbox) \(limit) \(hex)")
        try #require(numbers.count == 2)
        return Slot(index: Int(numbers[0]), generation: numbers[1])
    }

    func activate(_ slot: Slot, run: Int32, pid: Int32 = 0, startedAt: Int64) async throws {
        try await tell("activate \(slot.index) \(slot.generation) \(run) \(pid) \(startedAt)")
    }

    func write(_ sample: Sample, to slot: Slot) async throws {
        let bits = String(sample.cpuPercent.bitPattern, radix: 16)
        try await tell(
            "write \(slot.index) \(slot.generation) \(sample.at) \(sample.flags) "
                + "\(sample.cpuTime) \(bits) \(sample.memory) \(sample.available) "
                + "\(sample.resident) \(sample.diskRead) \(sample.diskWrite) \(sample.netRx) "
                + "\(sample.netTx) \(sample.upperUsed) \(sample.upperFree) \(sample.upperAllocated)"
        )
    }

    /// Writes half of a sample, as a writer does that dies in the middle.
    func tear(_ slot: Slot, memory: UInt64) async throws {
        try await tell("tear \(slot.index) \(slot.generation) \(memory)")
    }

    func release(_ slot: Slot, toStale: Bool = true) async throws {
        try await tell("release \(slot.index) \(slot.generation) \(toStale ? 3 : 0)")
    }
}
