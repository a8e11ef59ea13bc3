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
        try program.send(line)
        answers += 1
        var lines: [Substring] = []
        try await eventually("an answer to \(line)") {
            let text = String(decoding: program.output, as: UTF8.self)
            lines = text.split(separator: "\n")
            return lines.count >= answers && text.hasSuffix("\n")
        }
        let words = lines[answers - 1].split(separator: " ")
        try #require(words.first == "ok", "\(line): \(lines[answers - 1])")
        return words.dropFirst().compactMap { UInt64($0) }
    }

    func create() async throws {
        try await tell("create 1795435200000")
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

    func release(_ slot: Slot, toStale: Bool = true) async throws {
        try await tell("release \(slot.index) \(slot.generation) \(toStale ? 3 : 0)")
    }
}
