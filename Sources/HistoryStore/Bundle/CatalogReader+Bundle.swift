public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// Writes all that belongs to `reference` into a small catalog of its own, to be given to others.
    ///
    /// It has the run whole: its row, labels, events, intervals, final moments, gaps, logs and the
    /// recorders that watched it; and of up to ``otherRunLimit`` earlier runs of its sandbox, and as many
    /// runs of its machine that were alive at its end, what explains it: their rows, labels and events, and what they
    /// used around that time. Ids stay as they are. It is one file, in no need of another, and every
    /// query works on it.
    ///
    /// ```swift
    /// try reader.writeBundle(of: RunReference("web"), to: "web.varve", redacting: [.labels], now: .now())
    /// let bundle = try CatalogReader(path: "web.varve")
    /// ```
    ///
    /// - Parameters:
    ///   - isReplacing: Whether a file at `path` may be replaced.
    ///   - redactions: What is left out.
    ///   - now: The end of a run that still runs.
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is no such run, or if the
    ///   file cannot be written; then there is none.
    public func writeBundle(
        of reference: RunReference, to path: String, replacing isReplacing: Bool = false,
        redacting redactions: Set<BundleRedaction> = [], now: Timestamp
    ) throws(StoreError) -> BundleReport {
        try read { connection in
            let run = try self.run(reference, on: connection)
            let scope = try connection.bundleScope(of: run, now: now)
            let rowCount = try makeBundle(
                at: path, replacing: isReplacing, of: scope, redacting: redactions, now: now,
                from: connection)
            return BundleReport(
                run: run, otherRunCount: scope.runs.count - 1, rowCount: rowCount)
        }
    }

    /// How many earlier runs, and how many neighbours, go into a bundle.
    public static var otherRunLimit: Int { 50 }

    private func makeBundle(
        at path: String, replacing isReplacing: Bool, of scope: BundleScope,
        redacting redactions: Set<BundleRedaction>, now: Timestamp,
        from connection: borrowing Connection
    ) throws -> Int64 {
        var rowCount: Int64 = 0
        do {
            try Connection.writeNewFile(
                at: path, replacing: isReplacing, settings: connection.settings
            ) { bundle in
                try Migrator(path: path).make(on: bundle, now: now)
                var boots = redactions.contains(.host) ? BootNumbers() : nil
                for table in BundleTable.all(redacting: redactions) {
                    rowCount += try connection.copy(
                        table, of: scope, numbering: &boots, to: bundle)
                }
                // It is kept as it is, and its runs are nobody's to close.
                try bundle.execute(
                    """
                    INSERT INTO setting (name, value) VALUES ('is_bundle', 1),
                        ('keep_detail_ms', -1), ('keep_summaries_ms', -1), ('max_size_bytes', -1)
                    """)
            }
        } catch let error as SQLiteError where error.path == path {
            throw StoreError(error, path: path)
        }
        return rowCount
    }
}

/// Which runs a bundle has, and which times count.
private struct BundleScope {
    let run: Run
    let runs: [RunID]
    let end: Timestamp

    /// How long before a run's end its neighbours count.
    static let neighbourhood = Duration.seconds(600)

    func bind(to statement: inout Statement, parameterCount: Int32) throws(SQLiteError) {
        let start = end.advanced(byMilliseconds: -Self.neighbourhood.milliseconds)
        let values: [SQLValue] = [
            .integer(run.id.rawValue), .text(RunID.list(runs)),
            .integer(start.unixMilliseconds),
            .integer(end.advanced(byMilliseconds: 60_000).unixMilliseconds),
            .integer(run.startedAt.unixMilliseconds), .integer(end.unixMilliseconds),
        ]
        for (index, value) in values.prefix(Int(parameterCount)).enumerated() {
            try statement.bind(value, at: Int32(index) + 1)
        }
    }
}

