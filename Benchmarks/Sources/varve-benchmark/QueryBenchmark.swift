internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore

/// Queries of a day of 100 sandboxes, imported and sealed, against SQL on plain tables of the same data:
/// one with an index by sandbox and time, and one that is clustered by them.
struct QueryBenchmark {
    private let dayFile: String
    private let times: Int
    /// Only the questions that this text is in.
    private let only: String?

    init(_ options: Options) throws {
        guard let dayFile = options.text("day") else { throw UsageError() }
        self.dayFile = dayFile
        times = try options.number("times", or: 20)
        only = options.text("only")
    }

    private static let metrics: [Metric] = [
        .cpu, .memory, .diskRead, .diskWrite, .netRx, .netTx,
    ]

    func run() throws {
        let scratch = try Scratch()
        print("importing \(dayFile) …")
        let runs = try ImportFile(path: dayFile).collect { _ in }
        let catalog = try Catalog(path: scratch.file("history.db"), now: .now())
        _ = try catalog.add(runs, on: Host.current()) { _ in }
        let reader = try CatalogReader(path: scratch.file("history.db"))
        let summary = try reader.summary()
        print(
            "\(summary.rowCount) intervals of \(summary.runCount) runs in "
                + "\(Text.fixed(Double(Scratch.databaseBytes(reader.path)) / 1e6, 1)) MB")
        let indexed = PlainTable(
            scratch.file("indexed.db"), key: "id INTEGER PRIMARY KEY, ", suffix: "",
            then: "CREATE INDEX plain_by_sandbox ON plain (sandbox, ts);")
        let clustered = PlainTable(
            scratch.file("clustered.db"), key: "",
            suffix: ", PRIMARY KEY (sandbox, ts)) WITHOUT ROWID", then: "")
        print("filling plain tables …")
        let days = try PlainTable.days(of: reader)
        for (table, name) in [(indexed, "with an index"), (clustered, "clustered")] {
            table.fill(days)
            print("\nagainst SQL on a plain table, \(name):\n")
            Table(try compare(reader, with: table)).print()
        }
    }

    private func compare(
        _ reader: borrowing CatalogReader, with table: PlainTable
    ) throws -> [Comparison] {
        var comparisons: [Comparison] = []
        func ask(_ what: String, rows: Int, _ sql: String, _ ours: () throws -> Int) throws {
            guard only.map(what.contains) ?? true else { return }
            var comparison = Comparison(what)
            for _ in 0..<(times + 2) {
                var found = (ours: 0, floor: 0)
                try comparison.measure {
                    found.ours = try ours()
                } floor: {
                    found.floor = table.rowCount(of: sql)
                }
                guard found.ours == rows, found.floor == rows else {
                    throw BenchmarkError("\(what): \(rows) rows were expected, and \(found) came")
                }
            }
            comparison.forgetFirst(2)
            comparisons.append(comparison)
        }
        let now = Timestamp.now()
        let last = try reader.runs(matching: RunQuery(limit: 1))[0]
        let sandbox = last.sandbox
        let reference = RunReference("\(last.id)")
        for metric in [Metric.cpu, .memory] {
            let column = metric == .cpu ? "cpu_percent" : "memory_bytes"
            let points = SeriesQuery([.init(metric, .avg)])
            try ask(
                "a run's 24 h of \(metric), all points", rows: 8640,
                "SELECT ts, \(column) FROM plain WHERE sandbox = \(sandbox) ORDER BY ts"
            ) { try reader.series(of: reference, points, now: now).points.count }
            let steps = SeriesQuery(
                [.init(metric, .avg), .init(metric, .max)], step: .fixed(.seconds(300)))
            try ask(
                "288 averages and maxima of it", rows: 288,
                """
                SELECT ts / 300, avg(\(column)), max(\(column)) FROM plain
                WHERE sandbox = \(sandbox) GROUP BY 1 ORDER BY 1
                """
            ) { try reader.series(of: reference, steps, now: now).points.count }
        }
        try ask(
            "ten sandboxes of highest peak memory", rows: 10,
            """
            SELECT sandbox, max(memory_bytes) FROM plain GROUP BY 1 ORDER BY 2 DESC LIMIT 10
            """
        ) { try reader.top(TopQuery(by: .memory, .peak), now: now).entries.count }
        let maxima = SeriesQuery([.init(.cpu, .max)], step: .fixed(.seconds(300)))
        try ask(
            "maximum CPU of all, each five minutes", rows: 288,
            "SELECT ts / 300, max(cpu_percent) FROM plain GROUP BY 1 ORDER BY 1"
        ) { try reader.pooledSeries(maxima, now: now).points.count }
        return comparisons
    }
}

/// The same intervals in a plain table.
// The pointer stays within this class, which closes it once.
@safe final class PlainTable {
    private let table: OpaquePointer

    /// An empty table `plain`.
    init(_ path: String, key: String, suffix: String, then sql: String) {
        // The texts are NUL-terminated, and copied.
        unsafe table = floor_table_open(
            path,
            """
            CREATE TABLE plain (\(key)sandbox INTEGER NOT NULL, ts INTEGER NOT NULL,
                cpu_percent REAL, memory_bytes INTEGER, disk_read_bytes INTEGER,
                disk_write_bytes INTEGER, net_rx_bytes INTEGER, net_tx_bytes INTEGER
            \(suffix.isEmpty ? ")" : suffix);
            \(sql)
            """)
    }

    deinit {
        unsafe floor_table_close(table)
    }

    /// How many rows a query gives, every value of which is read.
    func rowCount(of sql: String) -> Int {
        var sum = 0.0
        // The table is open, and the statement a NUL-terminated text.
        return unsafe Int(floor_table_query(table, sql, &sum))
    }

    /// The intervals of each sandbox.
    static func days(
        of reader: borrowing CatalogReader
    ) throws -> [(sandbox: Double, points: Series.Points)] {
        let query = SeriesQuery(
            [
                .init(.cpu, .avg), .init(.memory, .avg), .init(.diskRead, .total),
                .init(.diskWrite, .total), .init(.netRx, .total), .init(.netTx, .total),
            ])
        var days: [(sandbox: Double, points: Series.Points)] = []
        for run in try reader.runs() {
            let series = try reader.series(
                of: RunReference("\(run.id)"), query, now: Timestamp.now())
            days.append((Double(run.sandbox) ?? 0, series.points))
        }
        return days
    }

    /// Writes the intervals by time, as a recorder would have done it.
    func fill(_ days: [(sandbox: Double, points: Series.Points)]) {
        // The table is open, and the statements are NUL-terminated texts.
        unsafe floor_table_execute(table, "BEGIN")
        for index in 0..<(days.map(\.points.count).max() ?? 0) {
            for day in days where index < day.points.count {
                let point = day.points[index]
                let values =
                    [day.sandbox, Double(point.at.unixMilliseconds / 1000)]
                    + point.values.enumerated().map { column, value in
                        (value ?? .nan) / (column == 0 ? 100 : 1)
                    }
                unsafe floor_table_insert(
                    table,
                    """
                    INSERT INTO plain (sandbox, ts, cpu_percent, memory_bytes, disk_read_bytes,
                        disk_write_bytes, net_rx_bytes, net_tx_bytes)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """, values, values.count)
            }
        }
        unsafe floor_table_execute(table, "COMMIT")
    }
}
