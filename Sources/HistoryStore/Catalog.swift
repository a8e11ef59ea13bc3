public import HistoryModel
package import SQLite

/// A catalog that is open for writing.
///
/// Every call is one transaction: it is committed whole when the call returns, and has changed nothing
/// if it throws. A call that finds the catalog locked tries again for as long as its patience says.
///
/// ```swift
/// let catalog = try Catalog(path: "history.db", now: .now())
/// let source = Source(kind: .varve, name: "/varve-1", home: nil, host: .current())
/// let run = try catalog.begin(NewRun(sandbox: "web", command: ["serve"], startedAt: .now()),
///                             of: source)
/// ```
public struct Catalog: ~Copyable {
    /// Where it lies.
    public let path: String
    /// How long a call waits for another program that holds the catalog's lock.
    public var patience: Duration
    let connection: Connection
    let locks: CatalogLocks
    let packing = PagePacking()
    private let file: CatalogLocation.FileIdentity?
    /// The files that SQLite has beside it, each by its whole name.
    private let companions: [(path: String, file: CatalogLocation.FileIdentity)]

    /// Opens the catalog at `path` and brings its schema up to date; makes it if there is none.
    ///
    /// - Throws: ``StoreError`` if the file cannot be made or opened, is no catalog, or is a newer
    ///   varve's. A file that is refused is left untouched.
    public init(
        path: String, now: Timestamp, patience: Duration = .seconds(5)
    ) throws(StoreError) {
        try self.init(
            path: path, now: now, patience: patience, settings: ConnectionSettings())
    }

    /// The same, with its database opened in another way than usual.
    package init(
        path: String, now: Timestamp, patience: Duration, settings: ConnectionSettings
    ) throws(StoreError) {
        do {
            try CatalogLocation.prepare(path)
            let connection = try Connection(path: path, mode: .readWrite, settings: settings)
            let migrator = Migrator(path: path)
            // Refuses before anything is written, the journal mode included.
            let standing = try connection.transaction(.deferred, retryingFor: patience) {
                try migrator.standing(of: connection)
            }
            try connection.prepareForWriting(retryingFor: patience)
            if standing != .catalog(applied: migrator.migrations.count) {
                try migrator.migrate(connection, now: now, patience: patience)
            }
            let locks = CatalogLocks(ofCatalog: path, create: true)
            guard locks.isOpen else {
                throw StoreError(
                    .cannotOpen, path: path,
                    "cannot open the lock file \(path).lock: \(CatalogLocation.reason(locks.problem)); "
                        + CatalogLocation.advice(locks.problem))
            }
            let place = CatalogLocation.resolved(path)
            companions = ["-wal", "-shm"].compactMap { suffix in
                CatalogLocation.identity(of: place + suffix).map { (place + suffix, $0) }
            }
            self.path = path
            self.patience = patience
            self.connection = connection
            self.file = CatalogLocation.identity(of: path)
            self.locks = locks
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Whether the file at ``path`` is still the one that was opened; one system call. If it was removed
    /// or replaced, what is written here goes where nobody finds it. Where that cannot be told, it is.
    public var isInPlace: Bool {
        guard let current = CatalogLocation.identity(of: path) else {
            return CatalogLocation.exists(path)
        }
        return current == file
    }

    /// Makes way for the file that has taken the place of this one, or is to: gives back all locks, and
    /// leaves nothing of this catalog's beside the other.
    ///
    /// SQLite finds a log by its name and would take this one's for the other's, whose pages it would
    /// then read in wrong places. So what is in it goes into its own file first, wherever that is now.
    /// Nothing more may be written here.
    public func makeWay() {
        locks.releaseAll()
        _ = try? connection.truncateJournal()
        for companion in companions
        where CatalogLocation.identity(of: companion.path) == companion.file {
            CatalogLocation.remove(companion.path)
        }
    }

    /// How often a transaction was begun again because another program held the lock.
    public var busyRetries: Int { connection.busyRetries }

    /// Bytes of database pages that were written since it was opened, to its log mostly.
    public var writtenBytes: Int64 { connection.writtenBytes }

    /// Whether a program lives that supervises `run`; one system call.
    public func hasSupervisor(of run: RunID) -> Bool { locks.isHeld(.supervisor(run)) }

    /// Runs `body` as one transaction.
    func write<Result>(
        _ body: (borrowing Connection) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try connection.transaction(.immediate, retryingFor: patience) {
                try body(connection)
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Takes the place of the one recorder of `registry` in this catalog, for as long as this value
    /// lives.
    ///
    /// - Throws: ``StoreError/Code/recorderRunning`` if another program has it.
    public func becomeRecorder(ofRegistry registry: String) throws(StoreError) {
        guard locks.hold(.recorder(registry: registry)) else {
            throw StoreError(
                .recorderRunning, path: path,
                "another varve record already records \(registry) into \(path); there can be one")
        }
    }

    /// Whether another program records the whole of `registry` into this catalog now.
    ///
    /// One system call; it does not touch the database.
    public func hasRecorder(ofRegistry registry: String) -> Bool {
        locks.isHeldElsewhere(.recorder(registry: registry))
    }
}
