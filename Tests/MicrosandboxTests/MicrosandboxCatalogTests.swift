import Foundation
import HistoryModel
import Microsandbox
import SQLite
import Testing

struct MicrosandboxCatalogTests {
    let home: Home
    private let now = Timestamp(unixMilliseconds: 1_795_435_200_000)

    init() throws { home = try Home() }

    private static let rows = """
        INSERT INTO sandbox (name, config, status) VALUES
            ('web', '{"cpus":2,"memory_mib":256,"labels":{"team":"a"}}', 'Running'), ('bad', '{', 'Stopped');
        INSERT INTO run (sandbox_id, pid, status, started_at) VALUES (1, 77, 'Running', '2026-11-23 03:12:00.5');
        INSERT INTO run (sandbox_id, status, exit_code, termination_reason, started_at, terminated_at)
            VALUES (2, 'Terminated', 9, 'Failed', '2026-11-23 03:12:00', '2026-11-23 03:13:00');
        """

    private func reading(_ catalog: inout MicrosandboxCatalog) throws -> MicrosandboxCatalog.Reading
    {
        let outcome = catalog.poll(now: now)
        guard case .changed(let reading) = outcome else {
            Issue.record("\(outcome)")
            throw CancellationError()
        }
        return reading
    }

    @Test(arguments: [false, true])
    func `the databases of the oldest and the newest release are read`(isNewest: Bool) throws {
        let owner = try home.open()
        try owner.execute((isNewest ? Home.newest : Home.oldest) + Self.rows)
        var catalog = MicrosandboxCatalog(of: home.home)
        let reading = try reading(&catalog)
        #expect(reading.badConfigs == ["bad"])
        try #require(reading.runs.map(\.externalID) == [2, 1])
        let web = reading.runs[1]
        #expect(web.sandbox == "web" && web.pid == 77 && web.labels == ["team": "a"])
        #expect(web.memoryLimitBytes == 256 << 20 && web.cpuLimitCentipercent == 20_000)
        #expect(web.claim.startedAt?.unixMilliseconds == 1_795_403_520_500)
        let bad = reading.runs[0].claim
        #expect(bad.exitCode == 9 && bad.terminationReason == .failed && bad.isOfEnd)
        #expect(catalog.poll(now: now) == .unchanged)
        try owner.execute("UPDATE run SET exit_code = 3 WHERE id = 2")
        #expect(try self.reading(&catalog).runs.first?.claim.exitCode == 3)
    }

    @Test func `what lies in active_config goes before config, and a long one is not read`() throws
    {
        let owner = try home.open()
        try owner.execute(Home.newest + Self.rows)
        try owner.execute(
            """
            UPDATE sandbox SET active_config = '{"resources":{"vcpus":8}}' WHERE id = 1;
            UPDATE sandbox SET active_config = '"' || hex(zeroblob(600000)) || '"' WHERE id = 2;
            """)
        var catalog = MicrosandboxCatalog(of: home.home)
        let reading = try reading(&catalog)
        #expect(reading.runs[1].cpuLimitCentipercent == 80_000)
        #expect(reading.badConfigs == ["bad"])
    }

