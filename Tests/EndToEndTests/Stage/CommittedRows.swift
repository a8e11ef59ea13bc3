import HistoryModel
import HistoryStore
import SQLite
import Testing

/// What was seen committed in a catalog, time and again: nothing of it may go, or come twice.
struct CommittedRows {
    private struct Key: Hashable {
        var run: Int64
        var at: Int64
    }

    private struct Row: Hashable {
        var firstAt: Int64
        var lastAt: Int64
        var sampleCount: Int64

        /// Whether it is `other` or what that has grown to.
        func follows(_ other: Row) -> Bool {
            self == other
                || (firstAt == other.firstAt && lastAt > other.lastAt
                    && sampleCount > other.sampleCount)
        }
    }

    /// Rows as they were seen last, by where they were seen.
    private var hot: [Key: Row] = [:]
    private var sealed: [Key: Row] = [:]

    var count: Int { hot.count + sealed.count }
    var sealedCount: Int { sealed.count }

    /// Compares what is there now with what was seen before.
    ///
    /// - Parameter decodesAll: Whether every block is opened, and not those only that took the place
    ///   of rows.
    /// - Returns: What is wrong, a sentence each.
    mutating func look(into path: String, decodesAll: Bool = false) throws -> [String] {
        let connection = try Connection(path: path, mode: .readOnly)
        return try connection.transaction(.deferred) {
            try look(into: connection, decodesAll: decodesAll)
        }
    }

    private mutating func look(
        into connection: borrowing Connection, decodesAll: Bool
    ) throws -> [String] {
        var problems: [String] = []
        var nowHot: [Key: Row] = [:]
        for row in try connection.integers(
            "SELECT run_id, at_ms, first_at_ms, last_at_ms, sample_count FROM sample")
        {
            nowHot[Key(run: row[0], at: row[1])] = Row(
                firstAt: row[2], lastAt: row[3], sampleCount: row[4])
        }
        // What is not hot any more must be sealed, and what is, must have been hot or is hot again.
        let movedRuns = Set(hot.keys.filter { nowHot[$0] == nil }.map(\.run))
            .union(nowHot.keys.filter { sealed[$0] != nil }.map(\.run))
        var nowSealed = sealed
        for run in decodesAll ? try connection.sealedRuns() : movedRuns {
            nowSealed = nowSealed.filter { $0.key.run != run }
            for row in try connection.sealedRows(of: run) {
                let key = Key(run: run, at: row.at.unixMilliseconds)
                if nowSealed[key] != nil { problems.append("sealed twice: \(key)") }
                nowSealed[key] = Row(
                    firstAt: row.firstAt.unixMilliseconds, lastAt: row.lastAt.unixMilliseconds,
                    sampleCount: row.sampleCount)
            }
        }
        for (key, row) in hot.merging(sealed, uniquingKeysWith: { $1 }) {
            guard let now = nowHot[key] ?? nowSealed[key] else {
                problems.append("gone: \(key), \(row)")
                continue
            }
            if !now.follows(row) { problems.append("changed: \(key), \(row) is \(now)") }
        }
        for key in nowHot.keys where nowSealed[key] != nil {
            problems.append("hot and sealed: \(key)")
        }
        for row in try connection.integers(Self.hoursInTwoPlaces) {
            problems.append("run \(row[0]) has \(row[2]) blocks or rows too many in hour \(row[1])")
        }
        (hot, sealed) = (nowHot, nowSealed)
        return problems
    }

    /// Hours of a run that are hot and sealed, or sealed twice.
    private static let hoursInTwoPlaces = """
        SELECT b.run_id, b.at_ms / 3600000, count(*) FROM sample_block AS b
        WHERE EXISTS (SELECT 1 FROM sample AS s
            WHERE s.run_id = b.run_id AND s.at_ms / 3600000 = b.at_ms / 3600000)
        GROUP BY 1, 2
        UNION ALL
        SELECT run_id, at_ms / 3600000, count(*) - 1 FROM sample_block GROUP BY 1, 2
        HAVING count(*) > 1
        """
}

extension Connection {
    /// Rows of integers that are never NULL.
    func integers(_ sql: String) throws -> [[Int64]] {
        try withStatement(sql) { statement in
            var rows: [[Int64]] = []
            while try statement.step() {
                rows.append((0..<statement.columnCount).map { statement.integer(at: $0) ?? 0 })
            }
            return rows
        }
    }

    fileprivate func sealedRuns() throws -> Set<Int64> {
        Set(try integers("SELECT DISTINCT run_id FROM sample_block").map { $0[0] })
    }

    /// The intervals in the blocks of `run`.
    fileprivate func sealedRows(of run: Int64) throws -> [SampleRow] {
        try withStatement(
            """
            SELECT d.detail FROM sample_block AS b JOIN sample_detail AS d ON d.block_id = b.id
            WHERE b.run_id = ?1 ORDER BY b.at_ms
            """
        ) { statement in
            try statement.bind(run, at: 1)
            var rows: [SampleRow] = []
            while try statement.step() {
                rows += try SampleDetail.decode(
                    statement.blob(at: 0) ?? [], of: RunID(rawValue: run))
            }
            return rows
        }
    }

    /// All rows of `run` as they stand, hot or sealed, in order of time.
    func allRows(of run: Int64) throws -> [SampleRow] {
        let hot = try withStatement(
            """
            SELECT at_ms, interval_ms, first_at_ms, last_at_ms, sample_count, memory_count,
                memory_avg_bytes, memory_max_bytes, disk_read_first_bytes, disk_read_last_bytes
            FROM sample WHERE run_id = ?1
            """
        ) { statement in
            try statement.bind(run, at: 1)
            var rows: [SampleRow] = []
            while try statement.step() {
                func integer(_ column: Int32) -> Int64 { statement.integer(at: column) ?? 0 }
                var row = SampleRow(
                    run: RunID(rawValue: run), at: Timestamp(unixMilliseconds: integer(0)),
                    intervalMilliseconds: integer(1),
                    firstAt: Timestamp(unixMilliseconds: integer(2)),
                    lastAt: Timestamp(unixMilliseconds: integer(3)), sampleCount: integer(4),
                    implausibleCount: 0)
                row[gauge: .memory] = .init(
                    count: integer(5), average: integer(6), maximum: integer(7))
                row[counter: .diskRead] = .init(first: integer(8), last: integer(9))
                rows.append(row)
            }
            return rows
        }
        return (hot + (try sealedRows(of: run))).sorted { $0.firstAt < $1.firstAt }
    }
}
