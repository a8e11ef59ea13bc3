internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import SlotRegistry

/// Many `varve run` at once, with one catalog and one registry: started one after the other as fast as that
/// goes, all alive together, ended together.
struct RunScale {
    private let varve: String
    private let sizes: [Int]

    init(_ options: Options) throws {
        varve = options.text("varve") ?? ""
        let largest = try options.number("at-once", or: 1000)
        sizes = [100, 10, 3, 1].map { largest / $0 }.filter { $0 > 0 }
    }

    private struct Figures {
        var startSeconds: Double
        var endSeconds: Double
        var processorSeconds: Double
        var proportionalBytes: Double
        var databaseBytes: Int64
        var known: Int
        var exact: Int
        var failed: Int
    }

    func run() throws {
        guard FileManager.default.isExecutableFile(atPath: varve) else {
            throw BenchmarkError("no program at '\(varve)': build varve and give it with --varve")
        }
        var measured: [Figures] = []
        for size in sizes {
            print("running \(size) at once …")
            measured.append(try measure(size))
        }
        var table = GrowthTable(sizes)
        table.add(
            "from the first start to the last beginning", .seconds, measured.map(\.startSeconds))
        table.add("from the commands' end to the last end", .seconds, measured.map(\.endSeconds))
        table.add(
            "processor, of each run", .seconds,
            zip(measured, sizes).map { $0.processorSeconds / Double($1) })
        table.add("memory, of all at once", .bytes, measured.map(\.proportionalBytes))
        table.add(
            "memory, of each", .bytes,
            zip(measured, sizes).map { $0.proportionalBytes / Double($1) })
        table.add("file and log", .bytes, measured.map { Double($0.databaseBytes) })
        table.add("runs in the catalog", .number, measured.map { Double($0.known) })
        table.add("of them with the exit code", .number, measured.map { Double($0.exact) })
        table.add("programs that failed", .number, measured.map { Double($0.failed) })
        print("")
        table.print("`varve run` at once")
    }

    private func measure(_ count: Int) throws -> Figures {
        let scratch = try Scratch()
        let path = scratch.file("history.db")
        let gate = scratch.file("gate")
        let begun = scratch.file("begun")
        let registry = try RegistryName("/varve-b-\(UUID().uuidString.prefix(18))")
        defer { try? Registry.unlink(registry) }
        _ = try Registry.create(registry, capacity: max(1024, count))
        // Commands wait for a lock, without any processor, so that all end at one time.
        // The path lives as long as the call.
        let descriptor = unsafe open(gate, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw BenchmarkError("cannot lock '\(gate)'")
        }
        defer { close(descriptor) }
        // 3 shows that the command's own code came through.
        let command = "echo >> '\(begun)'; flock --shared '\(gate)' true; exit 3"
        let started = floor_clock_ns()
        let programs = try (0..<count).map { _ in
            try StartedProgram([
                varve, "run", "--registry", registry.value, "--db", path, "--", "/bin/sh", "-c",
                command,
            ])
        }
        while Scratch.bytes(begun) < count {
            Thread.sleep(forTimeInterval: 0.01)
            guard floor_clock_ns() - started < 600_000_000_000 else {
                throw BenchmarkError("after 10 minutes not all of \(count) commands have begun")
            }
        }
        let allBegun = floor_clock_ns()
        // One sample of each, at least.
        Thread.sleep(forTimeInterval: 2)
        let memory = programs.reduce(0.0) { $0 + Double($1.proportionalBytes ?? 0) }
        let opened = floor_clock_ns()
        flock(descriptor, LOCK_UN)
        var processor = 0.0
        var failed = 0
        for program in programs {
            let end = program.wait()
            processor += end.processorSeconds
            if end.code != 3 { failed += 1 }
        }
        let ended = floor_clock_ns()
        let runs = try CatalogReader(path: path).runs()
        return Figures(
            startSeconds: Double(allBegun - started) / 1e9,
            endSeconds: Double(ended - opened) / 1e9, processorSeconds: processor,
            proportionalBytes: memory, databaseBytes: Scratch.databaseBytes(path),
            known: runs.count, exact: runs.count { $0.exitCode == 3 }, failed: failed)
    }
}

/// A program that was started, with its output thrown away.
private struct StartedProgram {
    let pid: Int32

    init(_ arguments: [String]) throws {
        var words: [UnsafePointer<CChar>?] = unsafe arguments.map {
            unsafe UnsafePointer(strdup($0))
        }
        // Copied just now; nobody has them but the call.
        defer { unsafe words.forEach { unsafe free(UnsafeMutableRawPointer(mutating: $0)) } }
        unsafe words.append(nil)
        pid = unsafe floor_start_program(words)
        guard pid > 0 else { throw BenchmarkError("cannot start '\(arguments[0])'") }
    }

    /// Its share of what it has in memory: what several programs have together is divided among them.
    var proportionalBytes: Int64? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") }),
            let number = line.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        else { return nil }
        return number * 1024
    }

    func wait() -> (code: Int32, processorSeconds: Double) {
        var processor: UInt64 = 0
        // Written during the call only.
        let code = unsafe floor_wait_program(pid, &processor)
        return (code, Double(processor) / 1e9)
    }
}
