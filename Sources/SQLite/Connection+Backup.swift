internal import CSQLite

extension Connection {
    /// Writes a copy of the database, as it is at the start, to a new file with mode 0600.
    ///
    /// The copy is in rollback mode: one file, whole, or none if anything fails. Others may write the
    /// database meanwhile; its write-ahead log cannot begin anew until the copy is done.
    ///
    /// - Parameters:
    ///   - pagesPerStep: pages copied between two calls of `progress`, at least 1.
    ///   - isReplacing: whether a file at `path` may be replaced.
    ///   - progress: called with the pages that remain and their total; throwing gives up.
    ///   - inspect: called with the copy, open for reading, before it gets its name; throwing gives up.
    /// - Precondition: no transaction is open.
    /// - Throws: what `inspect` or `progress` throws; ``SQLiteError``, with the copy's path.
    public func backup(
        to path: String, replacing isReplacing: Bool = false, pagesPerStep: Int32 = 256,
        progress: (_ remaining: Int, _ total: Int) throws -> Void = { _, _ in },
        inspecting inspect: (_ copy: borrowing Connection) throws -> Void = { _ in }
    ) throws {
        precondition(handle.isAutocommit, "a backup cannot be made within a transaction")
        var file = try PendingFile(destination: path, isReplacing: isReplacing)
        do {
            try copy(to: file.temporary, pagesPerStep: max(1, pagesPerStep), progress: progress)
            try inspect(
                Connection(path: file.temporary, mode: .readOnly, settings: settings))
        } catch let error as SQLiteError where error.path == file.temporary {
            throw SQLiteError(
                operation: .backup, resultCode: error.resultCode, message: error.message,
                path: path)
        }
        try file.publish()
    }

    private func copy(
        to temporary: String, pagesPerStep: Int32,
        progress: (_ remaining: Int, _ total: Int) throws -> Void
    ) throws {
        let target = try DatabaseHandle(
            path: temporary, mode: .readWrite, busyTimeout: handle.busyTimeout,
            fileSystem: handle.fileSystem)
        // One snapshot for the whole copy: otherwise each write by another starts it from page one.
        try transaction(.deferred) {
            try handle.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
            let job = try BackupJob(from: handle, to: target)
            while try job.step(pagesPerStep) {
                try progress(job.remaining, job.total)
            }
            try progress(job.remaining, job.total)
            try job.finish()
        }
        // A copied header says WAL; a copy at rest is one file.
        try target.execute("PRAGMA journal_mode = DELETE", as: .backup)
    }
}

/// The owner of one `sqlite3_backup`.
// The pointer is made and finished here only; both handles outlive the job, which is local to a
// function that holds them.
@safe private struct BackupJob: ~Copyable {
    private let raw: OpaquePointer
    // Unowned by count, as `discard` demands trivial members; held by the caller, see above.
    private unowned(unsafe) let target: DatabaseHandle

    init(from source: DatabaseHandle, to target: DatabaseHandle) throws(SQLiteError) {
        // Both handles are open; the schema's names are constants.
        guard let raw = unsafe sqlite3_backup_init(target.raw, "main", source.raw, "main") else {
            throw unsafe target.error(.backup, sqlite3_extended_errcode(target.raw))
        }
        unsafe self.raw = raw
        unsafe self.target = target
    }

    deinit {
        // Not finished otherwise; this releases the locks of both handles.
        unsafe sqlite3_backup_finish(raw)
    }

    /// Copies the next pages; `false` when nothing remains.
    func step(_ pages: Int32) throws(SQLiteError) -> Bool {
        // The job is not finished yet.
        switch unsafe sqlite3_backup_step(raw, pages) {
        case SQLITE_OK: return true
        case SQLITE_DONE: return false
        case let code:
            // The words are ours to look up: a step does not leave them in the handle.
            throw unsafe target.error(.backup, code, saying: String(cString: sqlite3_errstr(code)))
        }
    }

    /// Pages still to be copied.
    // The job is not finished yet.
    var remaining: Int { unsafe Int(sqlite3_backup_remaining(raw)) }
    /// All pages of the source.
    // The job is not finished yet.
    var total: Int { unsafe Int(sqlite3_backup_pagecount(raw)) }

    consuming func finish() throws(SQLiteError) {
        let raw = unsafe raw
        let target = unsafe target
        discard self
        // Finished once: the deinit does not run after `discard`.
        let code = unsafe sqlite3_backup_finish(raw)
        guard code == SQLITE_OK else { throw target.error(.backup, code) }
    }
}