/// What the boots of a machine are called in a bundle that must not tell which machine it is: still one
/// from another.
private struct BootNumbers {
    private var numbers: [SQLValue: Int] = [:]

    mutating func name(of boot: SQLValue) -> SQLValue {
        guard boot != .null else { return boot }
        let number = numbers[boot] ?? numbers.count + 1
        numbers[boot] = number
        return .text("redacted-\(number)")
    }
}

extension Connection {
    fileprivate func bundleScope(of run: Run, now: Timestamp) throws -> BundleScope {
        let end = run.terminatedAt ?? now
        let earlier = try runIDs(
            """
            SELECT id FROM run
            WHERE sandbox_id = (SELECT sandbox_id FROM run WHERE id = ?1) AND id <> ?1
                AND started_at_ms <= ?2
            ORDER BY started_at_ms DESC, id DESC LIMIT ?3
            """, run.id, run.startedAt)
        let neighbours = try runIDs(
            """
            SELECT id FROM run
            WHERE id <> ?1 AND started_at_ms <= ?2
                AND sandbox_id IN (
                    SELECT s.id FROM sandbox AS s JOIN source AS c ON c.id = s.source_id
                    WHERE c.host = (
                        SELECT c.host FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
                        JOIN source AS c ON c.id = s.source_id WHERE r.id = ?1))
                AND (terminated_at_ms IS NULL
                    OR terminated_at_ms >= ?2 - \(BundleScope.neighbourhood.milliseconds))
            ORDER BY started_at_ms DESC, id DESC LIMIT ?3
            """, run.id, end)
        let others = Set(earlier + neighbours).sorted()
        return BundleScope(run: run, runs: [run.id] + others, end: end)
    }

    private func runIDs(_ sql: String, _ run: RunID, _ instant: Timestamp) throws -> [RunID] {
        try withStatement(sql) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(instant.unixMilliseconds, at: 2)
            try statement.bind(CatalogReader.otherRunLimit, at: 3)
            var runs: [RunID] = []
            while try statement.step() {
                runs.append(RunID(rawValue: statement.integer(at: 0) ?? 0))
            }
            return runs
        }
    }

    /// Copies the rows of `table` that belong to `scope`, value by value.
    ///
    /// - Parameter boots: What boots are called instead of by their ids; `nil` if they keep those.
    /// - Returns: How many there were.
    fileprivate func copy(
        _ table: BundleTable, of scope: BundleScope, numbering boots: inout BootNumbers?,
        to bundle: borrowing Connection
    ) throws -> Int64 {
        let columns = try columnNames(of: table.name)
        let bootColumn = columns.firstIndex(of: "boot_id")
        let selected = columns.map { table.replacements[$0] ?? $0 }
        let select = """
            SELECT \(selected.joined(separator: ", ")) FROM \(table.name)
            WHERE \(table.condition)
            """
        let insert = """
            INSERT INTO \(table.name) (\(columns.joined(separator: ", ")))
            VALUES (\(columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")))
            """
        var count: Int64 = 0
        try withStatement(select) { rows in
            try scope.bind(to: &rows, parameterCount: rows.parameterCount)
            try bundle.withStatement(insert) { writer in
                while try rows.step() {
                    for column in columns.indices {
                        var value = rows.value(at: Int32(column))
                        if column == bootColumn { value = boots?.name(of: value) ?? value }
                        try writer.bind(value, at: Int32(column) + 1)
                    }
                    _ = try writer.step()
                    writer.reset()
                    count += 1
                }
            }
        }
        return count
    }

    /// The columns of a table that can be written: all but those that are computed.
    private func columnNames(of table: String) throws -> [String] {
        try withStatement("SELECT name FROM pragma_table_info(?1) ORDER BY cid") { statement in
            try statement.bind(table, at: 1)
            var names: [String] = []
            while try statement.step() { names.append(statement.text(at: 0) ?? "") }
            return names
        }
    }
}
