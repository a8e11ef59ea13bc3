internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import SyntheticDay

/// One catalog that grows: what its file takes, and what questions about it take, at several numbers of
/// runs of a hundred intervals each.
struct CatalogScale {
    private let sizes: [Int]

    private static let rowsPerRun = 100
    private static let sandboxCount = 1000
    /// A new run begins so often: some 40 of them live at once.
    private static let secondsPerRun: Int64 = 26
    /// How many runs one file of the import holds.
    private static let chunk = 10_000

    init(_ options: Options) throws {
        let largest = try options.number("runs", or: 100_000)
        sizes = [100, 10, 1].map { largest / $0 }.filter { $0 > 0 }
    }

    private struct Figures {
        var fileBytes: Int64 = 0
        var importSeconds = 0.0
        var peakBytes: Int64 = 0
        var answers: [Double] = []
    }

    func run() throws {
        let scratch = try Scratch()
        let path = scratch.file("history.db")
        var measured: [Figures] = []
        var count = 0
        var seconds = 0.0
        var begunCount = 0
        for size in sizes {
            print("filling a catalog with \(size) runs of \(Self.rowsPerRun) intervals …")
            while count < size {
                let next = min(size, count + Self.chunk)
                seconds += try fill(path, with: count..<next, scratch)
                count = next
            }
            var figures = Figures()
            figures.fileBytes = Scratch.databaseBytes(path)
            figures.importSeconds = seconds
            figures.answers = try ask(path, size, &begunCount)
            figures.peakBytes = ProcessFigures()?.peakResidentBytes ?? 0
            measured.append(figures)
        }
        var table = GrowthTable(sizes)
        table.add("file", .bytes, measured.map { Double($0.fileBytes) })
        table.add(
            "file, of each interval", .bytes,
            zip(measured, sizes).map { Double($0.fileBytes) / Double($1 * Self.rowsPerRun) })
        table.add("import, processor", .seconds, measured.map(\.importSeconds))
        for (index, question) in Question.allCases.enumerated() {
            table.add(question.rawValue, .seconds, measured.map { $0.answers[index] })
        }
        table.add("memory of this program, peak", .bytes, measured.map { Double($0.peakBytes) })
        print("")
        table.print("runs, of \(Self.rowsPerRun) intervals each")
    }

    /// Adds runs; how long the processor took to read and to add them.
    private func fill(_ path: String, with runs: Range<Int>, _ scratch: Scratch) throws -> Double {
        let file = scratch.file("runs.csv")
        defer { try? FileManager.default.removeItem(atPath: file) }
        guard let output = OutputStream(toFileAtPath: file, append: false) else {
            throw BenchmarkError("cannot write '\(file)'")
        }
        output.open()
        var text = "ts,sandbox,run_id,cpu_percent,memory_bytes,disk_read_bytes,net_rx_bytes\n"
        for run in runs {
            let shift = Int64(run) * Self.secondsPerRun
            for sample in SyntheticSandbox(index: run).prefix(Self.rowsPerRun) {
                text += "\(sample.at + shift),box-\(run % Self.sandboxCount),\(run + 1),"
                text += "\(Double(sample.cpuCentipercent) / 100),\(sample.memoryBytes),"
                text += "\(sample.diskReadBytes),\(sample.netRxBytes)\n"
            }
            try write(&text, to: output)
        }
        output.close()
        let begun = floor_thread_cpu_ns()
        let collected = try ImportFile(path: file, name: "scale").collect()
        guard collected.rowCount == runs.count * Self.rowsPerRun else {
            throw BenchmarkError("the import lost rows")
        }
        let catalog = try Catalog(path: path, now: .now())
        _ = try catalog.add(collected, on: Host(name: "benchmark", bootID: "benchmark"))
        return Double(floor_thread_cpu_ns() - begun) / 1e9
    }

    private func write(_ text: inout String, to output: OutputStream) throws {
        var bytes = Array(text.utf8)[...]
        text = ""
        while !bytes.isEmpty {
            // The slice's own memory, for the length of the call.
            let written = unsafe bytes.withUnsafeBufferPointer {
                unsafe output.write($0.baseAddress!, maxLength: $0.count)
            }
            guard written > 0 else { throw BenchmarkError("cannot write a file of runs") }
            bytes.removeFirst(written)
        }
    }

