internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore

/// A whole `varve query runs` on the catalog of a day, from its start to its end, against the `sqlite3`
/// shell that prints the same columns of the same rows.
struct ProcessBenchmark {
    private let varve: String
    private let shell: String
    private let dayFile: String
    private let times: Int
    private let thresholds: Thresholds?
    private let report: Report

    init(_ options: Options) throws {
        guard let dayFile = options.text("day"), let varve = options.text("varve") else {
            throw UsageError()
        }
        self.dayFile = dayFile
        self.varve = varve
        shell = options.text("sqlite3") ?? "sqlite3"
        times = try options.number("times", or: 100)
        thresholds = try Thresholds(options)
        report = Report(options)
    }

    /// What `query runs` prints of a run.
    private static let sql = """
        SELECT r.id, s.name, c.kind, c.name, c.host, r.external_id, r.pid, r.command, r.status,
            r.exit_code, r.exit_signal, r.core_dumped, r.exit_known_by, r.termination_reason,
            r.termination_detail, r.started_at_ms, r.terminated_at_ms, r.duration_ns,
            r.cpu_time_ns, 100.0 * r.cpu_time_ns / r.duration_ns, r.cpu_max_centipercent / 100.0,
            r.memory_peak_bytes, 100.0 * r.memory_peak_bytes / r.memory_limit_bytes,
            r.memory_max_bytes, r.memory_limit_bytes, r.memory_limit_kind,
            r.cpu_limit_centipercent, r.cpu_throttled_ns, r.disk_read_bytes, r.disk_write_bytes,
            r.net_rx_bytes, r.net_tx_bytes, r.sample_count,
            (SELECT group_concat(l.key || '=' || l.value) FROM run_label AS l
                WHERE l.run_id = r.id)
        FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            JOIN source AS c ON c.id = s.source_id
        ORDER BY r.started_at_ms, r.id
        """

    func run() throws {
        let scratch = try Scratch()
        let path = scratch.file("history.db")
        print("importing \(dayFile) …")
        let runs = try ImportFile(path: dayFile).collect { _ in }
        do {
            let catalog = try Catalog(path: path, now: .now())
            _ = try catalog.add(runs, on: Host.current()) { _ in }
        }
        let ours = Program(varve, ["query", "runs", "--db", path, "--format", "csv"])
        let theirs = Program(shell, ["-readonly", "-csv", "-header", path, Self.sql])
        var processor = Comparison("varve query runs, processor")
        var wall = Comparison("varve query runs, start to end")
        print("asking both \(times) times …")
        for number in 0..<(times + 2) {
            let isFirst = number.isMultiple(of: 2)
            let early = try (isFirst ? ours : theirs).run()
            let late = try (isFirst ? theirs : ours).run()
            let (one, other) = isFirst ? (early, late) : (late, early)
            processor.add(ours: one.cpu_ns, floor: other.cpu_ns)
            wall.add(ours: one.wall_ns, floor: other.wall_ns)
        }
        processor.forgetFirst(2)
        wall.forgetFirst(2)
        try report.add([processor, wall])
        try thresholds?.check([processor, wall])
    }
}

/// A program with its arguments.
private struct Program {
    private let path: String
    private let arguments: [String]

    init(_ path: String, _ arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// Runs it to its end, with nothing to see of what it prints.
    func run() throws -> floor_process {
        var process = floor_process()
        // strdup copies each text; they live until they are freed below, after the call has ended.
        var pointers = unsafe ([path] + arguments).map { unsafe UnsafePointer(strdup($0)) } + [nil]
        let code = unsafe floor_run_program(path, &pointers, &process)
        unsafe pointers.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) }
        guard code == 0 else {
            throw BenchmarkError(
                "'\(path)' could not be run, or failed with \(code): give another with --varve or "
                    + "--sqlite3")
        }
        return process
    }
}
