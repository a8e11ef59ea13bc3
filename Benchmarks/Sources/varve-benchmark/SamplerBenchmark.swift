internal import Floors
internal import Foundation
internal import HistoryModel
internal import ProcessSampler

/// The sampler against C that reads the same files of the same processes and adds up the same numbers.
struct SamplerBenchmark {
    private let processCount: Int
    private let times: Int
    private let thresholds: Thresholds?
    private let report: Report

    init(_ options: Options) throws {
        processCount = try options.number("processes", or: 50)
        times = try options.number("times", or: 500)
        thresholds = try Thresholds(options)
        report = Report(options)
    }

    func run() throws {
        print("reading one process and \(processCount), \(times) times …")
        let tree = try IdleTree(processCount)
        guard let root = try ProcessIdentity.of(pid: tree.pids[0]) else {
            throw BenchmarkError("the processes are gone")
        }
        var one = try ProcessCounterSource(root)
        var all = try TreeCounterSource(root: root)
        let rows = [
            try compare("one process", try FloorProcesses([root.pid]), repeating: 20) {
                try one.read()
            },
            try compare(
                "tree of \(processCount)", try FloorProcesses(tree.pids), repeating: 1
            ) { try all.read() },
        ]
        try report.add(rows)
        try thresholds?.check(rows)
    }

    private func compare(
        _ what: String, _ floor: FloorProcesses, repeating count: Int,
        _ read: () throws -> ProcessCounters?
    ) throws -> Comparison {
        var comparison = Comparison(what, count: count)
        // They must say the same, or they did not do the same: the processes are idle.
        guard let counters = try read(), let bytes = floor.memoryBytes() else {
            throw BenchmarkError("the processes are gone")
        }
        guard counters.memoryBytes == bytes else {
            throw BenchmarkError("ours and the floor read different sums")
        }
        for _ in 0..<times {
            try comparison.measure {
                for _ in 0..<count { _ = try read() }
            } floor: {
                for _ in 0..<count { _ = floor.memoryBytes() }
            }
        }
        comparison.countSystemCalls { _ = try read() }
        return comparison
    }
}

/// A process and its children, which only live, and are gone when it is dropped.
private final class IdleTree {
    private(set) var pids: [Int32]

    init(_ count: Int) throws {
        pids = [Int32](repeating: 0, count: count)
        // Filled during the call; it has room for all.
        guard unsafe floor_start_idle_tree(&pids, count) > 0 else {
            throw BenchmarkError("cannot start \(count) processes")
        }
    }

    deinit {
        // The children end with their parent.
        for pid in pids { kill(pid, SIGKILL) }
        var status: Int32 = 0
        // The status is written during the call only.
        unsafe waitpid(pids[0], &status, 0)
    }
}

/// The sampler's floor: the same files, read and parsed in C.
// The pointer stays within this class, and whoever uses it holds the owner.
@safe private final class FloorProcesses {
    // Lives as long as self.
    private let processes: OpaquePointer
    private static let pageBytes = UInt64(sysconf(Int32(_SC_PAGESIZE)))

    init(_ pids: [Int32]) throws {
        // Read during the call only.
        guard let processes = unsafe floor_processes_open(pids, pids.count) else {
            throw BenchmarkError("cannot open the files of \(pids.count) processes")
        }
        unsafe self.processes = processes
    }

    deinit { unsafe floor_processes_close(processes) }

    /// Reads all, and gives the memory of all together.
    func memoryBytes() -> UInt64? {
        var sum = floor_counters()
        // Filled during the call only.
        guard unsafe floor_processes_read(processes, &sum) == 1 else { return nil }
        return sum.resident_pages * Self.pageBytes
    }
}