    @Test func `its owner checkpoints, and takes its log away, as if nobody looked`() throws {
        var catalog = MicrosandboxCatalog(of: home.home)
        do {
            let owner = try home.open()
            try owner.execute(Home.newest + Self.rows)
            _ = try reading(&catalog)
            let row = try owner.withStatement("PRAGMA wal_checkpoint(TRUNCATE)") { statement in
                _ = try statement.step()
                return [statement.integer(at: 0), statement.integer(at: 1)]
            }
            #expect(row == [0, 0])
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: home.path + "/db") == ["msb.db"])
        // Nobody has it open now, and it is read all the same, without a file being made.
        var another = MicrosandboxCatalog(of: home.home)
        #expect(try reading(&another).runs.count == 2)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: home.path + "/db") == ["msb.db"])
    }

    @Test func `one that its owner is just making is waited for, and told of only later`() throws {
        let owner = try home.open()
        try owner.execute("CREATE TABLE seaql_migrations (version)")
        var catalog = MicrosandboxCatalog(of: home.home)
        for _ in 0..<39 { #expect(catalog.poll(now: now) == .busy) }
        guard case .unreadable(let error) = catalog.poll(now: now) else {
            Issue.record("it is never told of")
            return
        }
        #expect(error.reason == "it has no table run")
        try owner.execute(Home.newest + Self.rows)
        #expect(try reading(&catalog).runs.count == 2)
    }

    @Test func `every commit beside it is seen, and none is held up`() throws {
        let owner = try home.open()
        try owner.execute(Home.oldest + Self.rows)
        var catalog = MicrosandboxCatalog(of: home.home)
        for code in 0..<200 {
            try owner.execute("UPDATE run SET exit_code = \(code) WHERE id = 2")
            #expect(try reading(&catalog).runs.first?.claim.exitCode == Int32(code))
        }
        #expect(owner.busyRetries == 0)
    }

    @Test func `a database that comes later, and one that is made anew, are followed`() throws {
        var catalog = MicrosandboxCatalog(of: home.home)
        #expect(catalog.poll(now: now) == .missing)
        do {
            let owner = try home.open()
            try owner.execute(Home.oldest + Self.rows)
        }
        #expect(try reading(&catalog).runs.count == 2)
        try FileManager.default.removeItem(atPath: home.database)
        #expect(catalog.poll(now: now) == .missing)
        let owner = try home.open()
        try owner.execute(Home.newest + Self.rows)
        #expect(try reading(&catalog).isCompleteFrom == 0)
    }

    @Test(arguments: ["directory", "pipe", "link", "garbage", "tables", "pages"])
    func `what is no catalog of microsandbox is told of, and never followed`(kind: String) throws {
        let path = home.database
        switch kind {
        case "directory":
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
        case "pipe":
            // The path is NUL-terminated for the call.
            let made = unsafe mkfifo(path, 0o600)
            #expect(made == 0)
        case "link":
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: "/etc/hostname")
        case "garbage":
            try Data(repeating: 0x41, count: 10_000).write(to: URL(fileURLWithPath: path))
        case "tables":
            let owner = try home.open()
            try owner.execute("CREATE TABLE run (id INTEGER PRIMARY KEY)")
        default:
            do {
                let owner = try home.open()
                try owner.execute(Home.oldest + Self.rows)
            }
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seek(toOffset: 100)
            try file.write(contentsOf: Data(repeating: 0xff, count: 8_000))
            try file.close()
        }
        var catalog = MicrosandboxCatalog(of: home.home)
        guard case .unreadable(let error) = catalog.poll(now: now) else {
            Issue.record("\(catalog.poll(now: now))")
            return
        }
        #expect(error.description.hasSuffix("; runs are recorded from the registries alone"))
        let reasons = [
            "directory": "it is a directory", "pipe": "it is a pipe",
            "link": "it is a symbolic link",
            "garbage": "it is no SQLite database", "tables": "it has no column run.sandbox_id",
        ]
        if let reason = reasons[kind] { #expect(error.reason == reason) }
    }

    @Test(arguments: ["-wal", "-shm", "-journal"])
    func `a pipe beside the database is told of, and not waited for`(ending: String) throws {
        do {
            let owner = try home.open()
            try owner.execute(Home.oldest + Self.rows)
        }
        // As if its owner ran: then SQLite looks for log and journal.
        if ending != "-shm" {
            try Data(repeating: 0, count: 32_768)
                .write(to: URL(fileURLWithPath: home.database + "-shm"))
        }
        // The path is NUL-terminated for the call.
        let made = unsafe mkfifo(home.database + ending, 0o600)
        try #require(made == 0)
        var catalog = MicrosandboxCatalog(of: home.home)
        guard case .unreadable(let error) = catalog.poll(now: now) else {
            Issue.record("\(catalog.poll(now: now))")
            return
        }
        #expect(
            error.reason == "it is in the company of \(home.database + ending), which is a pipe")
    }

    @Test func `a view that never ends is given up`() throws {
        let owner = try home.open()
        try owner.execute(
            """
            CREATE TABLE sandbox (id INTEGER PRIMARY KEY, name);
            CREATE VIEW run AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
                SELECT id, 1 AS sandbox_id FROM n;
            """)
        var catalog = MicrosandboxCatalog(of: home.home)
        guard case .unreadable(let error) = catalog.poll(now: now) else {
            Issue.record("\(catalog.poll(now: now))")
            return
        }
        #expect(error.reason == "to read it takes longer than 5 s")
    }

    @Test func `of very much text the newest runs are read, and the rest is not taken for gone`()
        throws
    {
        let owner = try home.open()
        try owner.execute(
            Home.oldest + """
                INSERT INTO sandbox (name, config, status)
                    VALUES ('web', '{"memory_mib":1}' || printf('%1000000s', ''), 'Stopped');
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
                    INSERT INTO run (sandbox_id, status) SELECT 1, 'Terminated' FROM n;
                """)
        var catalog = MicrosandboxCatalog(of: home.home)
        let reading = try reading(&catalog)
        #expect(reading.runs.count == 68 && reading.isCompleteFrom == 23)
        #expect(reading.runs.first?.externalID == 90)
        #expect(reading.runs.first?.memoryLimitBytes == 1 << 20)
    }

    @Test func `a zero in a text does not hide how long it is`() throws {
        let owner = try home.open()
        try owner.execute(
            Home.oldest + """
                INSERT INTO sandbox (name, config, status)
                    VALUES ('web', CAST(x'7b7d00' || zeroblob(1100000) AS TEXT), 'Stopped');
                INSERT INTO run (sandbox_id, status, termination_detail)
                    VALUES (1, 'Terminated', CAST(x'6100' || zeroblob(70000) AS TEXT));
                """)
        var catalog = MicrosandboxCatalog(of: home.home)
        let reading = try reading(&catalog)
        #expect(reading.badConfigs == ["web"])
        #expect(reading.runs.map(\.claim.terminationDetail) == [nil])
    }

    @Test func `labels beyond the limits are counted, and those that fit are kept`() throws {
        let owner = try home.open()
        try owner.execute(
            Home.newest + """
                INSERT INTO sandbox (name, config, status) VALUES
                    ('many', '{}', 'Running'), ('long', '{}', 'Running'), ('none', '{}', 'Running'),
                    ('configured', '{"labels":{"a":"' || printf('%5000s', '') || '","b":"c"}}', 'Running');
                INSERT INTO run (sandbox_id, status) VALUES
                    (1, 'Running'), (2, 'Running'), (3, 'Running'), (4, 'Running');
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                    INSERT INTO sandbox_labels SELECT 1, printf('k%03d', i), 'v' FROM n;
                INSERT INTO sandbox_labels VALUES (2, 'short', 'x'),
                    (2, 'value', printf('%5000s', '')), (2, printf('%5000s', ''), 'key');
                """)
        var catalog = MicrosandboxCatalog(of: home.home)
        let reading = try reading(&catalog)
        #expect(reading.leftOutLabels == ["many": 44, "long": 2, "configured": 1])
        #expect(reading.labelsUnreadUpTo == nil)
        var labels: [String: [String: String]] = [:]
        for run in reading.runs { labels[run.sandbox] = run.labels }
        #expect(labels["many"]?.count == 256 && labels["many"]?["k256"] == "v")
        #expect(labels["long"] == ["short": "x"] && labels["none"] == [String: String]())
        #expect(labels["configured"] == ["b": "c"])
    }

    @Test func `of more labels than are read at once the rest is not known, and not none`() throws {
        let owner = try home.open()
        try owner.execute(
            Home.newest + """
                INSERT INTO sandbox (name, config, status) VALUES
                    ('old', '{}', 'Running'), ('cut', '{}', 'Running'), ('new', '{}', 'Running');
                INSERT INTO run (sandbox_id, status) VALUES
                    (1, 'Running'), (2, 'Running'), (3, 'Running');
                INSERT INTO sandbox_labels VALUES (1, 'a', 'b'), (3, 'c', 'd');
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                    INSERT INTO sandbox_labels SELECT 2, i, 'v' FROM n;
                """)
        var catalog = MicrosandboxCatalog(of: home.home)
        let reading = try reading(&catalog)
        #expect(reading.labelsUnreadUpTo == 2)
        #expect(reading.runs.map(\.sandbox) == ["new", "cut", "old"])
        #expect(reading.runs.map(\.labels) == [["c": "d"], nil, nil])
    }

    @Test func `when a log was last written is told`() throws {
        let directory = home.path + "/sandboxes/web/logs"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/runtime.log"
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        let written = Date(timeIntervalSince1970: 1_795_435_200.25)
        try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: path)
        let tails = home.home.logTails(ofSandbox: "web", now: now)
        #expect(tails.map(\.lastWrittenAt?.unixMilliseconds) == [1_795_435_200_250])
    }

    @Test func `rows of wrong types and broken references are passed over`() throws {
        let owner = try home.open()
        try owner.execute(Home.newest)
        try owner.execute(
            """
            PRAGMA foreign_keys = OFF;
            INSERT INTO sandbox (name, config, status) VALUES (x'00ff', 5, 7), ('ok', 'null', 'Running');
            INSERT INTO run (sandbox_id, pid, status, exit_code, started_at) VALUES
                (1, 1, 'Running', NULL, NULL), (2, 'x', x'00', 'nine', 12), (99, 1, 'Running', 1, NULL);
            """)
        var catalog = MicrosandboxCatalog(of: home.home)
        let runs = try reading(&catalog).runs
        try #require(runs.map(\.sandbox) == ["ok"])
        #expect(runs[0].pid == nil && runs[0].claim.status == nil && runs[0].claim.exitCode == nil)
        #expect(runs[0].claim.startedAt == nil)
    }

    @Test func `the ends of logs are bounded, and links are not followed`() throws {
        let directory = home.path + "/sandboxes/web/logs"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try Data((0..<40_000).map { UInt8(truncatingIfNeeded: $0) })
            .write(to: URL(fileURLWithPath: directory + "/kernel.log"))
        try FileManager.default.createSymbolicLink(
            atPath: directory + "/exec.log", withDestinationPath: "/etc/passwd")
        let tails = home.home.logTails(ofSandbox: "web", now: now)
        try #require(tails.map(\.name) == ["kernel.log"])
        #expect(tails[0].writtenBytes == 40_000 && tails[0].tail.count == 16_384)
        #expect(tails[0].tail.last == UInt8(truncatingIfNeeded: 39_999))
        for name in ["..", ".", "", "a/b"] {
            #expect(home.home.logTails(ofSandbox: name, now: now).isEmpty)
        }
    }

    @Test func `a home is what is named, else MSB_HOME, else that of the user`() {
        let environment = ["MSB_HOME": "/m/", "HOME": "/home/a"]
        #expect(MicrosandboxHome(named: "/x", environment: environment)?.path == "/x")
        #expect(MicrosandboxHome(named: nil, environment: environment)?.path == "/m/")
        #expect(
            MicrosandboxHome(named: nil, environment: ["HOME": "/home/a"])?.path
                == "/home/a/.microsandbox")
        #expect(MicrosandboxHome(named: nil, environment: [:]) == nil)
    }
}
