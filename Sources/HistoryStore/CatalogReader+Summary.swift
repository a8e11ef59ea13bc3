public import HistoryModel
internal import SQLite

/// What a catalog holds, in figures.
public struct CatalogSummary: Hashable, Sendable {
    /// Where it lies.
    public var path: String
    /// Steps of its schema.
    public var schemaVersion: Int64
    /// The version of the SQLite library that read it.
    public var sqliteVersion: String
    /// Bytes of the database file, without what is still in its write-ahead log.
    public var databaseBytes: Int64
    /// Bytes of its pages that hold nothing.
    public var freeBytes: Int64
    /// Recorded registries.
    public var sourceCount: Int64
    /// Sandboxes.
    public var sandboxCount: Int64
    /// Runs.
    public var runCount: Int64
    /// Runs that have not ended.
    public var runningCount: Int64
    /// Events.
    public var eventCount: Int64
    /// Intervals of runs that can be read, in rows or in blocks.
    public var rowCount: Int64
    /// Those of them that are not sealed yet.
    public var hotRowCount: Int64
    /// Samples folded into intervals, forgotten ones too.
    public var sampleCount: Int64
    /// Sealed hours of runs.
    public var blockCount: Int64
    /// Those of them whose intervals are forgotten.
    public var forgottenBlockCount: Int64
    /// Bytes of the intervals of sealed hours.
    public var detailBytes: Int64
    /// Runs whose final moments are kept.
    public var finalMomentsCount: Int64
    /// Bytes of those.
    public var finalMomentsBytes: Int64
    /// Stretches without data that recorders wrote down.
    public var gapCount: Int64
    /// The start of the first run; `nil` without one.
    public var firstAt: Timestamp?
    /// The last thing that is known; `nil` without a run.
    public var lastAt: Timestamp?
}

extension CatalogReader {
    /// What the catalog holds. It reads every row and decodes none: seconds for a large catalog.
    public func summary() throws(StoreError) -> CatalogSummary {
        try read { connection in
            let pageSize = try connection.pageSize
            // `total` and not `sum`, which fails where the sum is beyond the range: counts may be
            // anything that a file to import says.
            let hot = try connection.integers(
                "SELECT count(*), CAST(total(sample_count) AS INTEGER) FROM sample")
            let blocks = try connection.integers(
                """
                SELECT count(*), coalesce(sum(NOT has_detail), 0),
                    CAST(total(sample_count) AS INTEGER),
                    CAST(total(row_count) FILTER (WHERE has_detail) AS INTEGER)
                FROM sample_block
                """)
            let moments = try connection.integers(
                "SELECT count(*), coalesce(sum(length(detail)), 0) FROM final_moments")
            return CatalogSummary(
                path: path,
                schemaVersion: try connection.integer("SELECT max(version) FROM schema_migration"),
                sqliteVersion: try connection.withStatement("SELECT sqlite_version()") {
                    try $0.step() ? $0.text(at: 0) ?? "" : ""
                },
                databaseBytes: try connection.pageCount * pageSize,
                freeBytes: try connection.freePageCount * pageSize,
                sourceCount: try connection.integer("SELECT count(*) FROM source"),
                sandboxCount: try connection.integer("SELECT count(*) FROM sandbox"),
                runCount: try connection.integer("SELECT count(*) FROM run"),
                runningCount: try connection.integer(
                    "SELECT count(*) FROM run WHERE status = 'Running'"),
                eventCount: try connection.integer("SELECT count(*) FROM lifecycle_event"),
                rowCount: hot[0].clampingAdd(blocks[3]),
                hotRowCount: hot[0],
                sampleCount: hot[1].clampingAdd(blocks[2]),
                blockCount: blocks[0],
                forgottenBlockCount: blocks[1],
                detailBytes: try connection.integer(
                    "SELECT coalesce(sum(length(detail)), 0) FROM sample_detail"),
                finalMomentsCount: moments[0],
                finalMomentsBytes: moments[1],
                gapCount: try connection.integer("SELECT count(*) FROM gap"),
                firstAt: try connection.instant("SELECT min(started_at_ms) FROM run"),
                lastAt: try connection.instant(
                    """
                    SELECT max(at) FROM (
                        SELECT max(terminated_at_ms) AS at FROM run
                        UNION ALL SELECT max(at_ms) FROM lifecycle_event
                        UNION ALL SELECT max(last_at_ms) FROM sample_block
                        UNION ALL SELECT max(last_at_ms) FROM sample)
                    """))
        }
    }

    /// Looks for damage: SQLite's integrity check, dangling references, and blocks that cannot be read
    /// or are not what their summaries say. Reads the whole file.
    ///
    /// - Returns: What is wrong, a sentence each; empty if all is well.
    public func problems() throws(StoreError) -> [String] {
        // Not in a transaction: SQLite does not even commit a reading one that met damage.
        do {
            return try connection.integrityCheck() + connection.referenceProblems()
                + connection.detailProblems()
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

extension Connection {
    fileprivate func referenceProblems() throws(SQLiteError) -> [String] {
        do throws(SQLiteError) {
            return try foreignKeyViolations().map(\.sentence)
        } catch {
            // Damage keeps the references from being looked at, and is a finding itself.
            guard error.isCorrupt else { throw error }
            return ["the references could not be checked: \(error.message)"]
        }
    }

    fileprivate func integer(_ sql: String) throws -> Int64 {
        try withStatement(sql) { statement in try statement.onlyInteger() }
    }

    fileprivate func integers(_ sql: String) throws -> [Int64] {
        try withStatement(sql) { statement in
            guard try statement.step() else { return [] }
            return (0..<statement.columnCount).map { statement.integer(at: $0) ?? 0 }
        }
    }

    fileprivate func instant(_ sql: String) throws -> Timestamp? {
        try withStatement(sql) { statement in
            try statement.step()
                ? statement.integer(at: 0).map(Timestamp.init(unixMilliseconds:)) : nil
        }
    }
}
