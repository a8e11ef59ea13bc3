internal import HistoryModel
internal import SQLite

/// The order of the columns of `sample`, in which rows are written and read.
extension SampleRow {
    private static let leadingColumns = [
        "run_id", "at_ms", "interval_ms", "first_at_ms", "last_at_ms", "sample_count",
        "implausible_count",
    ]

    static let columns: [String] =
        leadingColumns
        + Metric.gauges.flatMap { metric in
            [
                "\(metric.columnPrefix)_count",
                "\(metric.columnPrefix)_avg_\(metric.columnUnit)",
                "\(metric.columnPrefix)_max_\(metric.columnUnit)",
            ]
        }
        + Metric.counters.flatMap { metric in
            [
                "\(metric.columnPrefix)_first_\(metric.columnUnit)",
                "\(metric.columnPrefix)_last_\(metric.columnUnit)",
            ]
        }

    private static let columnList = columns.joined(separator: ", ")

    /// What ``init(reading:)`` reads, in its order.
    static let selectList = columnList + ", sequence"

    /// Writes a row. The row of the same first sample is replaced by its later state; a row of other
    /// samples that happens to have the same key is left as it is, and nothing changes.
    ///
    /// A row that brings no place in the order comes after the latest that there is, sealed or not:
    /// an hour that was opened again may have rows that are earlier than what is sealed.
    static let upsert: String = {
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let updates = columns.dropFirst(2).map { "\($0) = excluded.\($0)" }
        return """
            INSERT INTO sample (\(columnList), sequence) VALUES (\(places), coalesce(
                ?\(columns.count + 1), 1 + coalesce(
                    (SELECT sequence FROM sample WHERE run_id = ?1 AND at_ms >= coalesce(
                            (SELECT at_ms FROM sample_block WHERE run_id = ?1
                                ORDER BY at_ms DESC LIMIT 1), -9223372036854775808)
                        ORDER BY at_ms DESC LIMIT 1),
                    (SELECT last_sequence FROM sample_block WHERE run_id = ?1
                        ORDER BY at_ms DESC LIMIT 1), 0)))
            ON CONFLICT (run_id, at_ms) DO UPDATE SET \(updates.joined(separator: ", "))
            WHERE first_at_ms = excluded.first_at_ms
            """
    }()

    /// Binds every column in order, from parameter 1.
    func bind(to statement: inout Statement) throws(SQLiteError) {
        try statement.bind(run.rawValue, at: 1)
        try statement.bind(at.unixMilliseconds, at: 2)
        try statement.bind(intervalMilliseconds, at: 3)
        try statement.bind(firstAt.unixMilliseconds, at: 4)
        try statement.bind(lastAt.unixMilliseconds, at: 5)
        try statement.bind(sampleCount, at: 6)
        try statement.bind(implausibleCount, at: 7)
        var place: Int32 = 8
        for metric in Metric.gauges {
            let gauge = self[gauge: metric]
            try statement.bind(gauge?.count ?? 0, at: place)
            try statement.bind(gauge?.average, at: place + 1)
            try statement.bind(gauge?.maximum, at: place + 2)
            place += 3
        }
        for metric in Metric.counters {
            let counter = self[counter: metric]
            try statement.bind(counter?.first, at: place)
            try statement.bind(counter?.last, at: place + 1)
            place += 2
        }
        try statement.bind(sequence == 0 ? nil : sequence, at: place)
    }

    /// Reads a row whose columns are those of ``selectList``, from column 0.
    init(reading statement: borrowing Statement) {
        func integer(_ column: Int32) -> Int64 { statement.integer(at: column) ?? 0 }
        self.init(
            run: RunID(rawValue: integer(0)),
            at: Timestamp(unixMilliseconds: integer(1)),
            intervalMilliseconds: integer(2),
            firstAt: Timestamp(unixMilliseconds: integer(3)),
            lastAt: Timestamp(unixMilliseconds: integer(4)),
            sampleCount: integer(5),
            implausibleCount: integer(6))
        var column: Int32 = 7
        for metric in Metric.gauges {
            if let average = statement.integer(at: column + 1),
                let maximum = statement.integer(at: column + 2)
            {
                self[gauge: metric] = Gauge(
                    count: integer(column), average: average, maximum: maximum)
            }
            column += 3
        }
        for metric in Metric.counters {
            if let first = statement.integer(at: column),
                let last = statement.integer(at: column + 1)
            {
                self[counter: metric] = Counter(first: first, last: last)
            }
            column += 2
        }
        sequence = integer(column)
    }
}
