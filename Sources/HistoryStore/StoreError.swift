internal import HistoryModel
public import SQLite

/// A catalog that could not be used as asked.
///
/// ```swift
/// do { _ = try CatalogReader(path: path) } catch { print(error) }
/// // no catalog at history.db: nothing was recorded there yet; `varve run` makes one
/// ```
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is. An open set.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// A word for programs.
        public let rawValue: String

        /// The code that is called `rawValue`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// There is no file.
        public static let notFound = Code(rawValue: "not_found")
        /// The file or its directory could not be made or opened.
        public static let cannotOpen = Code(rawValue: "cannot_open")
        /// The file is no SQLite database.
        public static let notADatabase = Code(rawValue: "not_a_database")
        /// The database is another program's.
        public static let foreignDatabase = Code(rawValue: "foreign_database")
        /// A newer varve made it.
        public static let newerSchema = Code(rawValue: "newer_schema")
        /// An older varve made it and it was opened only for reading.
        public static let olderSchema = Code(rawValue: "older_schema")
        /// A step of its schema is not the one that this program knows.
        public static let changedMigration = Code(rawValue: "changed_migration")
        /// A step of its schema failed.
        public static let failedMigration = Code(rawValue: "failed_migration")
        /// Another recorder holds the registry.
        public static let recorderRunning = Code(rawValue: "recorder_running")
        /// What was looked for is not in the catalog.
        public static let noSuchRun = Code(rawValue: "no_such_run")
        /// SQLite refused a statement.
        public static let database = Code(rawValue: "database")
        /// A file of the same name with other data was imported before.
        public static let otherImport = Code(rawValue: "other_import")
        /// A statement of SQL that was given cannot be run.
        public static let statement = Code(rawValue: "statement")
        /// A statement of SQL took longer than it may.
        public static let timeLimit = Code(rawValue: "time_limit")
        /// A statement of SQL was stopped by who asked.
        public static let stopped = Code(rawValue: "stopped")
        /// A file that was to be written is there already.
        public static let destinationExists = Code(rawValue: "destination_exists")
        /// The file's structure is damaged.
        public static let damaged = Code(rawValue: "damaged")
        /// Another program uses the file now.
        public static let inUse = Code(rawValue: "in_use")
        /// A stored value is not what the schema says.
        public static let malformed = Code(rawValue: "malformed")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// The catalog's path.
    public let path: String
    /// What failed, on what, why, and what to do.
    public let description: String
    /// SQLite's own error behind it.
    public let cause: SQLiteError?

    init(_ code: Code, path: String, _ description: String, cause: SQLiteError? = nil) {
        self.code = code
        self.path = path
        // What SQLite says may quote the schema, which in a file from elsewhere is anybody's text.
        self.description = description.escapedForDisplay(keeping: ["\n"])
        self.cause = cause
    }

    /// Any error that a catalog operation met, as a `StoreError`.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as SQLiteError where error.isNotADatabase:
            self.init(
                .notADatabase, path: path,
                "\(path) is no SQLite database; name another file with --db or VARVE_DB",
                cause: error)
        case let error as SQLiteError where error.isCorrupt:
            self.init(
                .damaged, path: path,
                "\(path) is damaged: \(error.message) (SQLite result code \(error.resultCode)); go back to "
                    + "a backup, or bring over what can be read with `varve db repair`",
                cause: error)
        case let error as SQLiteError:
            self.init(.database, path: path, error.description, cause: error)
        default:
            self.init(.database, path: path, "the catalog \(path) could not be used: \(error)")
        }
    }

    /// Whether another program holds the catalog's lock: the same operation may succeed later.
    public var isBusy: Bool { cause?.isBusy ?? false }
}
