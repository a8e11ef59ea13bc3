internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import SQLite

extension FuzzTarget {
    /// A file that is given as a catalog.
    static let catalogFile = FuzzTarget(
        "catalog-file", byteLimit: 1 << 20, shortRunCount: 100
    ) { bytes in
        try wholeFile.replace(by: bytes)
        return try read(CatalogReading.allCases, of: wholeFile)
    }

    /// A catalog whose rows somebody else has written: it opens, and any value is anywhere.
    ///
    /// The first byte says what is read of it, the others which values are put where.
    static let catalogValues = FuzzTarget(
        "catalog-values", byteLimit: 1_024, shortRunCount: 200
    ) { bytes in
        try tamperedFile.replace(by: SmallCatalog.unguarded)
        var source = ByteSource(bytes)
        let part = source.element(of: CatalogReading.allCases)
        try tamper(&source)
        return try read([part], of: tamperedFile)
    }

    // Two, as the two may be fed at once.
    private static let wholeFile = ScratchFile("history.db")
    private static let tamperedFile = ScratchFile("history.db")

    private static func read(_ parts: [CatalogReading], of file: ScratchFile) throws -> Outcome {
        do throws(StoreError) {
            _ = try CatalogReader(path: file.path)
        } catch {
            try Harmless.check(text: error.description, of: "an error about a catalog")
            return .refused
        }
        var outcome = Outcome.refused
        for part in parts {
            do {
                try part.read(file)
                outcome = .understood
            } catch let error as StoreError {
                try Harmless.check(text: error.description, of: "an error about a catalog")
            }
        }
        return outcome
    }

    private static func tamper(_ source: inout ByteSource) throws {
        let connection = try Connection(path: tamperedFile.path, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("PRAGMA foreign_keys = OFF")
        try connection.execute("PRAGMA ignore_check_constraints = ON")
        let columns = columns
        // Each change is a statement of its own; what SQLite refuses is not done.
        try connection.execute("BEGIN")
        while !source.isAtEnd {
            // By both bytes: there are more columns than one can count.
            let index = (Int(source.byte()) << 8 | Int(source.byte())) % columns.count
            let (table, column) = columns[index]
            let row = source.choice(of: 8)
            let value = value(&source)
            _ = try? connection.withStatement(
                """
                UPDATE \(table) SET \(column) = ?1 WHERE \(table).\(key(of: table)) IN
                    (SELECT \(key(of: table)) FROM \(table) LIMIT iif(?2 = 7, -1, 1) OFFSET ?2 % 7)
                """
            ) { statement in
                try bind(value, to: &statement)
                try statement.bind(row, at: 2)
                _ = try statement.step()
            }
        }
        try connection.execute("COMMIT")
    }

    private static func key(of table: String) -> String {
        table == "run_label" ? "run_id" : "rowid"
    }

    private static func bind(_ value: SQLValue, to statement: inout Statement) throws {
        switch value {
        case .null: try statement.bind(Int64?.none, at: 1)
        case .integer(let integer): try statement.bind(integer, at: 1)
        case .real(let real): try statement.bind(real, at: 1)
        case .text(let text): try statement.bind(text, at: 1)
        case .blob(let blob): try statement.bind(blob, at: 1)
        }
    }

    private static func value(_ source: inout ByteSource) -> SQLValue {
        switch source.choice(of: 8) {
        case 0: .null
        case 1: .text(source.text())
        case 2: .text(source.element(of: hostileTexts))
        case 3: .blob(withChecksum([1] + source.take(source.choice(of: 64))))
        case 4: .real(source.element(of: [.infinity, -1, 1e300, 0.5]))
        default: .integer(source.integer())
        }
    }

    private static let hostileTexts = [
        "", "Running", "Terminated", "\u{1b}[2J\u{202e}", "<script>alert(1)</script>", "[]", "[1]",
        "{", "[\"a\u{0}\"]", "stderr", "boot-error.json", "a\nb|c", "waited", "inferred", "killed",
        "oom_kill", "recorder_down", "record", "run", "varve", "=1+1",
    ]

    /// Every column of every table that is read.
    private static let columns: [(table: String, column: String)] = {
        let file = ScratchFile("history.db")
        do {
            try file.replace(by: SmallCatalog.unguarded)
            let connection = try Connection(path: file.path, mode: .readOnly)
            return try SmallCatalog.tables(connection).filter { $0 != "schema_migration" }
                .flatMap { table in
                    try connection.withStatement("SELECT name FROM pragma_table_info('\(table)')") {
                        statement in
                        var columns: [(table: String, column: String)] = []
                        while try statement.step() {
                            columns.append((table, statement.text(at: 0) ?? ""))
                        }
                        return columns
                    }
                }
        } catch {
            preconditionFailure("cannot read a catalog: \(error)")
        }
    }()
}
