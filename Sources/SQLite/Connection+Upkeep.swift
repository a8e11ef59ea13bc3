internal import CSQLite

/// How far a checkpoint goes.
public enum CheckpointMode: Hashable, Sendable {
    /// As far as it goes without waiting for anyone.
    case passive
    /// All of the log, waiting for the writer and for readers of old snapshots.
    case full
    /// As `full`, and the next writer begins the log anew.
    case restart
    /// As `restart`, and the log's file is cut to nothing.
    case truncate

    fileprivate var code: Int32 {
        switch self {
        case .passive: SQLITE_CHECKPOINT_PASSIVE
        case .full: SQLITE_CHECKPOINT_FULL
        case .restart: SQLITE_CHECKPOINT_RESTART
        case .truncate: SQLITE_CHECKPOINT_TRUNCATE
        }
    }
}

/// What a checkpoint has done.
public struct Checkpoint: Hashable, Sendable {
    /// Frames (pages) in the write-ahead log.
    public let logFrames: Int
    /// Those of them that are in the database now.
    public let copiedFrames: Int
}

/// A row whose foreign key points nowhere.
public struct ForeignKeyViolation: Hashable, Sendable {
    /// The table of the row.
    public let table: String
    /// The row, `nil` in a table without row ids.
    public let rowID: Int64?
    /// The table that it points to.
    public let parent: String
    /// Which of the table's foreign keys, as numbered by `PRAGMA foreign_key_list`.
    public let foreignKey: Int64
}

extension Connection {
    /// Copies the write-ahead log into the database.
    ///
    /// - Returns: `nil` if the database is not in WAL mode.
    /// - Throws: busy, for the modes that wait, after the busy timeout.
    @discardableResult
    public func checkpoint(
        _ mode: CheckpointMode = .passive
    ) throws(SQLiteError) -> Checkpoint? {
        var logFrames: Int32 = 0
        var copiedFrames: Int32 = 0
        // The handle is open; the counts are written during the call only.
        let code = unsafe sqlite3_wal_checkpoint_v2(
            handle.raw, "main", mode.code, &logFrames, &copiedFrames)
        guard code == SQLITE_OK else { throw handle.error(.checkpoint, code) }
        guard logFrames >= 0 else { return nil }
        return Checkpoint(logFrames: Int(logFrames), copiedFrames: Int(copiedFrames))
    }

    /// Copies all of the write-ahead log into the database and cuts its file to nothing, unless another
    /// connection is in the way; waits for none.
    ///
    /// - Returns: Whether it was done.
    public func truncateJournal() throws(SQLiteError) -> Bool {
        handle.setBusyTimeout(.zero)
        defer { handle.setBusyTimeout(handle.busyTimeout) }
        do throws(SQLiteError) {
            return try checkpoint(.truncate) != nil
        } catch {
            guard error.isBusy else { throw error }
            return false
        }
    }

    /// Returns up to `pages` free pages to the file system; the file shrinks at the next checkpoint.
    ///
    /// Does nothing for a database that was not created with `auto_vacuum = INCREMENTAL`.
    public func incrementalVacuum(pages: Int) throws(SQLiteError) {
        // SQLite takes 0 for "all of them".
        guard pages > 0 else { return }
        try handle.execute("PRAGMA incremental_vacuum(\(min(pages, Int(Int32.max))))")
    }

    /// What is wrong with the database's structure, at most 100 findings; empty if nothing.
    ///
    /// Reads the whole file.
    ///
    /// - Throws: also if the disk does not give a page.
    public func integrityCheck() throws(SQLiteError) -> [String] {
        var statement = Statement(try handle.prepare("PRAGMA integrity_check", isKept: false))
        var findings: [String] = []
        do throws(SQLiteError) {
            while try statement.step() {
                let finding = statement.text(at: 0) ?? ""
                if let code = Self.readErrorCode(in: finding) {
                    throw handle.error(.step, code, saying: "disk I/O error", sql: statement.sql)
                }
                // Under a heading, which names the one database there is, there is a line for each.
                findings += finding.split(separator: "\n").map(String.init)
                    .filter { !$0.hasPrefix("*** in database") }
            }
        } catch {
            // Some damage ends the check after the findings so far: that is one more.
            guard error.isCorrupt else { throw error }
            findings.append(error.message)
        }
        return findings == ["ok"] ? [] : findings
    }

    /// The check takes a page that the disk did not give for a finding, and ends it with the code.
    private static func readErrorCode(in finding: String) -> Int32? {
        let ends = finding.matches(of: #/error code=(\d+)/#)
        return ends.lazy.compactMap { Int32($0.output.1) }.first { $0 & 0xff == SQLITE_IOERR }
    }

    /// The rows whose foreign keys point nowhere. Reads every table that has one.
    public func foreignKeyViolations() throws(SQLiteError) -> [ForeignKeyViolation] {
        var statement = Statement(try handle.prepare("PRAGMA foreign_key_check", isKept: false))
        var violations: [ForeignKeyViolation] = []
        while try statement.step() {
            violations.append(
                ForeignKeyViolation(
                    table: statement.text(at: 0) ?? "", rowID: statement.integer(at: 1),
                    parent: statement.text(at: 2) ?? "",
                    foreignKey: statement.integer(at: 3) ?? 0))
        }
        return violations
    }
}
