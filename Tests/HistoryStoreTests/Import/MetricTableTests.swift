import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

struct MetricTableTests {
    let scratch = try! Scratch()

    /// A database as microsandbox 0.4 left it.
    private func makeOld(_ inserts: String) throws -> String {
        let path = scratch.path("msb.db")
        let connection = try Connection(path: path, mode: .create)
        try connection.prepareForWriting()
        try connection.execute(
            """
            CREATE TABLE sandbox (id integer PRIMARY KEY AUTOINCREMENT, name varchar UNIQUE NOT NULL,
                config text, status varchar, created_at datetime_text, updated_at datetime_text);
            CREATE TABLE sandbox_metric (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
                sandbox_id integer NOT NULL, cpu_percent real, memory_bytes bigint,
                disk_read_bytes bigint, disk_write_bytes bigint, net_rx_bytes bigint,
                net_tx_bytes bigint, sampled_at datetime_text, created_at datetime_text);
            CREATE INDEX idx_sandbox_metric ON sandbox_metric (sandbox_id, sampled_at);
            \(inserts)
            """)
        return path
    }

    private func add(_ path: String) throws -> (report: ImportReport, runs: CollectedRuns) {
        let runs = try ImportFile(path: path).collect()
        return (try scratch.makeCatalog().add(runs, on: .here), runs)
    }

    @Test func `each sandbox of the old table becomes one run`() throws {
        let path = try makeOld(
            """
            INSERT INTO sandbox (id, name) VALUES (3, 'web');
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999)
            INSERT INTO sandbox_metric (sandbox_id, cpu_percent, memory_bytes, disk_read_bytes,
                sampled_at)
            SELECT 3, i % 100 + 0.5, 4096 * (i % 9), i * 10,
                strftime('%Y-%m-%d %H:%M:%S', 1795435200 + i, 'unixepoch') || '.250' FROM n;
            INSERT INTO sandbox_metric (sandbox_id, cpu_percent, memory_bytes, net_rx_bytes, sampled_at)
            VALUES (9, 1e400, -4, 9223372036854775807, '2026-11-23 12:00:00'),
                (9, 1.0, NULL, NULL, 'yesterday'), (9, 2.0, 7, NULL, NULL),
                (9, 2.0, 7, NULL, '2026-11-23 12:00:01.5');
            """)
        let (report, collected) = try add(path)
        #expect(report.addedCount == 2)
        #expect(report.rowCount == 12_002)
        #expect(collected.implausibleCount == 2)
        #expect(
            collected.warnings == [
                "2 rows have no sandbox or no time that can be read, and are left out"
            ])
        let runs = try scratch.runs
        #expect(runs.map(\.sandbox) == ["sandbox-9", "web"])
        #expect(runs.allSatisfy { $0.source.kind == .microsandbox })
        #expect(runs.allSatisfy { $0.source.name == "import:msb.db" })
        let web = runs[1]
        #expect(web.startedAt == .noon(plus: 250))
        #expect(web.usage.sampleCount == 12_000)
        #expect(web.usage.cpuMaxCentipercent == 9950)
        #expect(web.usage.diskReadBytes == 119_990)
        let rows = try scratch.sealedRows(of: runs[0].id)
        #expect(rows.map { $0[gauge: .cpu]?.average } == [nil, 200])
        #expect(rows.map { $0[gauge: .memory]?.average } == [nil, 7])
        #expect(rows.map { $0[counter: .netRx]?.last } == [.max, nil])
        #expect(try add(path).report.unchangedCount == 2)
        try scratch.expectSound()
    }

    @Test func `microsandbox may write meanwhile, and its database stays as it is`() throws {
        let path = try makeOld(
            "INSERT INTO sandbox_metric (sandbox_id, sampled_at) VALUES (1, '2026-11-23 12:00:00');"
        )
        let writer = try Connection(path: path, mode: .readWrite)
        try writer.prepareForWriting()
        try writer.transaction {
            try writer.execute("INSERT INTO sandbox (name) VALUES ('new')")
            #expect(try add(path).report.addedCount == 1)
        }
        let names = try scratch.names.filter { $0.hasPrefix("msb.db") }
        #expect(Set(names).isSubset(of: ["msb.db", "msb.db-wal", "msb.db-shm"]))
    }

    @Test(.timeLimit(.minutes(1)))
    func `times that are no text end the reading as others do`() throws {
        let path = try makeOld(
            """
            INSERT INTO sandbox_metric (sandbox_id, sampled_at) VALUES
                (1, '2026-11-23 12:00:00'), (1, x'32303236'), (1, CAST(x'32ff' AS TEXT)),
                (1, CAST(x'ff' AS TEXT)), (1, CAST(x'80' AS TEXT)), (1, 1795435200),
                (1, '2026-11-23 12:00:01');
            """)
        let (report, collected) = try add(path)
        #expect(report.rowCount == 2)
        #expect(
            collected.warnings == [
                "5 rows have no sandbox or no time that can be read, and are left out"
            ])
    }

    @Test func `a sandbox that is called as another without a name would be stays itself`() throws {
        let path = try makeOld(
            """
            INSERT INTO sandbox (id, name) VALUES (3, 'sandbox-9');
            INSERT INTO sandbox_metric (sandbox_id, sampled_at) VALUES
                (3, '2026-11-23 12:00:00'), (9, '2026-11-23 12:00:00');
            """)
        #expect(try add(path).report.addedCount == 2)
        #expect(try add(path).report.unchangedCount == 2)
        #expect(try scratch.runs.map(\.sandbox) == ["sandbox-9", "sandbox-9"])
    }

    @Test func `columns that a release did not have are not known`() throws {
        let path = scratch.path("less.db")
        let connection = try Connection(path: path, mode: .create)
        try connection.prepareForWriting()
        try connection.execute(
            """
            CREATE TABLE sandbox_metric (sandbox_id, sampled_at, cpu_percent);
            INSERT INTO sandbox_metric VALUES (1, '2026-11-23 12:00:00', 12.5);
            """)
        #expect(try add(path).report.rowCount == 1)
        let run = try #require(try scratch.runs.first)
        #expect(run.usage.cpuMaxCentipercent == 1250)
        #expect(run.usage.memoryPeakBytes == nil)
    }

    @Test func `a database without history is an error in words`() throws {
        try scratch.makeCatalog().write([])
        let error = #expect(throws: ImportError.self) {
            try ImportFile(path: scratch.catalog).collect()
        }
        #expect(
            error?.description == "\(scratch.catalog): it has no table sandbox_metric, which "
                + "microsandbox had up to 0.4: there is no history in it; nothing was imported")
    }
}
