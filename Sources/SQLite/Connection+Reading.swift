internal import CSQLite

extension Connection {
    /// Runs `body` while statements that do anything but read cannot be compiled on this connection.
    ///
    /// What would write, attach or detach a database, begin or end a transaction, load code, or set a
    /// PRAGMA is refused; PRAGMAs that tell of the schema or the file are not.
    ///
    /// - Throws: what `body` throws; of a refusal ``SQLiteError`` (`SQLITE_AUTH`) says what was refused.
    public func onlyReading<Result>(_ body: () throws -> Result) throws -> Result {
        connectBuiltInTables()
        let authorizer = ReadingAuthorizer()
        // The authorizer outlives its use: it is taken away below, before it is released.
        let context = unsafe Unmanaged.passUnretained(authorizer).toOpaque()
        unsafe sqlite3_set_authorizer(handle.raw, ReadingAuthorizer.callback, context)
        defer {
            unsafe sqlite3_set_authorizer(handle.raw, nil, nil)
            withExtendedLifetime(authorizer) {}
        }
        do {
            return try body()
        } catch let error as SQLiteError where error.primaryResultCode == SQLITE_AUTH {
            throw SQLiteError(
                operation: error.operation, resultCode: error.resultCode,
                message: authorizer.refusal ?? error.message, path: error.path, sql: error.sql,
                offset: error.offset)
        }
    }

    /// Makes SQLite's own virtual tables known: at its first use each declares itself by a CREATE TABLE,
    /// which an authorizer that only lets read takes for what it says.
    private func connectBuiltInTables() {
        let pragmas = ReadingAuthorizer.tellingPragmas.union(ReadingAuthorizer.readablePragmas)
        for table in pragmas.map({ "pragma_\($0)" }) + ["json_each", "json_tree"] {
            // Where this SQLite has no such table, nothing is to be made known.
            _ = try? prepare("SELECT 1 FROM \(table)")
        }
    }

    /// Runs `body` and asks `shouldStop` every millisecond or so while statements run on this
    /// connection; once it says so, the running statement fails as interrupted.
    public func checking<Result>(
        _ shouldStop: @escaping () -> Bool, _ body: () throws -> Result
    ) throws -> Result {
        let check = RunningCheck(shouldStop)
        // The check outlives its use: it is taken away below, before it is released.
        let context = unsafe Unmanaged.passUnretained(check).toOpaque()
        unsafe sqlite3_progress_handler(
            handle.raw, 4_000,
            { context in
                guard let context = unsafe context else { return 0 }
                // What is passed below.
                let check = unsafe Unmanaged<RunningCheck>.fromOpaque(context).takeUnretainedValue()
                return check.shouldStop() ? 1 : 0
            }, context)
        defer {
            unsafe sqlite3_progress_handler(handle.raw, 0, nil, nil)
            withExtendedLifetime(check) {}
        }
        return try body()
    }
}

private final class RunningCheck {
    let shouldStop: () -> Bool

    init(_ shouldStop: @escaping () -> Bool) {
        self.shouldStop = shouldStop
    }
}

/// Decides what statements may do that only read, and remembers what it refused.
private final class ReadingAuthorizer {
    private(set) var refusal: String?

    typealias Text = UnsafePointer<CChar>?

    static let callback:
        @convention(c) (UnsafeMutableRawPointer?, Int32, Text, Text, Text, Text) -> Int32 = {
            context, action, first, second, _, _ in
            guard let context = unsafe context else { return SQLITE_DENY }
            // What `onlyReading` passes and keeps alive.
            let authorizer = unsafe Unmanaged<ReadingAuthorizer>.fromOpaque(context)
                .takeUnretainedValue()
            // The texts are NUL-terminated, or NULL, and are copied.
            let subject = unsafe first.map { unsafe String(cString: $0) }
            let detail = unsafe second.map { unsafe String(cString: $0) }
            guard let reason = refusal(of: action, subject, detail) else { return SQLITE_OK }
            authorizer.refusal = "only reading is allowed here, and \(reason)"
            return SQLITE_DENY
        }

    /// Why `action` is refused, as the end of a sentence; `nil` if it only reads.
    private static func refusal(of action: Int32, _ subject: String?, _ detail: String?) -> String?
    {
        let name = subject ?? "?"
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return nil
        case SQLITE_FUNCTION:
            let function = detail?.lowercased() ?? ""
            return refusedFunctions.contains(function) ? "\(function)() loads code" : nil
        case SQLITE_PRAGMA:
            let pragma = name.lowercased()
            if tellingPragmas.contains(pragma) { return nil }
            if detail == nil, readablePragmas.contains(pragma) { return nil }
            return "this would use PRAGMA \(pragma)"
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
            return name.hasPrefix("sqlite_")
                ? "this would change the schema" : "this would write to \(name)"
        case SQLITE_ATTACH: return "this would attach a database"
        case SQLITE_DETACH: return "this would detach a database"
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT: return "this would begin or end a transaction"
        default: return "this would change the database"
        }
    }

    private static let refusedFunctions: Set = ["load_extension", "fts3_tokenizer"]

    /// Whose argument is what they tell of.
    static let tellingPragmas: Set = [
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
        "foreign_key_list", "foreign_key_check", "database_list", "collation_list", "function_list",
        "module_list", "pragma_list", "compile_options", "integrity_check", "quick_check",
    ]

    /// Whose argument would set them.
    static let readablePragmas: Set = [
        "application_id", "auto_vacuum", "data_version", "encoding", "freelist_count",
        "journal_mode", "page_count", "page_size", "query_only", "schema_version", "user_version",
    ]
}
