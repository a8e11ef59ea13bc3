internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import SQLite

/// Catalogs to begin with: small, and with something in every table.
enum SmallCatalog {
    static let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    /// One that nobody has written to.
    static let empty = bytes(isFull: false)

    private static func bytes(isFull: Bool) -> [UInt8] {
        let file = ScratchFile("history.db")
        do {
            try make(file.path, isFull: isFull)
            return try file.bytes()
        } catch {
            preconditionFailure("cannot make a catalog: \(error)")
        }
    }

    /// A catalog with a run that was watched to its end, one that goes on, one that microsandbox tells
    /// of, and recorders.
    static let full = bytes(isFull: true)

    /// The same without any constraint on what its tables hold: what another program could give us.
    static let unguarded: [UInt8] = {
        let (guarded, open) = (ScratchFile("guarded.db"), ScratchFile("history.db"))
        do {
            try guarded.replace(by: full)
            try open.replace(by: [])
            try copy(guarded.path, withoutConstraintsTo: open.path)
            return try open.bytes()
        } catch {
            preconditionFailure("cannot make a catalog: \(error)")
        }
    }()

    /// In one file at its end, without a log.
    private static func make(_ path: String, isFull: Bool) throws {
        let catalog = try Catalog(path: path, now: noon)
        if isFull { try tell(catalog) }
    }

    private static func tell(_ catalog: borrowing Catalog) throws {
        let own = Source(
            kind: .varve, name: "/varve-1", home: "/home", host: Host(name: "h", bootID: "b"))
        let foreign = Source(
            kind: .microsandbox, name: "/msb-1", home: "/msb", host: Host(name: "h", bootID: "b"))
        let session = try catalog.beginSession(
            of: own, run: nil, pid: 7, poll: .seconds(1), interval: .seconds(10), at: noon)
        let run = try catalog.begin(
            NewRun(
                sandbox: "web", labels: ["team": "a"], command: ["serve", "--port", "80"],
                process: ProcessIdentity(pid: 4711, startTimeNanoseconds: 9), startedAt: noon,
                memoryLimitBytes: 1 << 30), of: own
        ).id
        var batch = FlushBatch()
        batch.rows = (0..<400).map { row($0, of: run) }
        batch.events = [
            (run, LifecycleEvent(.started, at: noon, seenBy: .supervisor)),
            (run, LifecycleEvent(.oomKill, at: noon, detail: "of /job", seenBy: .recorder)),
        ]
        batch.gaps = [(run, Series.Gap(from: noon, to: after(5_000), reason: .stalled))]
        batch.heartbeat = FlushBatch.Heartbeat(session: session, at: after(4_000_000))
        batch.endings = [ending(of: run)]
        batch.finalMoments = [(run, (0..<20).map(sample))]
        batch.closed = [run]
        try catalog.flush(batch)
        while try catalog.seal(before: after(4_000_000), limit: 100).hasMore {}
        try observe(catalog, foreign)
    }

    private static func observe(_ catalog: borrowing Catalog, _ source: Source) throws {
        let seen = ObservedRun(
            externalID: 7, sandboxExternalID: 3, sandbox: "box", pid: 4712,
            processStartNanoseconds: 10, startedAt: after(3_000_000), memoryLimitBytes: 1 << 30,
            seenAt: after(3_000_500))
        let adopted = try catalog.adopt([seen], of: source)
        var batch = FlushBatch()
        batch.rows = (300..<310).map { row($0, of: adopted[0].id) }
        try catalog.flush(batch)
        var claim = RunClaim(seenAt: after(3_600_000))
        claim.status = "Running"
        claim.startedAt = after(3_000_000)
        var claimed = ClaimedRun(
            externalID: 7, sandboxExternalID: 3, sandbox: "box", claim: claim)
        claimed.labels = ["team": "b"]
        _ = try catalog.note(
            [ClaimEntry(claimed, mayMake: true)], of: source, bootedAt: nil, now: after(3_600_000))
        try catalog.setRetention(Retention(keepDetail: .seconds(1_209_600)))
    }

    private static func ending(of run: RunID) -> RunEnding {
        var ending = RunEnding(run, at: after(4_000_000), knownBy: .waited)
        ending.exitSignal = 9
        ending.reason = .failed
        ending.detail = "it was killed"
        ending.durationNanoseconds = 4_000_000_000_000
        ending.usage.memoryPeakBytes = 1 << 30
        ending.logs = [
            RunLog(
                name: "stderr", takenAt: after(4_000_000), writtenBytes: 90,
                tail: Array("error: no space left on device\n".utf8))
        ]
        return ending
    }

    private static func row(_ index: Int64, of run: RunID) -> SampleRow {
        let at = after(index * 10_000)
        var row = SampleRow(
            run: run, at: at, intervalMilliseconds: 10_000, firstAt: at,
            lastAt: at.advanced(byMilliseconds: 9_000), sampleCount: 10, implausibleCount: 0)
        row[gauge: .cpu] = .init(count: 10, average: 5_000 + index, maximum: 9_000)
        row[gauge: .memory] = .init(count: 10, average: index << 20, maximum: (index + 1) << 20)
        row[counter: .cpuTime] = .init(first: index << 30, last: (index + 1) << 30)
        row[counter: .diskWrite] = .init(first: index << 10, last: (index + 1) << 10)
        return row
    }

    private static func sample(_ index: Int) -> Sample {
        var sample = Sample(at: after(3_980_000 + Int64(index) * 1_000))
        sample.memoryBytes = Int64(index) << 25
        sample.cpuTimeNanoseconds = Int64(index) << 20
        return sample
    }

    private static func after(_ milliseconds: Int64) -> Timestamp {
        noon.advanced(byMilliseconds: milliseconds)
    }

    private static func copy(_ from: String, withoutConstraintsTo path: String) throws {
        let connection = try Connection(path: path, mode: .create)
        try connection.prepareForWriting()
        try connection.execute("PRAGMA foreign_keys = OFF")
        try connection.execute("ATTACH '\(from)' AS guarded")
        for sql in try statements(connection) { try connection.execute(unguarded(sql)) }
        for table in try tables(connection) {
            // Without the columns that SQLite computes.
            let columns = try texts("SELECT name FROM pragma_table_info('\(table)')", connection)
                .joined(separator: ", ")
            try connection.execute(
                "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM guarded.\(table)")
        }
        try connection.execute("DETACH guarded")
        try connection.execute("PRAGMA application_id = \(0x7661_7276)")
    }

    private static func statements(_ connection: borrowing Connection) throws -> [String] {
        try texts(
            """
            SELECT sql FROM guarded.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
            ORDER BY type != 'table', type != 'index', rowid
            """, connection)
    }

    static func tables(_ connection: borrowing Connection) throws -> [String] {
        try texts(
            """
            SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
            ORDER BY rowid
            """, connection)
    }

    private static func texts(
        _ sql: String, _ connection: borrowing Connection
    ) throws -> [String] {
        try connection.withStatement(sql) { statement in
            var texts: [String] = []
            while try statement.step() { texts.append(statement.text(at: 0) ?? "") }
            return texts
        }
    }

    /// A statement of the schema without what keeps values out.
    private static func unguarded(_ sql: String) -> String {
        var sql = sql
        for (words, others) in [
            ("IS NOT NULL", "NOTNULL"), (" NOT NULL", ""),
            (") STRICT, WITHOUT ROWID", ") WITHOUT ROWID"), (") STRICT", ")"),
            ("CREATE UNIQUE INDEX", "CREATE INDEX"),
        ] {
            sql = sql.replacingOccurrences(of: words, with: others)
        }
        return sql
    }
}
