public import SQLite

/// Everything that a catalog says, to be compared.
///
/// Left out is what tells of a recorder's own work, which differs with every fault.
public struct CatalogState: Hashable, Sendable {
    /// The rows of each table as text, ordered.
    public let tables: [String: [String]]

    /// Nothing: a file in which nobody has written yet.
    public static let empty = CatalogState(tables: [:])

    init(tables: [String: [String]]) {
        self.tables = tables
    }

    /// Reads the database at `path` as it is.
    ///
    /// - Parameter repairing: Whether what a crash left beside it is to be played back.
    public init(path: String, repairing: Bool = false) throws {
        let connection = try Connection(
            path: path, mode: repairing ? .readWrite : .readOnly,
            settings: FaultyDisk.sound.settings)
        try self.init(reading: connection)
    }

    /// Reads what `connection` sees.
    public init(reading connection: borrowing Connection) throws {
        tables = try connection.transaction(.deferred) {
            var tables: [String: [String]] = [:]
            for table in try Self.texts(
                """
                SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'
                ESCAPE '\\'
                """, connection)
            {
                let columns = try Self.texts(
                    """
                    SELECT name FROM pragma_table_info('\(table)')
                    WHERE CASE '\(table)'
                        WHEN 'recorder_session'
                            THEN name IN ('id', 'source_id', 'run_id', 'started_at_ms')
                        -- In which order blocks are written depends on how full a page is.
                        WHEN 'sample_block' THEN name <> 'id'
                        WHEN 'sample_detail' THEN name <> 'block_id'
                        ELSE true END
                    """, connection)
                let row = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ', ' || ")
                tables[table] = try Self.texts(
                    "SELECT \(row) FROM \"\(table)\" ORDER BY 1", connection)
            }
            return tables
        }
    }

    /// All rows.
    public var rowCount: Int { tables.values.reduce(0) { $0 + $1.count } }

    /// Rows of `other` that are not here.
    public func missing(of other: CatalogState) -> [String] {
        other.tables.keys.sorted().flatMap { table in
            let mine = Set(tables[table] ?? [])
            return other.tables[table]?.filter { !mine.contains($0) }.map { "\(table): \($0)" }
                ?? []
        }
    }

    private static func texts(
        _ sql: String, _ connection: borrowing Connection
    ) throws -> [String] {
        try connection.withStatement(sql) { statement in
            var texts: [String] = []
            while try statement.step() { texts.append(statement.text(at: 0) ?? "") }
            return texts
        }
    }
}
