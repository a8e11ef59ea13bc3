internal import HistoryModel
internal import SQLite

/// The table `sandbox_metric` of a microsandbox database: a row for each sample, until 0.5 dropped it.
///
/// The database is microsandbox's, which may be at work: it is opened for reading only, and read in
/// pieces, so that no long transaction keeps its write-ahead log from being checkpointed.
struct MetricTable: ~Copyable {
    private let path: String
    private let connection: Connection

    private static let pieceSize = 5000

    init(path: String) throws(ImportError) {
        self.path = path
        do {
            connection = try Connection(path: path, mode: .readOnly)
        } catch {
            throw ImportError(error, file: path)
        }
    }

    /// Turns each sandbox's rows into one run.
    func collect(
        _ empty: CollectedRuns, _ progress: (ImportFile.Progress) -> Void
    ) throws(ImportError) -> CollectedRuns {
        do {
            var runs = empty
            let columns = try self.columns(of: "sandbox_metric")
            guard columns.contains("sandbox_id"), columns.contains("sampled_at") else {
                throw ImportError(
                    .noHistory, file: path,
                    "it has no table sandbox_metric, which microsandbox had up to 0.4: there is no "
                        + "history in it")
            }
            let total = try integers("SELECT count(*) FROM sandbox_metric").first
            let query = Self.query(columns)
            for sandbox in try integers("SELECT DISTINCT sandbox_id FROM sandbox_metric ORDER BY 1")
            {
                let name = try self.name(of: sandbox) ?? "sandbox-\(sandbox)"
                let place = runs.place(
                    ofSandbox: Array(name.utf8)[...], runID: nil, sandboxID: sandbox)
                var key = ("", Int64.min)
                while try readPiece(query, sandbox, after: &key, into: &runs, at: place) {
                    progress(
                        .init(done: Int64(runs.rowCount), total: total, rowCount: runs.rowCount))
                }
            }
            runs.finish()
            let missed = Int(clamping: total ?? 0) - runs.rowCount
            if missed > 0 {
                runs.warnings.append(
                    missed == 1
                        ? "1 row has no sandbox or no time that can be read, and is left out"
                        : "\(missed) rows have no sandbox or no time that can be read, and are left "
                            + "out")
            }
            return runs
        } catch {
            throw ImportError(error, file: path)
        }
    }

    /// The rows after a key. What is no ASCII text is no time, and no key that can be gone on from: a
    /// blob comes after every text, and invalid UTF-8 is another text once it was read.
    private static func query(_ columns: Set<String>) -> String {
        func column(_ name: String) -> String { columns.contains(name) ? name : "NULL" }
        let values = Self.metrics.map { column($0.column) }.joined(separator: ", ")
        let key = columns.contains("id") ? "id" : "rowid"
        return """
            SELECT sampled_at, \(key), \(values) FROM sandbox_metric
            WHERE sandbox_id = ?1 AND (sampled_at, \(key)) > (?2, ?3)
                AND typeof(sampled_at) = 'text' AND sampled_at NOT GLOB '*[^ -~]*'
            ORDER BY sampled_at, \(key) LIMIT \(pieceSize)
            """
    }

    private static let metrics: [(column: String, metric: Metric)] = [
        ("cpu_percent", .cpu), ("memory_bytes", .memory), ("disk_read_bytes", .diskRead),
        ("disk_write_bytes", .diskWrite), ("net_rx_bytes", .netRx), ("net_tx_bytes", .netTx),
    ]

    /// Reads the next rows after `key`; `false` if there was none.
    private func readPiece(
        _ query: String, _ sandbox: Int64, after key: inout (String, Int64),
        into runs: inout CollectedRuns, at place: Int
    ) throws -> Bool {
        try connection.withStatement(query) { statement in
            try statement.bind(sandbox, at: 1)
            try statement.bind(key.0, at: 2)
            try statement.bind(key.1, at: 3)
            var count = 0
            while try statement.step() {
                count += 1
                key = (statement.text(at: 0) ?? "", statement.integer(at: 1) ?? 0)
                guard let at = Self.instant(key.0) else { continue }
                runs.append(Self.row(at: at, reading: statement), to: place)
            }
            return count > 0
        }
    }

    /// UTC text without a zone: `YYYY-MM-DD HH:MM:SS[.fraction]`.
    private static func instant(_ text: String) -> Timestamp? {
        (Timestamp(rfc3339: text + "Z") ?? Timestamp(rfc3339: text))
            .flatMap { Timestamp(plausible: $0.unixMilliseconds) }
    }

    private static func row(at: Timestamp, reading statement: borrowing Statement) -> SampleRow {
        var row = SampleRow(
            run: RunID(rawValue: 0), at: at, intervalMilliseconds: 0, firstAt: at, lastAt: at,
            sampleCount: 1, implausibleCount: 0)
        for (index, metric) in metrics.enumerated() {
            let column = Int32(index) + 2
            guard let number = statement.double(at: column) else { continue }
            let isCPU = metric.metric == .cpu
            // A double holds no integer beyond 2^53 exactly.
            let value =
                statement.columnType(at: column) == .integer && !isCPU
                ? statement.integer(at: column)
                : Int64(exactly: (isCPU ? number * 100 : number).rounded())
            guard let value, value >= 0 else {
                row.implausibleCount += 1
                continue
            }
            if metric.metric.kind == .gauge {
                row[gauge: metric.metric] = SampleRow.Gauge(
                    count: 1, average: value, maximum: value)
            } else {
                row[counter: metric.metric] = SampleRow.Counter(first: value, last: value)
            }
        }
        return row
    }

    private func columns(of table: String) throws -> Set<String> {
        try connection.withStatement("SELECT name FROM pragma_table_info(?1)") { statement in
            try statement.bind(table, at: 1)
            var names: Set<String> = []
            while try statement.step() {
                if let name = statement.text(at: 0) { names.insert(name) }
            }
            return names
        }
    }

    private func name(of sandbox: Int64) throws -> String? {
        guard try columns(of: "sandbox").isSuperset(of: ["id", "name"]) else { return nil }
        return try connection.withStatement("SELECT name FROM sandbox WHERE id = ?1") { statement in
            try statement.bind(sandbox, at: 1)
            return try statement.step() ? statement.text(at: 0) : nil
        }
    }

    private func integers(_ sql: String) throws -> [Int64] {
        try connection.withStatement(sql) { statement in
            var found: [Int64] = []
            while try statement.step() {
                if let value = statement.integer(at: 0) { found.append(value) }
            }
            return found
        }
    }
}
