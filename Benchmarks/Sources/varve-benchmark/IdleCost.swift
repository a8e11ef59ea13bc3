internal import Floors
internal import Foundation
internal import HistoryModel
internal import SlotRegistry

/// A real `varve record` beside active slots of processes that live: what it costs to be there.
struct IdleCost {
    private let varve: String
    private let seconds: Int
    private let slotCount: Int
    private let processCount: Int

    init(_ options: Options) throws {
        varve = options.text("varve") ?? ""
        seconds = try options.number("seconds", or: 120)
        slotCount = try options.number("slots", or: 1024)
        processCount = try options.number("processes", or: 1024)
    }

    func run() throws {
        guard FileManager.default.isExecutableFile(atPath: varve) else {
            throw BenchmarkError("no program at '\(varve)': build varve and give it with --varve")
        }
        let scratch = try Scratch()
        let stage = try Stage(capacity: slotCount)
        let owners = try Owners(processCount)
        var loads = (0..<slotCount).map { SandboxLoad($0) }
        let writers = try (0..<slotCount).map { slot in
            try stage.run(
                Int32(slot + 1), sandbox: Int32(slot + 1), pid: owners.pid(of: slot),
                startedAt: .now())
        }
        let recorder = try Child(
            varve,
            ["record", "--registry", stage.name.value, "--db", scratch.file("history.db")])

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
        let begun = Date()
        // It adopts all runs in its first seconds: that is no idle cost.
        let warmUp = 15
        print("letting it adopt \(slotCount) runs for \(warmUp) s …")
        for number in 0..<warmUp { try second(number, begun: begun) }
        guard let before = ProcessFigures(of: recorder.pid) else {
            throw BenchmarkError("the recorder has ended:\n\(recorder.end())")
        }
        for number in warmUp..<warmUp + seconds {
            if (number - warmUp) % 15 == 0 { print("second \(number - warmUp) of \(seconds) …") }
            try second(number, begun: begun)
        }
        guard let after = ProcessFigures(of: recorder.pid) else {
            throw BenchmarkError("the recorder has ended:\n\(recorder.end())")
        }
        let said = recorder.end()
        if !said.isEmpty { print(said) }

        let share = (after.processorSeconds - before.processorSeconds) / Double(seconds)
        let rings = Int64(slotCount * 121 * 14 * 8)
        var table = Table(["\(slotCount) active slots, \(seconds) s", "measured", "wanted"])
        table.add(["processor, of one core", Text.fixed(share * 100, 2) + " %", "< 1 %"])
        table.add(["memory, peak", Text.megabytes(after.peakResidentBytes), "< 40 MiB"])
        table.add(["memory at the end", Text.megabytes(after.residentBytes), ""])
        table.add(["of it final moments, computed", Text.megabytes(rings), "< 20 MiB"])
        table.add([
            "database and log", Text.megabytes(Scratch.databaseBytes(scratch.file("history.db"))),
            "",
        ])
        table.print()
        print("\nIts own figures:")
        print(try Child.output(of: varve, ["db", "info", "--db", scratch.file("history.db")]))
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
private final class Child {
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
