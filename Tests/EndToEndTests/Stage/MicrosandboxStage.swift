import Foundation
import HistoryModel
import SQLite
import SlotRegistry
import Testing

/// A home of microsandbox on a stage: its database, and processes that stand for its runtimes.
final class MicrosandboxStage {
    let stage: Stage
    let home: String
    private var owner: Owner?
    private let names: [RegistryName]

    /// Who has the database open.
    private final class Owner {
        let connection: Connection

        init(_ connection: consuming Connection) { self.connection = connection }
    }

    init(on stage: Stage, named name: String = "msb") throws {
        self.stage = stage
        home = stage.path(name)
        names = RegistryABI.allCases.map { [home] in .microsandbox(home: home, abi: $0) }
        try FileManager.default.createDirectory(
            atPath: home + "/db", withIntermediateDirectories: true)
    }

    deinit { for name in names { try? Registry.unlink(name) } }

    func registry(_ abi: Int) -> String { names[abi - 1].value }

    /// Opens the database as microsandbox does, with the tables of its release.
    func open(isNewest: Bool) throws {
        let connection = try Connection(path: home + "/db/msb.db", mode: .create)
        try connection.prepareForWriting()
        try connection.execute(
            """
            CREATE TABLE sandbox (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
                config TEXT NOT NULL, status TEXT NOT NULL, created_at, updated_at);
            CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, sandbox_id INTEGER NOT NULL
                REFERENCES sandbox (id) ON DELETE CASCADE, pid INTEGER, status TEXT NOT NULL,
                exit_code INTEGER, exit_signal INTEGER, termination_reason TEXT,
                termination_detail TEXT, signals_sent TEXT, started_at, terminated_at);
            """)
        if isNewest {
            try connection.execute(
                """
                ALTER TABLE sandbox ADD COLUMN active_config TEXT;
                ALTER TABLE sandbox ADD COLUMN ephemeral INTEGER NOT NULL DEFAULT 0;
                CREATE TABLE sandbox_labels (sandbox_id INTEGER NOT NULL, key TEXT NOT NULL,
                    value TEXT NOT NULL, PRIMARY KEY (sandbox_id, key));
                """)
        }
        owner = Owner(connection)
    }

    func close() { owner = nil }

    /// Has its owner put the log into the database; whether somebody kept it from that, and what is left
    /// of the log.
    func checkpoint() throws -> (busy: Int64?, logBytes: Int64) {
        let busy = try owner?.connection.withStatement("PRAGMA wal_checkpoint(TRUNCATE)") {
            statement in
            _ = try statement.step()
            return statement.integer(at: 0)
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: home + "/db/msb.db-wal")
        return (busy ?? nil, (attributes[.size] as? NSNumber)?.int64Value ?? -1)
    }

    /// Removes the database, and makes another in its place.
    func openAnew(isNewest: Bool) throws {
        close()
        try FileManager.default.removeItem(atPath: home + "/db/msb.db")
        try open(isNewest: isNewest)
    }

    /// Removes the registry; who has it open writes on into what nobody sees any more.
    func removeRegistry(_ abi: Int) throws { try Registry.unlink(names[abi - 1]) }

    /// Leaves `text` as a log of the sandbox `name`.
    func writeLog(_ log: String, of name: String, _ text: String) throws {
        let directory = home + "/sandboxes/\(name)/logs"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + log))
    }

    func execute(_ sql: String) throws {
        try owner?.connection.execute(sql)
    }

    /// UTC, as microsandbox writes it.
    static func now() -> String {
        String(Timestamp.now().rfc3339.dropLast()).replacingOccurrences(of: "T", with: " ")
    }

    /// Writes the rows of a run of sandbox `id` whose runtime is `pid`.
    func insert(
        sandbox id: Int, _ name: String, run: Int, pid: Int32, status: String = "Running"
    ) throws {
        try execute(
            """
            INSERT INTO sandbox (id, name, config, status) VALUES (\(id), '\(name)',
                '{"name":"\(name)","cpus":2,"memory_mib":512,"labels":{"team":"\(name)"}}', '\(status)')
                ON CONFLICT DO UPDATE SET status = '\(status)';
            INSERT INTO run (id, sandbox_id, pid, status, started_at)
                VALUES (\(run), \(id), \(pid), 'Running', '\(Self.now())');
            """)
    }

    /// What a runtime writes when its command has ended.
    func end(sandbox id: Int, run: Int, code: Int, reason: String) throws {
        try execute(
            """
            UPDATE run SET status = 'Terminated', exit_code = \(code), termination_reason = '\(reason)',
                terminated_at = '\(Self.now())' WHERE id = \(run);
            UPDATE sandbox SET status = 'Stopped' WHERE id = \(id);
            """)
    }
}
