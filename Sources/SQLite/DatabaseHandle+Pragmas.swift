internal import CSQLite

extension DatabaseHandle {
    /// What a connection is being set up for.
    enum Purpose {
        case reading
        case writing
        /// Writing a new file that nobody else knows of, in one transaction.
        case filling
        /// The same for a file that others will write later.
        case fillingToGrow
    }

    /// The one place that sets a connection's PRAGMAs. (The busy timeout is set through C, when the
    /// handle is opened; `mmap_size` stays 0, so that a failing disk is an error and not SIGBUS.)
    func setPragmas(for purpose: Purpose) throws(SQLiteError) {
        switch purpose {
        case .reading:
            // Neither looks at the file.
            try set("query_only", to: "ON")
            try set("cell_size_check", to: "ON")
        case .writing:
            try set("query_only", to: "OFF")
            try set("foreign_keys", to: "ON")
            // Only possible before the first page is written, which the switch to WAL does.
            if try isEmpty { try set("auto_vacuum", to: "INCREMENTAL") }
            if !isInMemory, try journalMode != "wal" { try switchToWAL() }
            // The log is synced at checkpoints, and not at each commit: the death of a process takes
            // nothing back, a power cut the last commits, whole ones in reverse order.
            try set("synchronous", to: "NORMAL")
            // A log that a long reader has made grow is cut when it begins anew; four megabytes are
            // what lies between two checkpoints.
            try set("journal_size_limit", to: "4194304")
        case .filling, .fillingToGrow:
            // Its journal holds next to nothing: pages that are new need no way back.
            try set("query_only", to: "OFF")
            if purpose == .fillingToGrow { try set("auto_vacuum", to: "INCREMENTAL") }
            try set("synchronous", to: "NORMAL")
        }
    }

    private func set(_ pragma: String, to value: String) throws(SQLiteError) {
        try execute("PRAGMA \(pragma) = \(value)", as: .configure)
    }

    /// Fails as busy at once, without the busy timeout, if another connection is about the same.
    private func switchToWAL() throws(SQLiteError) {
        let mode = try textPragma("journal_mode = WAL")
        guard mode == "wal" else {
            throw error(
                .configure, SQLITE_ERROR,
                saying: "its file system cannot hold a write-ahead log, "
                    + "the journal mode stayed \(mode)")
        }
    }

    var isEmpty: Bool {
        get throws(SQLiteError) {
            try !prepare("SELECT 1 FROM sqlite_schema LIMIT 1", isKept: false).step()
        }
    }

    var journalMode: String {
        get throws(SQLiteError) { try textPragma("journal_mode") }
    }

    func integerPragma(_ pragma: String) throws(SQLiteError) -> Int64 {
        var statement = Statement(try prepare("PRAGMA \(pragma)", isKept: false))
        return try statement.step() ? statement.integer(at: 0) ?? 0 : 0
    }

    func textPragma(_ pragma: String) throws(SQLiteError) -> String {
        let prepared = try prepare("PRAGMA \(pragma)", isKept: false)
        guard try prepared.step(as: .configure) else { return "" }
        let statement = Statement(prepared)
        return statement.text(at: 0) ?? ""
    }
}
