extension Connection {
    /// Makes a database of what `body` writes into it, a new file with mode 0600.
    ///
    /// The file is in rollback mode, closed, and appears under its name when it is whole; if anything
    /// fails there is none. `body` runs in one transaction, and once.
    ///
    /// - Parameters:
    ///   - isReplacing: whether a regular file at `path` may be replaced.
    ///   - isToGrow: whether others will write it later, so that it can return free pages.
    ///   - settings: how it is opened.
    /// - Throws: what `body` throws; ``SQLiteError``, with `path`.
    public static func writeNewFile<Result>(
        at path: String, replacing isReplacing: Bool = false, toGrow isToGrow: Bool = false,
        settings: ConnectionSettings = ConnectionSettings(),
        _ body: (borrowing Connection) throws -> Result
    ) throws -> Result {
        var temporary = path
        do {
            var file = try PendingFile(destination: path, isReplacing: isReplacing)
            temporary = file.temporary
            let result = try fill(file.temporary, toGrow: isToGrow, settings, body)
            try file.publish()
            return result
        } catch let error as SQLiteError where error.path == temporary || error.path == path {
            throw SQLiteError(
                operation: .create, resultCode: error.resultCode, message: error.message,
                path: path, sql: error.sql)
        }
    }

    /// The connection is closed at the end: the file is to be published.
    private static func fill<Result>(
        _ path: String, toGrow isToGrow: Bool, _ settings: ConnectionSettings,
        _ body: (borrowing Connection) throws -> Result
    ) throws -> Result {
        let connection = try Connection(path: path, mode: .readWrite, settings: settings)
        try connection.handle.setPragmas(for: isToGrow ? .fillingToGrow : .filling)
        return try connection.transaction { try body(connection) }
    }
}
