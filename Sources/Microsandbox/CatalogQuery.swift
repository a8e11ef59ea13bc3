internal import HistoryModel
internal import SQLite

/// Reads the runs of an open `msb.db`, of whatever release: a column that is not there is absent.
struct CatalogQuery {
    private let columns: [String: Set<String>]

    /// More runs than these, the newest, are not read at once.
    static let runLimit = 10_000

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

    /// The runs from the id `first` on, the newest first.
    func rows(_ connection: borrowing Connection, from first: Int64) throws -> [RunRow] {
        try connection.withStatement(sql) { statement in
            try statement.bind(first, at: 1)
            var rows: [RunRow] = []
            while try statement.step() {
                func integer(_ column: Int32) -> Int64? {
                    statement.columnType(at: column) == .integer
                        ? statement.integer(at: column) : nil
                }
                func text(_ column: Int32) -> String? {
                    statement.columnType(at: column) == .text ? statement.text(at: column) : nil
                }
                rows.append(
                    RunRow(
                        id: integer(0), sandboxID: integer(1), name: text(2), pid: integer(3),
                        status: text(4), exitCode: integer(5), exitSignal: integer(6),
                        reason: text(7), detail: text(8), startedAt: text(9),
                        terminatedAt: text(10), sandboxStatus: text(11), isEphemeral: integer(12),
                        config: text(13)))
            }
            return rows
        }
    }

    /// The labels of all sandboxes; `nil` if the release has no table of them.
    func labels(_ connection: borrowing Connection) throws -> [Int64: [String: String]]? {
        guard let known = columns["sandbox_labels"],
            known.isSuperset(of: ["sandbox_id", "key", "value"])
        else { return nil }
        return try connection.withStatement(
            """
            SELECT sandbox_id, key, value FROM sandbox_labels
            WHERE typeof(sandbox_id) = 'integer' AND length(key) <= 4096 AND length(value) <= 4096
            ORDER BY sandbox_id DESC, key LIMIT 100000
            """
        ) { statement in
            var labels: [Int64: [String: String]] = [:]
            while try statement.step() {
                guard let sandbox = statement.integer(at: 0), let key = statement.text(at: 1),
                    let value = statement.text(at: 2)
                else { continue }
                labels[sandbox, default: [:]][key] = value
            }
            return labels.mapValues(SandboxConfig.bounded)
        }
    }

    private var sql: String {
        func of(_ table: String, _ alias: String, _ name: String, limit: Int? = nil) -> String {
            guard columns[table]?.contains(name) == true else { return "NULL" }
            guard let limit else { return "\(alias).\(name)" }
            // What is too long is not even read: a row can be a gigabyte.
            return "CASE WHEN length(\(alias).\(name)) <= \(limit) THEN \(alias).\(name) END"
        }
        func ofRun(_ name: String) -> String { of("run", "r", name, limit: 65_536) }
        let config = ["active_config", "config"]
            .filter { columns["sandbox"]?.contains($0) == true }
            // One that is too long is told of, as an empty text, which is no configuration.
            .map {
                "iif(length(s.\($0)) <= \(SandboxConfig.sizeLimit), s.\($0), iif(s.\($0) IS NULL, NULL, ''))"
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