    private enum Question: String, CaseIterable {
        case open = "open it to read"
        case latest = "the latest 50 runs"
        case ofSandbox = "the latest 50 runs of one sandbox"
        case all = "all runs"
        case run = "one run, by its number"
        case series = "all points of one run, cpu"
        case day = "maximum CPU of all in one day, each 5 min"
        case top = "ten sandboxes of highest peak memory"
        case topOfDay = "ten sandboxes of highest peak memory in one day"
        case summary = "what `varve db info` says"
        case begin = "note the beginning of a run"
        case prune = "look for what is to be forgotten, nothing"
    }

    /// The median times of all questions.
    private func ask(_ path: String, _ size: Int, _ begunCount: inout Int) throws -> [Double] {
        let reader = try CatalogReader(path: path)
        let now = Timestamp.now()
        let sandbox = "box-\((size - 1) % Self.sandboxCount)"
        let last = try reader.runs(matching: RunQuery(sandbox: sandbox, limit: 1))
        guard let run = last.first, let ended = run.terminatedAt else {
            throw BenchmarkError("the catalog has no run of \(sandbox)")
        }
        let reference = RunReference("\(run.id)")
        // A day that is full of runs, if there are so many.
        let day = TimeRange(from: ended.advanced(byMilliseconds: -86_400_000), until: ended)
        let catalog = try Catalog(path: path, now: now)
        let source = Source(
            kind: .varve, name: "scale", home: nil,
            host: Host(name: "benchmark", bootID: "benchmark"))
        return try Question.allCases.map { question in
            try Self.median {
                switch question {
                case .open: _ = try CatalogReader(path: path)
                case .latest: try Self.expect(50, reader.runs(matching: RunQuery(limit: 50)).count)
                case .ofSandbox:
                    try Self.expect(
                        min(50, max(1, size / Self.sandboxCount)),
                        reader.runs(matching: RunQuery(sandbox: run.sandbox, limit: 50)).count)
                case .all: try Self.expect(size + begunCount, reader.runs().count)
                case .run: _ = try reader.run(reference)
                case .series:
                    try Self.expect(
                        Self.rowsPerRun,
                        reader.series(of: reference, SeriesQuery([.init(.cpu, .avg)]), now: now)
                            .points.count)
                case .day:
                    _ = try reader.pooledSeries(
                        SeriesQuery(
                            [.init(.cpu, .max)], in: day, step: .fixed(.milliseconds(300_000))),
                        now: now)
                case .top:
                    try Self.expect(
                        10, reader.top(TopQuery(by: .memory, .peak), now: now).entries.count)
                case .topOfDay:
                    try Self.expect(
                        10,
                        reader.top(
                            TopQuery(by: .memory, .peak), matching: RunQuery(range: day), now: now
                        ).entries.count)
                case .summary:
                    try Self.expect(Int64(size + begunCount), reader.summary().runCount)
                case .begin:
                    begunCount += 1
                    _ = try catalog.begin(
                        NewRun(sandbox: "begun", command: ["true"], startedAt: .now()), of: source)
                case .prune: _ = try catalog.prune(now: ended, limit: 256)
                }
            }
        }
    }

    private static func expect<Count: Equatable>(_ expected: Count, _ found: Count) throws {
        guard expected == found else {
            throw BenchmarkError("a question was answered with \(found) instead of \(expected)")
        }
    }

    /// The median of some times by the clock: at least three, and no more once they take two seconds.
    private static func median(_ body: () throws -> Void) throws -> Double {
        var times: [UInt64] = []
        let begun = floor_clock_ns()
        while times.count < 3 || (times.count < 21 && floor_clock_ns() - begun < 2_000_000_000) {
            let before = floor_clock_ns()
            try body()
            times.append(floor_clock_ns() - before)
        }
        return Double(times.median ?? 0) / 1e9
    }
}
