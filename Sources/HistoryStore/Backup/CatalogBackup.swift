internal import SQLite

/// Copies a catalog as it is at one instant, while others may write it.
///
/// ```swift
/// let backup = try CatalogBackup(of: "history.db")
/// let report = try backup.write(to: "history-monday.db")
/// ```
///
/// The catalog's schema may be an older one: a copy is what one wants before it is migrated.
public struct CatalogBackup: ~Copyable {
    /// The catalog's path.
    public let path: String
    private let connection: Connection

    /// How far a copy has come.
    public enum Stage: Hashable, Sendable {
        /// So many of the catalog's pages are copied.
        case copied(pages: Int, of: Int)
        /// The copy is being read again.
        case checking
    }

    /// What was written.
    public struct Report: Hashable, Sendable {
        /// Bytes of the copy.
        public var byteCount: Int64
        /// How long it took to copy, and to make it survive a power cut.
        public var copying: Duration
        /// How long it took to check; `nil` if it was not checked.
        public var checking: Duration?
    }

    /// Opens the catalog at `path`; writes nothing to it.
    ///
    /// - Throws: ``StoreError`` if there is none, or if it is another program's or a newer varve's.
    public init(of path: String) throws(StoreError) {
        do {
            guard CatalogLocation.exists(path) else { throw CatalogReader.notFound(path) }
            let connection = try Connection(path: path, mode: .readOnly)
            let standing = try connection.transaction(.deferred, retryingFor: .seconds(5)) {
                try Migrator(path: path).standing(of: connection)
            }
            if standing == .new { throw CatalogReader.notFound(path) }
            self.path = path
            self.connection = connection
        } catch let error as StoreError {
            throw error
        } catch {
            throw CatalogReader.openingError(error, path: path)
        }
    }

    /// Writes the copy: one file, closed, mode 0600, which appears under its name when it is whole.
    ///
    /// All of it is read in one snapshot. Writers go on meanwhile; the write-ahead log keeps what they
    /// write until the copy is done.
    ///
    /// - Parameters:
    ///   - isReplacing: Whether a regular file at `destination` may be replaced.
    ///   - isChecking: Whether the copy is read again, by SQLite's integrity check, before it gets its
    ///     name.
    ///   - shouldStop: Is asked while pages are copied and while the copy is checked.
    ///   - progress: Is called now and then.
    /// - Throws: ``StoreError``: with ``StoreError/Code/destinationExists`` if the name is taken, with
    ///   ``StoreError/Code/damaged`` if the copy is not whole because the catalog is not, with
    ///   ``StoreError/Code/stopped`` if it was told to stop. Nothing is left behind then.
    public func write(
        to destination: String, replacing isReplacing: Bool = false,
        checking isChecking: Bool = true, stopIf shouldStop: @escaping () -> Bool = { false },
        progress: (Stage) -> Void = { _ in }
    ) throws(StoreError) -> Report {
        let start = ContinuousClock.now
        var copied = start
        var pages = 0
        var pageSize: Int64 = 0
        do {
            pageSize = try connection.pageSize
            try connection.backup(
                to: destination, replacing: isReplacing,
                progress: { remaining, total in
                    if shouldStop() { throw stopped(destination) }
                    pages = total
                    progress(.copied(pages: total - remaining, of: total))
                },
                inspecting: { copy in
                    copied = .now
                    guard isChecking else { return }
                    progress(.checking)
                    try check(copy, stopIf: shouldStop)
                })
        } catch let error as SQLiteError where error.isInterrupted {
            throw stopped(destination)
        } catch let error as SQLiteError where error.message == PendingFile.takenMessage {
            throw StoreError(
                .destinationExists, path: destination,
                "cannot write \(destination): \(error.message)", cause: error)
        } catch let error as SQLiteError where error.isCorrupt || error.isNotADatabase {
            throw damaged(error.message, cause: error)
        } catch {
            throw StoreError(error, path: path)
        }
        return Report(
            byteCount: Int64(pages) * pageSize, copying: copied - start,
            checking: isChecking ? ContinuousClock.now - copied : nil)
    }

    private func check(
        _ copy: borrowing Connection, stopIf shouldStop: @escaping () -> Bool
    ) throws {
        let problems = try copy.checking(shouldStop) { try copy.integrityCheck() }
        if let first = problems.first { throw damaged(first) }
    }

    private func damaged(_ reason: String, cause: SQLiteError? = nil) -> StoreError {
        StoreError(
            .damaged, path: path,
            "\(path) is damaged, so no copy of it was kept: \(reason); `varve db repair` brings over "
                + "what can be read, --no-check copies it as it is",
            cause: cause)
    }

    private func stopped(_ destination: String) -> StoreError {
        StoreError(.stopped, path: path, "stopped; nothing was written to \(destination)")
    }
}
