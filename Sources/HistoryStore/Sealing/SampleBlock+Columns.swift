internal import HistoryModel
internal import SQLite

/// The order of the columns of `sample_block`, in which blocks are written and read.
extension SampleBlock {
    private static let leadingColumns = [
        "run_id", "at_ms", "has_detail", "interval_ms", "first_after_ms", "last_after_ms",
        "first_sequence", "last_sequence", "row_count", "sample_count", "implausible_count",
    ]

    static let columns: [String] =
        leadingColumns
        + Metric.gauges.flatMap { metric in
            ["count"].map { "\(metric.columnPrefix)_\($0)" }
                + ["min", "avg", "max"].map { "\(metric.columnPrefix)_\($0)_\(metric.columnUnit)" }
        }
        + Metric.counters.flatMap { metric in
            ["first", "last", "fallen"].map {
                "\(metric.columnPrefix)_\($0)_\(metric.columnUnit)"
            }
        }

    /// What ``init(reading:)`` reads, in its order, of the table `b`.
    static let selectList =
        columns.map { "b.\($0)" }.joined(separator: ", ") + ", b.id"

    /// How many columns ``selectList`` has.
    static let selectCount = Int32(columns.count) + 1

    static let insert: String = {
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        return """
            INSERT INTO sample_block (\(columns.joined(separator: ", "))) VALUES (\(places))
            """
    }()

    /// Binds every column in order, from parameter 1.
    func bind(to statement: inout Statement) throws(SQLiteError) {
        let leading = [
            run.rawValue, at.unixMilliseconds, hasDetail ? 1 : 0, intervalMilliseconds,
            firstAt.milliseconds(since: at), lastAt.milliseconds(since: at), firstSequence,
            lastSequence,
            rowCount, sampleCount, implausibleCount,
        ]
        var place: Int32 = 1
        for value in leading {
            try statement.bind(value, at: place)
            place += 1
        }
        for gauge in gauges {
            try statement.bind(gauge?.count ?? 0, at: place)
            try statement.bind(gauge?.minimum, at: place + 1)
            try statement.bind(gauge?.average, at: place + 2)
            try statement.bind(gauge?.maximum, at: place + 3)
            place += 4
        }
        for counter in counters {
            try statement.bind(counter?.first, at: place)
            try statement.bind(counter?.last, at: place + 1)
            try statement.bind(counter?.fallen, at: place + 2)
            place += 3
        }
    }

    /// Reads a block whose columns are those of ``selectList``, from column 0.
    init(reading statement: borrowing Statement) {
        func integer(_ column: Int32) -> Int64 { statement.integer(at: column) ?? 0 }
        let at = Timestamp(unixMilliseconds: integer(1))
        func instant(_ column: Int32) -> Timestamp { at.advanced(byMilliseconds: integer(column)) }
        self.init(
            run: RunID(rawValue: integer(0)), at: at, hasDetail: integer(2) != 0,
            intervalMilliseconds: integer(3), firstAt: instant(4), lastAt: instant(5),
            firstSequence: integer(6), lastSequence: integer(7), rowCount: integer(8),
            sampleCount: integer(9), implausibleCount: integer(10))
        var column = Int32(Self.leadingColumns.count)
        for index in gauges.indices {
            if let minimum = statement.integer(at: column + 1),
                let average = statement.integer(at: column + 2),
                let maximum = statement.integer(at: column + 3)
            {
                gauges[index] = Gauge(
                    count: integer(column), minimum: minimum, average: average, maximum: maximum)
            }
            column += 4
        }
        for index in counters.indices {
            if let first = statement.integer(at: column),
                let last = statement.integer(at: column + 1)
            {
                counters[index] = Counter(first: first, last: last, fallen: integer(column + 2))
            }
            column += 3
        }
        id = integer(column)
    }
}
