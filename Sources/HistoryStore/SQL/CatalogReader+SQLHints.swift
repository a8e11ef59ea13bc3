internal import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What is said of `error`, which a statement of the caller's met: whose fault it is, and which name
    /// was probably meant.
    func statementError(_ error: SQLiteError, in sql: String) throws -> StoreError {
        guard error.isStatementsFault else { return StoreError(error, path: path) }
        let missing = MissingName(error.message)
        let place = error.offset ?? missing.flatMap { $0.place(in: sql) }
        let cause = SQLiteError(
            operation: error.operation, resultCode: error.resultCode, message: error.message,
            path: path, sql: sql, offset: place.flatMap { $0 <= sql.utf8.count ? $0 : nil })
        // Without a hint rather than with another error: the catalog may be damaged.
        let question = missing.flatMap { try? connection.names(near: $0, for: sql).question }
        return StoreError(
            .statement, path: path,
            "the statement cannot be run: \(error.message)" + (question.map { "; \($0)" } ?? ""),
            cause: cause)
    }
}

extension SQLiteError {
    /// Whether the statement is to blame, and not the catalog or the system.
    fileprivate var isStatementsFault: Bool {
        // rescode.html: SQLITE_ERROR, TOOBIG, MISMATCH, MISUSE, AUTH and RANGE.
        [1, 18, 20, 21, 23, 25].contains(primaryResultCode)
    }
}

/// A name that SQLite did not find, as its message says it.
struct MissingName {
    enum Kind {
        case table
        case column
    }

    let kind: Kind
    /// Without what qualifies it.
    let name: String

    /// `nil` if `message` speaks of something else.
    init?(_ message: String) {
        let beginnings: [(String, Kind)] = [
            ("no such table: ", .table), ("no such column: ", .column),
            ("no such table column: ", .column),
        ]
        guard let (beginning, kind) = beginnings.first(where: { message.hasPrefix($0.0) }) else {
            return nil
        }
        // Later versions add advice: `"x" - should this be a string literal in single-quotes?`.
        var text = message.dropFirst(beginning.count)
        if text.hasPrefix("\""), let end = text.dropFirst().firstIndex(of: "\"") {
            text = text[text.index(after: text.startIndex)..<end]
        }
        self.kind = kind
        name = String(text.split(separator: ".").last ?? text)
    }

    /// Where in `sql` it stands as a word of its own, in bytes; `nil` if it does not.
    func place(in sql: String) -> Int? {
        guard !name.isEmpty else { return nil }
        let (bytes, wanted) = (Array(sql.utf8), Array(name.utf8))
        guard bytes.count >= wanted.count else { return nil }
        return (0...(bytes.count - wanted.count)).first { start in
            let end = start + wanted.count
            return bytes[start..<end].elementsEqual(wanted)
                && (start == 0 || !Self.isPartOfName(bytes[start - 1]))
                && (end == bytes.count || !Self.isPartOfName(bytes[end]))
        }
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
            || Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
    }
}

extension Connection {
    /// The names of tables and views, or of the columns of those that `sql` speaks of, that are near to
    /// the one that is missing.
    fileprivate func names(near missing: MissingName, for sql: String) throws -> NearMatches {
        let tables = try tableNames()
        var matches = NearMatches(to: missing.name)
        guard missing.kind == .column else {
            for table in tables { matches.consider(table) }
            return matches
        }
        let words = Set(
            sql.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        let mentioned = tables.filter { words.contains($0.lowercased()) }
        for table in mentioned.isEmpty ? tables : mentioned {
            for column in try columnNames(of: table) { matches.consider(column) }
        }
        return matches
    }

    private func tableNames() throws -> [String] {
        try withStatement(
            """
            SELECT name FROM sqlite_schema
            WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            """
        ) { statement in
            var names = [IntervalTable.name]
            while try statement.step() {
                if let name = statement.text(at: 0) { names.append(name) }
            }
            return names
        }
    }

    private func columnNames(of table: String) throws -> [String] {
        try withStatement("SELECT name FROM pragma_table_xinfo(?1)") { statement in
            try statement.bind(table, at: 1)
            var names: [String] = []
            while try statement.step() {
                if let name = statement.text(at: 0) { names.append(name) }
            }
            return names
        }
    }
}
