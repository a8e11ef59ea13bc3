public import HistoryModel
package import SQLite

/// A catalog that is open for reading: the query API.
///
/// It never creates or changes a catalog; SQLite puts its `-shm` and an empty `-wal` beside one that no
/// program has open. Each call reads one consistent state of the catalog.
///
/// ```swift
/// let reader = try CatalogReader(path: "history.db")
/// for run in try reader.runs(matching: RunQuery(sandbox: "web")) {
///     print(run.id, run.usage.memoryPeakBytes ?? 0)
/// }
/// ```
public struct CatalogReader: ~Copyable {
    /// Where it lies.
    public let path: String
    /// How long a call waits for another program that holds the catalog's lock.
    let patience: Duration
    let connection: Connection
    let locks: CatalogLocks

    /// Opens the catalog at `path`.
    ///
    /// - Throws: ``StoreError`` with ``StoreError/Code/notFound`` if there is none, and with
    ///   ``StoreError/Code/olderSchema`` if ``Catalog`` has to bring its schema up to date first.
    public init(path: String) throws(StoreError) {
        try self.init(path: path, settings: ConnectionSettings())
    }

    /// The same, with its database opened in another way than usual.
    ///
    /// - Parameter patience: How long a call waits for another program that holds the catalog's lock.
    package init(
        path: String, patience: Duration = .seconds(5), settings: ConnectionSettings
    ) throws(StoreError) {
        do {
            try CatalogLocation.requirePlain(path)
            let connection = try Connection(path: path, mode: .readOnly, settings: settings)
            let migrator = Migrator(path: path)
            let standing = try connection.transaction(.deferred, retryingFor: patience) {
                try migrator.standing(of: connection)
            }
            switch standing {
            case .new:
                throw Self.notFound(path)
            case .catalog(let applied) where applied < migrator.migrations.count:
                throw StoreError(
                    .olderSchema, path: path,
                    "\(path) was made by an older varve (schema \(applied), this one knows "
                        + "\(migrator.migrations.count)); open it for writing once to migrate it")
            case .catalog:
                break
            }
            self.path = path
            self.patience = patience
            self.connection = connection
            self.locks = CatalogLocks(ofCatalog: path, create: false)
        } catch {
            throw Self.openingError(error, path: path)
        }
    }

    /// What is said of a catalog that could not be opened for reading.
    static func openingError(_ error: any Error, path: String) -> StoreError {
        guard let error = error as? SQLiteError, error.isCannotOpen || error.isReadOnly else {
            return StoreError(error, path: path)
        }
        guard CatalogLocation.exists(path) else { return notFound(path) }
        guard CatalogLocation.isReadable(path),
            !CatalogLocation.isWritable(CatalogLocation.directory(of: path))
        else { return StoreError(error, path: path) }
        // wal.html, "Read-Only Databases": the index of the log must be there, or be made.
        return StoreError(
            .cannotOpen, path: path,
            "cannot read \(path) where it lies: no program has it open, and its directory may not "
                + "be written, so SQLite cannot put its \(path)-shm there; read a copy of it",
            cause: error)
    }

    /// Whether `path` is the catalog's own file by whatever name, or one that SQLite or varve keeps beside
    /// it: none of them must be written over.
    public func isCatalog(at path: String) -> Bool {
        CatalogLocation.isPart(path, ofCatalog: self.path)
    }

    /// Whether ``Catalog/reconcile(on:now:except:evidence:)`` might have something to do: some run is open
    /// and nobody watches over it.
    public func mayHaveAbandonedRuns(on host: Host) throws(StoreError) -> Bool {
        try read { connection in
            try connection.openRuns(on: host).contains { run in !run.isWatched(by: locks) }
        }
    }

    /// Runs `body` in one read transaction.
    func read<Result>(
        _ body: (borrowing Connection) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try connection.transaction(.deferred, retryingFor: patience) {
                try body(connection)
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Runs `body` in one read transaction; what it throws that is no trouble of the catalog, because
    /// it calls back, is thrown as it is.
    ///
    /// A busy catalog makes the transaction begin anew only before `body` has read anything.
    func readForCaller<Result>(
        _ body: (borrowing Connection) throws -> Result
    ) throws -> Result {
        do {
            return try connection.transaction(.deferred, retryingFor: patience) {
                try body(connection)
            }
        } catch let error as SQLiteError {
            throw StoreError(error, path: path)
        }
    }

    static func notFound(_ path: String) -> StoreError {
        StoreError(
            .notFound, path: path,
            "no catalog at \(path): nothing was recorded there yet; `varve run` makes one, --db or "
                + "VARVE_DB names another")
    }
}
