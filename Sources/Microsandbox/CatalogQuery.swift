internal import HistoryModel
internal import SQLite

/// Reads the runs of an open `msb.db`, of whatever release: a column that is not there is absent.
struct CatalogQuery {
    private let columns: [String: Set<String>]

    /// More runs than these, the newest, are not read at once.
    static let runLimit = 10_000
    /// Nor more text than this of runs, and of labels: a row can be a megabyte, and each run of a
    /// sandbox has its configuration anew.
    static let textLimit = 64 << 20
    /// More labels of all sandboxes together than these are not read at once.
    static let labelLimit = 100_000

    /// Looks which tables and columns there are.
    ///
    /// - Throws: ``MicrosandboxCatalogError`` if those without which nothing can be told are not;
    ///   `SQLiteError`.
    init(_ connection: borrowing Connection, path: String) throws {
        var columns: [String: Set<String>] = [:]
        for table in ["run", "sandbox", "sandbox_labels"] {
            columns[table] = try connection.withStatement("SELECT name FROM pragma_table_info(?1)")
            {
                statement in
                try statement.bind(table, at: 1)
                var names: Set<String> = []
                while try statement.step() {
                    if let name = statement.text(at: 0) { names.insert(name.lowercased()) }
                }
                return names
            }
        }
        for (table, needed) in [("run", ["id", "sandbox_id"]), ("sandbox", ["id", "name"])] {
            guard columns[table]?.isEmpty == false else {
                throw MicrosandboxCatalogError(
                    path: path, reason: "it has no table \(table)", isBeingMade: true)
            }
            for column in needed where columns[table]?.contains(column) != true {
                throw MicrosandboxCatalogError(
                    path: path, reason: "it has no column \(table).\(column)")
            }
        }
        self.columns = columns
    }

    /// The highest id of a run; `nil` if there is none.
    func highestRun(_ connection: borrowing Connection) throws -> Int64? {
        try connection.withStatement("SELECT max(id) FROM run") { statement in
            try statement.step() ? statement.integer(at: 0) : nil
        }
    }

    /// The runs from the id `first` on, the newest first; `isCut` if there may be older ones.
    func rows(
        _ connection: borrowing Connection, from first: Int64
    ) throws -> (rows: [RunRow], isCut: Bool) {
        try connection.withStatement(sql) { statement in
            try statement.bind(first, at: 1)
            var rows: [RunRow] = []
            var textBytes = 0
            while textBytes < Self.textLimit, try statement.step() {
                func integer(_ column: Int32) -> Int64? {
                    statement.columnType(at: column) == .integer
                        ? statement.integer(at: column) : nil
                }
                func text(_ column: Int32) -> String? {
                    guard statement.columnType(at: column) == .text,
                        let text = statement.text(at: column)
                    else { return nil }
                    textBytes += text.utf8.count
                    return text
                }
                rows.append(
                    RunRow(
                        id: integer(0), sandboxID: integer(1), name: text(2), pid: integer(3),
                        status: text(4), exitCode: integer(5), exitSignal: integer(6),
                        reason: text(7), detail: text(8), startedAt: text(9),
                        terminatedAt: text(10), sandboxStatus: text(11), isEphemeral: integer(12),
                        config: text(13)))
            }
            return (rows, rows.count == Self.runLimit || textBytes >= Self.textLimit)
        }
    }

    /// The labels of all sandboxes, the newest sandboxes first; `nil` if the release has no table of them.
    func labels(_ connection: borrowing Connection) throws -> SandboxLabels? {
        guard let known = columns["sandbox_labels"],
            known.isSuperset(of: ["sandbox_id", "key", "value"])
        else { return nil }
        let limit = SandboxConfig.labelByteLimit
        // What is too long is not even read.
        let fits = "\(Self.byteCount("key")) <= \(limit) AND \(Self.byteCount("value")) <= \(limit)"
        return try connection.withStatement(
            """
            SELECT sandbox_id, iif(\(fits), key, NULL), iif(\(fits), value, NULL) FROM sandbox_labels
            WHERE typeof(sandbox_id) = 'integer'
            ORDER BY sandbox_id DESC, key LIMIT \(Self.labelLimit + 1)
            """
        ) { statement in
            var labels = SandboxLabels()
            var (rowCount, textBytes) = (0, 0)
            while try statement.step() {
                guard let sandbox = statement.integer(at: 0) else { continue }
                rowCount += 1
                let key = statement.text(at: 1)
                let value = statement.text(at: 2)
                textBytes += (key?.utf8.count ?? 0) + (value?.utf8.count ?? 0)
                guard rowCount <= Self.labelLimit, textBytes <= Self.textLimit else {
                    labels.cut(at: sandbox)
                    break
                }
                labels.take(key, value, of: sandbox)
            }
            return labels
        }
    }

    /// SQLite's `length` counts the characters of a text up to its first zero only.
    private static func byteCount(_ column: String) -> String { "length(CAST(\(column) AS BLOB))" }

    private var sql: String {
        func of(_ table: String, _ alias: String, _ name: String, limit: Int? = nil) -> String {
            guard columns[table]?.contains(name) == true else { return "NULL" }
            guard let limit else { return "\(alias).\(name)" }
            // What is too long is not even read: a row can be a gigabyte.
            let column = "\(alias).\(name)"
            return "CASE WHEN \(Self.byteCount(column)) <= \(limit) THEN \(column) END"
        }
        func ofRun(_ name: String) -> String { of("run", "r", name, limit: 65_536) }
        let config = ["active_config", "config"]
            .filter { columns["sandbox"]?.contains($0) == true }
            // One that is too long is told of, as an empty text, which is no configuration.
            .map {
                "iif(\(Self.byteCount("s.\($0)")) <= \(SandboxConfig.sizeLimit), s.\($0), "
                    + "iif(s.\($0) IS NULL, NULL, ''))"
            }
        let configuration =
            config.isEmpty ? "NULL" : "coalesce(\((config + ["NULL"]).joined(separator: ", ")))"
        return """
            SELECT r.id, r.sandbox_id, \(of("sandbox", "s", "name", limit: 4096)), \(ofRun("pid")),
                \(ofRun("status")), \(ofRun("exit_code")), \(ofRun("exit_signal")),
                \(ofRun("termination_reason")), \(ofRun("termination_detail")),
                \(ofRun("started_at")), \(ofRun("terminated_at")),
                \(of("sandbox", "s", "status", limit: 128)), \(of("sandbox", "s", "ephemeral")),
                \(configuration)
            FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            WHERE r.id >= ?1 ORDER BY r.id DESC LIMIT \(Self.runLimit)
            """
    }
}
