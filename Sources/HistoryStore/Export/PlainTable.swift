internal import SQLite

/// A table that a plain copy has as the catalog has it.
struct PlainTable {
    private let name: String
    private let columns: [String]
    private let insert: String

    /// Makes the table in `target`, with its indexes.
    init(
        _ name: String, from source: borrowing Connection, to target: borrowing Connection
    ) throws {
        self.name = name
        for definition in try source.definitions(of: ["table", "index"], on: name) {
            try target.execute(definition)
        }
        columns = try source.withStatement(
            "SELECT name FROM pragma_table_info(?1) ORDER BY cid"
        ) { statement in
            try statement.bind(name, at: 1)
            var names: [String] = []
            while try statement.step() {
                if let name = statement.text(at: 0) { names.append(Self.quoted(name)) }
            }
            return names
        }
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        insert =
            "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(places))"
    }

    /// Copies the rows whose `key` is `value`.
    func copy(
        where key: String, is value: Int64, from source: borrowing Connection,
        to target: borrowing Connection
    ) throws {
        let query = "SELECT \(columns.joined(separator: ", ")) FROM \(name) WHERE \(key) = ?1"
        try source.withStatement(query) { rows in
            try rows.bind(value, at: 1)
            try target.withStatement(insert) { insert in
                while try rows.step() {
                    for column in 0..<Int32(columns.count) {
                        try insert.bind(rows.value(at: column), at: column + 1)
                    }
                    try insert.run()
                }
            }
        }
    }

    private static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\"")
            + "\""
    }
}

extension Connection {
    /// The statements that made the objects of these types, of the table or view `name`: tables first.
    func definitions(of types: [String], on name: String) throws -> [String] {
        try withStatement(
            """
            SELECT sql FROM sqlite_schema
            WHERE tbl_name = ?1 AND sql IS NOT NULL AND type IN (SELECT value FROM json_each(?2))
            ORDER BY type DESC, name
            """
        ) { statement in
            try statement.bind(name, at: 1)
            try statement.bind(StoredCommand.encode(types), at: 2)
            var found: [String] = []
            while try statement.step() {
                if let sql = statement.text(at: 0) { found.append(sql) }
            }
            return found
        }
    }
}
