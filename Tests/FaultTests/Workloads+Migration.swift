import FaultyDisk
import HistoryModel
import Migrations
import SQLite

@testable import HistoryStore

extension Workload {
    /// A catalog of every schema that was ever shipped, and none at all, brought up to date.
    static let migrations: [Workload] = (0..<Migration.all.count).map(migration)

    private static func migration(from version: Int) -> Workload {
        let name = version == 0 ? "make a catalog" : "migrate from schema \(version)"
        return Workload(name) { path in
            if version > 0 { try make(path, version) }
        } between: { path in
            guard version > 0 else { return [] }
            try make(path, version)
            return try (version + 1...Migration.all.count).map { step in
                try migrate(path, upTo: step)
                return try CatalogState(path: path)
            }
        } begin: { path, settings in
            let shared = Shared()
            return [
                Step("open the catalog") {
                    shared.catalog = try Catalog(
                        path: path, now: .noon, patience: .zero, settings: settings)
                },
                Step("begin a run") {
                    try shared.use { _ = try $0.begin(.named("new"), of: .own) }
                },
                Step("seal what is over") {
                    try shared.use { _ = try $0.seal(before: .noon(plus: 36_000), limit: 16) }
                },
            ]
        }
    }

    private static func migrate(_ path: String, upTo version: Int) throws {
        let connection = try Connection(path: path, mode: .create)
        try connection.prepareForWriting()
        try Migrator(migrations: Array(Migration.all.prefix(version)), path: path).migrate(
            connection, now: .noon, patience: .seconds(5))
    }

    /// A catalog as the varve of that time left it, with what could be in it then.
    private static func make(_ path: String, _ version: Int) throws {
        try migrate(path, upTo: version)
        let connection = try Connection(path: path, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute(
            """
            INSERT INTO source VALUES (1, 'varve', '/varve-test', NULL, 'here', 'boot-2', 1, 1);
            INSERT INTO sandbox VALUES (1, 1, NULL, 'web', 1, NULL), (2, 1, 3, 'box', 1, NULL);
            INSERT INTO run (sandbox_id, external_id, status, started_at_ms)
            VALUES (1, 6, 'Running', 1795435200000), (2, 7, 'Running', 1795435200000);
            INSERT INTO lifecycle_event (run_id, at_ms, kind, seen_by)
            VALUES (1, 1795435200000, 'reserved', 'supervisor');
            """)
        guard version > 1 else { return }
        try connection.execute(
            """
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
            INSERT INTO sample (run_id, at_ms, sequence, interval_ms, first_at_ms, last_at_ms,
                sample_count, memory_count, memory_avg_bytes, memory_max_bytes, cpu_time_first_ns,
                cpu_time_last_ns)
            SELECT r.id, 1795435200000 + i * 60000, i + 1, 10000, 1795435200000 + i * 60000,
                1795435200000 + i * 60000 + 9000, 10, 10, 4096 * i, 4096 * i + 1, i, i + 1
            FROM n, run AS r;
            """)
    }
}
