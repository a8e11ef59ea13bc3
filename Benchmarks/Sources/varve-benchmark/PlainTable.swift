internal import Floors
internal import HistoryModel
internal import HistoryStore

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

    /// One with an index by sandbox and time.
    static func indexed(in scratch: Scratch) -> PlainTable {
        PlainTable(
            scratch.file("indexed.db"), key: "id INTEGER PRIMARY KEY, ", suffix: "",
            then: "CREATE INDEX plain_by_sandbox ON plain (sandbox, ts);")
    }

    /// One that is clustered by them.
    static func clustered(in scratch: Scratch) -> PlainTable {
        PlainTable(
            scratch.file("clustered.db"), key: "",
            suffix: ", PRIMARY KEY (sandbox, ts)) WITHOUT ROWID", then: "")
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
