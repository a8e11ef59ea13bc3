internal import CSQLite

extension Connection {
    /// Makes a new database file with mode 0600, which `body` fills.
    ///
    /// The file appears under its name when it is whole: one file, in rollback mode, that any program
    /// can read where it lies. If anything fails there is none.
    ///
    /// - Parameter isReplacing: whether a regular file at `path` may be replaced.
    /// - Precondition: `body` leaves no transaction open.
    /// - Throws: what `body` throws; ``SQLiteError``, with `path`.
    public static func makeFile<Result>(
        at path: String, replacing isReplacing: Bool = false,
        _ body: (borrowing Connection) throws -> Result
    ) throws -> Result {
        do {
            var file = try BackupFile(destination: path, isReplacing: isReplacing)
            let result = try fill(file.temporary, shownAs: path, body)
            try file.publish()
            return result
        } catch let error as SQLiteError where error.operation == .backup {
            throw error.with(operation: .create, path: path)
        }
    }

    private static func fill<Result>(
        _ temporary: String, shownAs path: String, _ body: (borrowing Connection) throws -> Result
    ) throws -> Result {
        do {
            let connection = try Connection(path: temporary, mode: .readWrite)
            try connection.prepareForWriting()
            let result = try body(connection)
            // What is in the log goes into the file, which is synced, and the log is removed.
            let mode = try connection.handle.textPragma("journal_mode = DELETE")
            guard mode == "delete" else {
                throw connection.handle.error(
                    .configure, SQLITE_ERROR, saying: "the journal mode stayed \(mode)")
            }
            return result
        } catch let error as SQLiteError where error.path == temporary {
            throw error.with(operation: error.operation, path: path)
        }
    }
}

extension SQLiteError {
    fileprivate func with(operation: Operation, path: String) -> SQLiteError {
        SQLiteError(
            operation: operation, resultCode: resultCode, message: message, path: path, sql: sql,
            offset: offset)
    }
}
