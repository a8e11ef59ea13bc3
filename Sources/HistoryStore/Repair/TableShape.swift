internal import Migrations
internal import SQLite

/// How the rows of one of varve's tables are stored, by which they are known wherever they lie.
struct TableShape {
    struct Column {
        let name: String
        let kind: ColumnType
        let isNullable: Bool
    }

    let name: String
    /// Whether it has no row ids, and its rows lie in their key's order in a tree like an index's.
    let isIndexed: Bool
    /// Its columns in the order in which they are stored.
    let columns: [Column]
    /// How many of them its first version had; rows of that time have no more.
    let fewestColumns: Int
    /// The column whose value is the row id and that is stored as NULL.
    let rowIDColumn: Int?
    /// The words that one of its columns may hold, where rows of an index look alike.
    var words: (column: Int, known: Set<String>)?

    /// Whether a record may be one of its rows.
    func fits(_ values: [SQLValue]) -> Bool {
        guard (fewestColumns...columns.count).contains(values.count) else { return false }
        for (index, value) in values.enumerated() {
            let column = columns[index]
            switch value {
            case .null:
                guard column.isNullable || index == rowIDColumn else { return false }
            case .integer: guard column.kind == .integer, index != rowIDColumn else { return false }
            case .text: guard column.kind == .text else { return false }
            case .blob: guard column.kind == .blob else { return false }
            case .real: return false
            }
        }
        guard let words else { return true }
        guard case .text(let word) = values[words.column] else { return false }
        return words.known.contains(word)
    }
}

extension TableShape {
    /// `sqlite_schema`, which is on the first page.
    static let schema = TableShape(
        name: "sqlite_schema", isIndexed: false,
        columns: [
            Column(name: "type", kind: .text, isNullable: false),
            Column(name: "name", kind: .text, isNullable: false),
            Column(name: "tbl_name", kind: .text, isNullable: false),
            Column(name: "rootpage", kind: .integer, isNullable: true),
            Column(name: "sql", kind: .text, isNullable: true),
        ], fewestColumns: 5, rowIDColumn: nil,
        words: (0, ["table", "index", "view", "trigger"]))

    /// `sqlite_sequence`: the highest ids that were given out.
    static let sequence = TableShape(
        name: "sqlite_sequence", isIndexed: false,
        columns: [
            Column(name: "name", kind: .text, isNullable: false),
            Column(name: "seq", kind: .integer, isNullable: false),
        ], fewestColumns: 2, rowIDColumn: nil, words: (0, ["run"]))

    /// The words of columns by which a row is told from a key of an index.
    private static let knownWords: [String: (column: String, words: Set<String>)] = [
        "gap": (
            "reason",
            [
                "stalled", "torn", "implausible", "clock_stepped", "host_down", "dropped",
                "recorder_down", "not_sampled",
            ]
        ),
        "setting": (
            "name", ["keep_detail_ms", "keep_summaries_ms", "max_size_bytes", "is_bundle"]
        ),
    ]

    /// The shapes of the catalog's tables as all steps of the schema together make them, with their ledger
    /// and the tables of SQLite itself.
    static func all() throws -> [TableShape] {
        let model = try Connection(path: ":memory:", mode: .create)
        try model.prepareForWriting()
        try model.execute(Migrator.ledger)
        var first: [String: Int] = [:]
        for step in Migration.all {
            try model.execute(String(decoding: step.sql, as: UTF8.self))
            for table in try model.tables() where first[table.name] == nil {
                first[table.name] = try model.columns(of: table).stored.count
            }
        }
        let own = try model.tables().map { table in
            let (columns, rowIDColumn) = try model.columns(of: table)
            let words = knownWords[table.name].flatMap { known in
                columns.firstIndex { $0.name == known.column }.map { ($0, known.words) }
            }
            return TableShape(
                name: table.name, isIndexed: table.isIndexed, columns: columns,
                fewestColumns: first[table.name] ?? columns.count, rowIDColumn: rowIDColumn,
                words: words)
        }
        return [.schema, .sequence] + own
    }
}

extension Connection {
    fileprivate struct Table {
        let name: String
        let isIndexed: Bool
    }

    fileprivate func tables() throws -> [Table] {
        try withStatement(
            """
            SELECT name, wr FROM pragma_table_list
            WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY name
            """
        ) { statement in
            var tables: [Table] = []
            while try statement.step() {
                tables.append(
                    Table(
                        name: statement.text(at: 0) ?? "",
                        isIndexed: statement.integer(at: 1) == 1))
            }
            return tables
        }
    }

    /// The columns that are stored, in the order in which they are: without row ids those of the key come
    /// first.
    fileprivate func columns(
        of table: Table
    ) throws -> (stored: [TableShape.Column], rowIDColumn: Int?) {
        try withStatement(
            """
            SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 2
            ORDER BY CASE WHEN ?2 AND pk > 0 THEN pk ELSE 1000 + cid END
            """
        ) { statement in
            try statement.bind(table.name, at: 1)
            try statement.bind(table.isIndexed ? 1 : 0, at: 2)
            var columns: [TableShape.Column] = []
            var key: [Int] = []
            while try statement.step() {
                let type = statement.text(at: 1) ?? ""
                let isKey = (statement.integer(at: 3) ?? 0) > 0
                if isKey { key.append(columns.count) }
                columns.append(
                    TableShape.Column(
                        name: statement.text(at: 0) ?? "",
                        kind: type == "INTEGER" ? .integer : type == "TEXT" ? .text : .blob,
                        isNullable: statement.integer(at: 2) == 0 && !(isKey && table.isIndexed)))
            }
            let isRowID = !table.isIndexed && key.count == 1 && columns[key[0]].kind == .integer
            return (columns, isRowID ? key[0] : nil)
        }
    }
}
