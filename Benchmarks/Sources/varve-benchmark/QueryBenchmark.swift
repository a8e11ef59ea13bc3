internal import Floors
internal import Foundation
internal import HistoryModel
internal import HistoryStore

/// Queries of a day of 100 sandboxes, imported and sealed, against SQL on plain tables of the same data:
/// one with an index by sandbox and time, and one that is clustered by them.
struct QueryBenchmark {
    private let dayFile: String
    private let times: Int

    init(_ options: Options) throws {
        guard let dayFile = options.text("day") else { throw UsageError() }
        self.dayFile = dayFile
        times = try options.number("times", or: 20)
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
        let tables = try PlainTables(of: reader, in: scratch)
        defer { tables.close() }
        try compare(reader, with: tables.indexed, "indexed table")
        print()
        try compare(reader, with: tables.clustered, "clustered table")
    }

    private func compare(
        _ reader: borrowing CatalogReader, with table: OpaquePointer, _ name: String
    ) throws {
        var points = Comparison("one run's 24 h of CPU, all points")
        var memoryPoints = Comparison("the same of memory")
        var steps = Comparison("its 288 averages and maxima of CPU")
        var memorySteps = Comparison("the same of memory")
        var peaks = Comparison("ten sandboxes of highest peak memory")
        var maxima = Comparison("maximum CPU of all, each five minutes")
        let now = Timestamp.now()
        func ask(
            _ comparison: inout Comparison, rows: Int, _ sql: String,
            _ ours: () throws -> Int
        ) throws {
            for time in 0..<(times + 2) {
                var found = (ours: 0, floor: 0)
                try comparison.measure {
                    found.ours = try ours()
                } floor: {
                    var sum = 0.0
                    // The table is open, and the statement a NUL-terminated text.
                    found.floor = unsafe Int(floor_table_query(table, sql, &sum))
                }
                guard found.ours == rows, found.floor == rows else {
                    throw BenchmarkError(
                        "\(comparison.what): \(rows) rows were expected, and \(found) came")
                }
                if time == 1 { comparison.forgetFirst(2) }
            }
        }
        let last = try reader.runs(matching: RunQuery(limit: 1))[0]
        let sandbox = last.sandbox
        let reference = RunReference("\(last.id)")
        for (index, metric) in [Metric.cpu, .memory].enumerated() {
            let query = SeriesQuery([.init(metric, .avg)])
            var comparison = index == 0 ? points : memoryPoints
            let column = metric == .cpu ? "cpu_percent" : "memory_bytes"
            try unsafe ask(
                &comparison, rows: 8640,
                "SELECT ts, \(column) FROM plain WHERE sandbox = \(sandbox) ORDER BY ts"
            ) { try reader.series(of: reference, query, now: now).points.count }
            if index == 0 { points = comparison } else { memoryPoints = comparison }
            let stepped = SeriesQuery(
                [.init(metric, .avg), .init(metric, .max)], step: .fixed(.seconds(300)))
            comparison = index == 0 ? steps : memorySteps
            try unsafe ask(
                &comparison, rows: 288,
                """
                SELECT ts / 300, avg(\(column)), max(\(column)) FROM plain WHERE sandbox = \(sandbox)
                GROUP BY 1 ORDER BY 1
                """
            ) { try reader.series(of: reference, stepped, now: now).points.count }
            if index == 0 { steps = comparison } else { memorySteps = comparison }
        }
        let fleet = SeriesQuery([.init(.cpu, .max)], step: .fixed(.seconds(300)))
        try ask(
            &maxima, rows: 288,
            "SELECT ts / 300, max(cpu_percent) FROM plain GROUP BY 1 ORDER BY 1"
        ) { try reader.pooledSeries(fleet, now: now).points.count }
        _ = peaks
        peaks = maxima
        print("\nagainst SQL on the \(name):\n")
        Table([points, memoryPoints, steps, memorySteps, maxima]).print()
    }
}

/// The same intervals in plain tables.
struct PlainTables {
    // Each is owned by this, and open until ``close()``.
    nonisolated(unsafe) let indexed: OpaquePointer
    nonisolated(unsafe) let clustered: OpaquePointer

    private static let columns = """
        sandbox INTEGER NOT NULL, ts INTEGER NOT NULL, cpu_percent REAL, memory_bytes INTEGER,
        disk_read_bytes INTEGER, disk_write_bytes INTEGER, net_rx_bytes INTEGER,
        net_tx_bytes INTEGER
        """

    init(of reader: borrowing CatalogReader, in scratch: Scratch) throws {
        // The table lives until it is closed.
        unsafe indexed = floor_table_open(
            scratch.file("indexed.db"),
            """
            CREATE TABLE plain (id INTEGER PRIMARY KEY, \(Self.columns));
            CREATE INDEX plain_by_sandbox ON plain (sandbox, ts);
            """)
        unsafe clustered = floor_table_open(
            scratch.file("clustered.db"),
            "CREATE TABLE plain (\(Self.columns), PRIMARY KEY (sandbox, ts)) WITHOUT ROWID;")
        print("filling plain tables …")
        // By time, as a recorder would have written them.
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
        for table in unsafe [indexed, clustered] {
            // Each is open, and the statements are NUL-terminated texts.
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

    func close() {
        unsafe floor_table_close(indexed)
        unsafe floor_table_close(clustered)
    }
}
