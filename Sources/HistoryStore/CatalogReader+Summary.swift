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
    /// Rows of `sample`.
    public var rowCount: Int64
    /// Samples folded into those rows.
    public var sampleCount: Int64
    /// The start of the first run; `nil` without one.
    public var firstAt: Timestamp?
    /// The last thing that is known; `nil` without a run.
    public var lastAt: Timestamp?
}

extension CatalogReader {
    /// What the catalog holds. It reads every row's header: seconds for a large catalog.
    public func summary() throws(StoreError) -> CatalogSummary {
        try read { connection in
            let pageSize = try connection.pageSize
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
                rowCount: try connection.integer("SELECT count(*) FROM sample"),
                sampleCount: try connection.integer(
                    "SELECT coalesce(sum(sample_count), 0) FROM sample"),
                firstAt: try connection.instant("SELECT min(started_at_ms) FROM run"),
                lastAt: try connection.instant(
                    """
                    SELECT max(at) FROM (
                        SELECT max(terminated_at_ms) AS at FROM run
                        UNION ALL SELECT max(at_ms) FROM lifecycle_event
                        UNION ALL SELECT max(last_at_ms) FROM sample)
                    """))
        }
    }

    /// Looks for damage: SQLite's integrity check and dangling references.
    ///
    /// - Returns: What is wrong, a sentence each; empty if all is well.
    public func problems() throws(StoreError) -> [String] {
        // Not in a transaction: SQLite does not even commit a reading one that met damage.
        do {
            var problems = try connection.integrityCheck()
            do {
                problems += try connection.foreignKeyViolations().map(\.sentence)
            } catch  where error.isCorrupt {
                // Damage keeps the references from being looked at, and is a finding itself.
                problems.append("the references could not be checked: \(error.message)")
            }
            return problems
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

extension Connection {
    fileprivate func integer(_ sql: String) throws -> Int64 {
        try withStatement(sql) { statement in try statement.onlyInteger() }
    }

    fileprivate func instant(_ sql: String) throws -> Timestamp? {
        try withStatement(sql) { statement in
            try statement.step()
                ? statement.integer(at: 0).map(Timestamp.init(unixMilliseconds:)) : nil
        }
    }
}
