internal import HistoryModel
internal import SQLite

/// What usage needs of the summary of a sealed hour.
struct HourOutline {
    var id: Int64
    var at: Timestamp
    var hasDetail: Bool
    var intervalMilliseconds: Int64
    var firstAt: Timestamp
    var lastAt: Timestamp
    var firstSequence: Int64
    var lastSequence: Int64
    var memoryAverage: Int64?
    /// By the metric's index.
    var counters: [SampleBlock.Counter?]

    var hour: Hour { Hour(of: at) }

    /// The hours of a run, in order of time.
    static let query = """
        SELECT id, at_ms, has_detail, interval_ms, first_after_ms, last_after_ms, first_sequence,
            last_sequence, memory_avg_bytes,
            \(Metric.counters.flatMap { metric in
                ["first", "last", "fallen"].map {
                    "\(metric.columnPrefix)_\($0)_\(metric.columnUnit)"
                }
            }.joined(separator: ", "))
        FROM sample_block WHERE run_id = ?1 ORDER BY at_ms
        """

    /// Reads an hour whose columns are those of ``query``.
    init(reading row: borrowing Statement) {
        func integer(_ column: Int32) -> Int64 { row.integer(at: column) ?? 0 }
        id = integer(0)
        let at = Timestamp(unixMilliseconds: integer(1))
        self.at = at
        hasDetail = integer(2) != 0
        intervalMilliseconds = integer(3)
        firstAt = at.advanced(byMilliseconds: integer(4))
        lastAt = at.advanced(byMilliseconds: integer(5))
        firstSequence = integer(6)
        lastSequence = max(firstSequence, integer(7))
        memoryAverage = row.integer(at: 8)
        counters = Metric.counters.map { metric in
            let column = 9 + 3 * Int32(metric.index)
            guard let first = row.integer(at: column), let last = row.integer(at: column + 1) else {
                return nil
            }
            return SampleBlock.Counter(first: first, last: last, fallen: integer(column + 2))
        }
    }
}

/// A place in the order in which a run's rows were made; of one place, rows are in order of time.
struct MakingPlace: Comparable {
    var sequence: Int64
    var at: Timestamp

    static func < (self: Self, other: Self) -> Bool {
        (self.sequence, self.at) < (other.sequence, other.at)
    }
}

extension HourOutline {
    var firstPlace: MakingPlace { MakingPlace(sequence: firstSequence, at: at) }
    /// Of hours that share their last and first sequence, the earlier is done before the later begins.
    var lastPlace: MakingPlace { MakingPlace(sequence: lastSequence, at: at) }
}

extension SampleRow {
    var place: MakingPlace { MakingPlace(sequence: sequence, at: at) }
}
