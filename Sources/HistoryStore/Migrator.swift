internal import HistoryModel
internal import Migrations
internal import SQLite

/// Brings a catalog's schema to the version that this program knows, step by step.
///
/// A step and its row in the ledger `schema_migration` commit together. Of two programs that migrate
/// at once one does each step, and the other finds it done.
struct Migrator {
    /// The steps, in order of their versions from 1.
    var migrations = Migration.all
    /// The catalog's path, for errors.
    var path: String

    /// `application_id` of a catalog: the ASCII bytes "varv".
    static let applicationID: Int32 = 0x7661_7276

    static let ledger = """
        CREATE TABLE schema_migration (
            version       INTEGER PRIMARY KEY,
            name          TEXT    NOT NULL,
            checksum      TEXT    NOT NULL, -- FNV-1a 64 of the step's SQL
            applied_at_ms INTEGER NOT NULL
        ) STRICT
        """

    /// What a database file is, as far as its schema tells.
    enum Standing: Equatable {
        /// An empty database: nobody's yet.
        case new
        /// A catalog that has the first `applied` steps.
        case catalog(applied: Int)
    }

    /// Looks at a database without writing to it.
    ///
    /// - Throws: A refusal if it is another program's, a newer varve's, or has a changed step.
    /// - Precondition: A transaction is open, so that what is seen belongs together.
    func standing(of connection: borrowing Connection) throws -> Standing {
        let applicationID = try connection.applicationID
        guard applicationID == Self.applicationID else {
            if applicationID == 0, try connection.isEmpty { return .new }
            let whose =
                applicationID == 0
                ? "it has tables that varve did not make"
                : "its application id is \(applicationID), not varve's \(Self.applicationID)"
            throw StoreError(
                .foreignDatabase, path: path,
                "\(path) is another program's database (\(whose)); it was left untouched: name "
                    + "another file with --db or VARVE_DB")
        }
        let applied = try appliedSteps(of: connection)
        for (step, known) in zip(applied, migrations)
        where step.version != known.version || step.checksum != known.checksum {
            throw StoreError(
                .changedMigration, path: path,
                "step \(step.version) (\(step.name)) of the schema of \(path) is not the one that "
                    + "this varve knows (checksum \(step.checksum), expected \(known.checksum)); it "
                    + "was left untouched: use the varve that made it")
        }
        if applied.count > migrations.count {
            throw StoreError(
                .newerSchema, path: path,
                "\(path) was made by a newer varve (schema \(applied.count), this one knows "
                    + "\(migrations.count)); it was left untouched: use that varve")
        }
        return .catalog(applied: applied.count)
    }

    /// Applies the steps that are missing.
    ///
    /// - Parameter patience: How long to wait for another program that holds the lock.
    func migrate(
        _ connection: borrowing Connection, now: Timestamp, patience: Duration
    ) throws {
        // A step that makes a table anew must not delete what refers to it (lang_altertable.html,
        // "Making Other Kinds Of Table Schema Changes"); references are checked after each step.
        try connection.execute("PRAGMA foreign_keys = OFF")
        do {
            try applyMissingSteps(to: connection, now: now, patience: patience)
        } catch {
            try connection.execute("PRAGMA foreign_keys = ON")
            throw error
        }
        try connection.execute("PRAGMA foreign_keys = ON")
    }

    private func applyMissingSteps(
        to connection: borrowing Connection, now: Timestamp, patience: Duration
    ) throws {
        while true {
            let hasMore = try connection.transaction(.immediate, retryingFor: patience) {
                // Looked at again under the lock: another program may have been here meanwhile.
                switch try standing(of: connection) {
                case .new:
                    // At once, so that nobody ever sees a new catalog half made.
                    try make(on: connection, now: now)
                    return false
                case .catalog(let applied) where applied < migrations.count:
                    try apply(migrations[applied], to: connection, now: now)
                    return true
                case .catalog:
                    return false
                }
            }
            guard hasMore else { return }
        }
    }

    /// Makes the schema in an empty database.
    ///
    /// - Precondition: A transaction is open.
    func make(on connection: borrowing Connection, now: Timestamp) throws {
        try connection.execute(Self.ledger)
        try connection.setApplicationID(Self.applicationID)
        for step in migrations { try apply(step, to: connection, now: now) }
    }

    private func apply(
        _ step: Migration, to connection: borrowing Connection, now: Timestamp
    ) throws {
        do {
            try connection.execute(String(decoding: step.sql, as: UTF8.self))
        } catch {
            throw failed(step, error.message, cause: error)
        }
        if let violation = try connection.foreignKeyViolations().first {
            throw failed(step, violation.sentence)
        }
        try connection.withStatement("INSERT INTO schema_migration VALUES (?1, ?2, ?3, ?4)") {
            statement in
            try statement.bind(step.version, at: 1)
            try statement.bind(step.name, at: 2)
            try statement.bind(step.checksum, at: 3)
            try statement.bind(now.unixMilliseconds, at: 4)
            _ = try statement.step()
        }
    }

    private func failed(
        _ step: Migration, _ reason: String, cause: SQLiteError? = nil
    ) -> StoreError {
        StoreError(
            .failedMigration, path: path,
            "step \(step.version) (\(step.name)) of the schema could not be applied to \(path): "
                + "\(reason); nothing was changed"
                + (cause?.advice.map { ": \($0)" } ?? ""),
            cause: cause)
    }

    private struct AppliedStep {
        var version: Int64
        var name: String
        var checksum: String
    }

    private func appliedSteps(of connection: borrowing Connection) throws -> [AppliedStep] {
        try connection.withStatement(
            "SELECT version, name, checksum FROM schema_migration ORDER BY version"
        ) { statement in
            var steps: [AppliedStep] = []
            while try statement.step() {
                steps.append(
                    AppliedStep(
                        version: statement.integer(at: 0) ?? 0,
                        name: statement.text(at: 1) ?? "",
                        checksum: statement.text(at: 2) ?? ""))
            }
            return steps
        }
    }
}
