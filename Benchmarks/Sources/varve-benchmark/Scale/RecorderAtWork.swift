internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import SlotRegistry

/// A real `varve record` beside active slots of processes that live, each with a new sample each second.
struct RecorderAtWork {
    let varve: String
    let slotCount: Int
    let processCount: Int
    let seconds: Int

    /// What it took, once it had adopted all runs: that is no cost of being there.
    struct Figures {
        /// Of one core.
        var processorShare: Double
        var residentBytes: Int64
        var peakResidentBytes: Int64
        /// The database and its log, after the recorder has ended.
        var databaseBytes: Int64
        /// How many samples it kept, of those that were written while it was looked at.
        var sampleShare: Double
        /// What `varve db info` says of it.
        var report: String
    }

    private static let warmUp = 15

    func measure() throws -> Figures {
        guard FileManager.default.isExecutableFile(atPath: varve) else {
            throw BenchmarkError("no program at '\(varve)': build varve and give it with --varve")
        }
        let scratch = try Scratch()
        let path = scratch.file("history.db")
        let stage = try Stage(capacity: slotCount)
        let owners = try Owners(processCount)
        var loads = (0..<slotCount).map { SandboxLoad($0) }
        let writers = try (0..<slotCount).map { slot in
            try stage.run(
                Int32(slot + 1), sandbox: Int32(slot + 1), pid: owners.pid(of: slot),
                startedAt: .now())
        }
        let recorder = try Child(varve, ["record", "--registry", stage.name.value, "--db", path])

        /// Samples come spread over the second, as those of real samplers do.
        func second(_ number: Int, begun: Date) throws {
            let parts = 8
            for part in 0..<parts {
                for slot in stride(from: part, to: slotCount, by: parts) {
                    try writers[slot].write(
                        loads[slot].next(at: Timestamp.now().unixMilliseconds))
                }
                let next = begun.addingTimeInterval(
                    Double(number) + Double(part + 1) / Double(parts))
                Thread.sleep(until: next)
            }
        }
        func figures() throws -> ProcessFigures {
            guard let figures = ProcessFigures(of: recorder.pid) else {
                throw BenchmarkError("the recorder has ended:\n\(recorder.end())")
            }
            return figures
        }
        let begun = Date()
        print("letting it adopt \(slotCount) runs for \(Self.warmUp) s …")
        for number in 0..<Self.warmUp { try second(number, begun: begun) }
        let before = try figures()
        for number in Self.warmUp..<Self.warmUp + seconds {
            if (number - Self.warmUp) % 15 == 0 {
                print("second \(number - Self.warmUp) of \(seconds) …")
            }
            try second(number, begun: begun)
        }
        let after = try figures()
        let said = recorder.end()
        if !said.isEmpty { print(said) }
        let summary = try CatalogReader(path: path).summary()
        let written = slotCount * (Self.warmUp + seconds)
        return Figures(
            processorShare: (after.processorSeconds - before.processorSeconds) / Double(seconds),
            residentBytes: after.residentBytes, peakResidentBytes: after.peakResidentBytes,
            databaseBytes: Scratch.databaseBytes(path),
            sampleShare: Double(summary.sampleCount) / Double(written),
            report: try Child.output(of: varve, ["db", "info", "--db", path]))
    }
}

/// Processes that only live, and are gone when it is dropped.
private final class Owners {
    private var pids: [Int32] = []

    init(_ count: Int) throws {
        for _ in 0..<count {
            let pid = floor_start_idle_process()
            guard pid > 0 else { throw BenchmarkError("cannot start \(count) processes") }
            pids.append(pid)
        }
    }

    deinit {
        for pid in pids { kill(pid, SIGKILL) }
        var status: Int32 = 0
        // The status is written during each call only.
        for pid in pids { unsafe waitpid(pid, &status, 0) }
    }

    func pid(of slot: Int) -> Int32 { pids[slot % pids.count] }
}

/// A program that runs until it is told to end.
final class Child {
    private let process = Process()
    private let errors = Pipe()

    init(_ path: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    var pid: Int32 { process.processIdentifier }

    /// Ends it; what it said of trouble.
    func end() -> String {
        if process.isRunning { process.terminate() }
        let said = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return said
    }

    static func output(of path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
