import Foundation
import Microsandbox
import SQLite

/// A home of microsandbox that one test has for itself, with a database that the test writes.
final class Home {
    let home: MicrosandboxHome
    var path: String { home.path }
    var database: String { home.catalogPath }

    init() throws {
        home = MicrosandboxHome(
            path: FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
                .appendingPathComponent("varve-msb ?#%-\(UUID().uuidString)").path)
        try FileManager.default.createDirectory(
            atPath: path + "/db", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Opens the database as its owner does.
    func open() throws -> Connection {
        let connection = try Connection(path: database, mode: .create)
        try connection.prepareForWriting()
        return connection
    }

    /// The tables of 0.5.1.
    static let oldest = """
        CREATE TABLE sandbox (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
            config TEXT NOT NULL, status TEXT NOT NULL, created_at, updated_at);
        CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, sandbox_id INTEGER NOT NULL
            REFERENCES sandbox (id) ON DELETE CASCADE, pid INTEGER, status TEXT NOT NULL,
            exit_code INTEGER, exit_signal INTEGER, termination_reason TEXT, termination_detail TEXT,
            signals_sent TEXT, started_at, terminated_at);
        """

    /// What later releases have added.
    static let newest =
        oldest + """
            ALTER TABLE sandbox ADD COLUMN active_config TEXT;
            ALTER TABLE sandbox ADD COLUMN ephemeral INTEGER NOT NULL DEFAULT 0;
            CREATE TABLE sandbox_labels (sandbox_id INTEGER NOT NULL, key TEXT NOT NULL,
                value TEXT NOT NULL, PRIMARY KEY (sandbox_id, key));
            """
}
