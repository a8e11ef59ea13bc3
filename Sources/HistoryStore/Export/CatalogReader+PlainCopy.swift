public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// Writes a plain copy: an ordinary SQLite file, closed and not in WAL mode, with every interval as
    /// a row, for tools that know nothing of varve.
    ///
    /// It has the tables `source`, `sandbox`, `run`, `run_label` and `lifecycle_event` as they are,
    /// `interval` with the columns of ``IntervalColumn``, `gap` with all gaps that a series would show,
    /// and the views of the catalog; of the runs that `query` means, and of those the intervals and gaps
    /// that begin in its window.
    ///
    /// - Parameters:
    ///   - path: The file; it has mode 0600 and appears when it is whole.
    ///   - isReplacing: Whether a file of that name may be replaced.
    ///   - now: The time up to which a run that still runs should have data.
    ///   - progress: Is called now and then; throwing gives up.
    /// - Throws: What `progress` throws; ``StoreError``, with `path` if that could not be written.
    public func writePlainCopy(
        to path: String, matching query: RunQuery = RunQuery(), replacing isReplacing: Bool = false,
        now: Timestamp, progress: (IntervalsEnd) throws -> Void = { _ in }
    ) throws -> IntervalsEnd {
        do {
            return try connection.transaction(.deferred, retryingFor: patience) {
                try Connection.writeNewFile(
                    at: path, replacing: isReplacing, settings: connection.settings
                ) { target in
                    var copy = try PlainCopy(from: connection, to: target, query, now: now)
                    return try copy.write(from: connection, to: target, progress)
                }
            }
        } catch let error as SQLiteError where error.path == path {
            let isTaken = error.message == PendingFile.takenMessage
            throw StoreError(
                isTaken ? .destinationExists : .database, path: path,
                "cannot write \(path): \(error.message)"
                    + (error.advice.map { "; \($0)" } ?? ""), cause: error)
        } catch let error as SQLiteError {
            throw StoreError(error, path: self.path)
        }
    }
}

/// Writes the tables of a plain copy, run by run.
private struct PlainCopy {
    private let query: RunQuery
    private let now: Timestamp
    private var end = CatalogReader.IntervalsEnd()
    private var tables: [String: PlainTable] = [:]
    private var sandboxes: Set<Int64> = []
    private var sources: Set<Int64> = []
    private var repeatedCount = 0

    private static let copied = [
        "source", "sandbox", "run", "run_label", "lifecycle_event", "gap",
    ]

    init(
        from source: borrowing Connection, to target: borrowing Connection, _ query: RunQuery,
        now: Timestamp
    ) throws {
        self.query = query
        self.now = now
        for name in Self.copied {
            tables[name] = try PlainTable(name, from: source, to: target)
        }
        try target.execute(
            """
            CREATE TABLE interval (
                \(IntervalColumn.all.map(\.declaration).joined(separator: ",\n    ")),
                PRIMARY KEY (run_id, at_ms, interval_ms)
            ) STRICT, WITHOUT ROWID
            """)
    }

    /// Writes everything; the views last, as they speak of all tables.
    mutating func write(
        from source: borrowing Connection, to target: borrowing Connection,
        _ progress: (CatalogReader.IntervalsEnd) throws -> Void
    ) throws -> CatalogReader.IntervalsEnd {
        let places = IntervalColumn.all.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        var insert = try target.prepare(
            "INSERT INTO interval VALUES (\(places)) ON CONFLICT DO NOTHING")
        var scan = try IntervalScan { sql in try source.prepare(sql) }
        try source.forEachRun(matching: query) { run in
            try writeLifecycle(of: run, from: source, to: target)
            try scan.start(run.id, ofSandbox: run.sandbox, in: query.range)
            while try scan.advance() {
                try write(scan.current, of: run, by: &insert)
                guard target.changes > 0 else {
                    repeatedCount += 1
                    continue
                }
                end.intervalCount += 1
                if end.intervalCount % 5_000 == 0 { try progress(end) }
            }
            try writeGaps(of: run, from: source, to: target)
            end.runCount += 1
            try progress(end)
        }
        end.problems = scan.problems
        if repeatedCount > 0 {
            end.problems.append(
                "\(repeatedCount) intervals were in the catalog twice, and are once in the copy")
        }
        try PlainViews.create(from: source, on: target)
        return end
    }

    private func write(
        _ interval: IntervalScan.Interval, of run: RunKey, by insert: inout Statement
    ) throws {
        for (index, column) in IntervalColumn.all.enumerated() {
            if column == .sandbox {
                try insert.bind(run.sandbox, at: Int32(index) + 1)
            } else {
                try insert.bind(
                    column.integer(of: interval.row, isSealed: interval.isSealed),
                    at: Int32(index) + 1)
            }
        }
        try insert.run()
    }

    private mutating func writeLifecycle(
        of run: RunKey, from source: borrowing Connection, to target: borrowing Connection
    ) throws {
        func integer(_ sql: String, _ id: Int64) throws -> Int64? {
            try source.withStatement(sql) { statement in
                try statement.bind(id, at: 1)
                return try statement.step() ? statement.integer(at: 0) : nil
            }
        }
        let id = run.id.rawValue
        if let sandbox = try integer("SELECT sandbox_id FROM run WHERE id = ?1", id),
            sandboxes.insert(sandbox).inserted
        {
            if let registry = try integer("SELECT source_id FROM sandbox WHERE id = ?1", sandbox),
                sources.insert(registry).inserted
            {
                try tables["source"]?.copy(where: "id", is: registry, from: source, to: target)
            }
            try tables["sandbox"]?.copy(where: "id", is: sandbox, from: source, to: target)
        }
        try tables["run"]?.copy(where: "id", is: id, from: source, to: target)
        for name in ["run_label", "lifecycle_event"] {
            try tables[name]?.copy(where: "run_id", is: id, from: source, to: target)
        }
    }

    private func writeGaps(
        of run: RunKey, from source: borrowing Connection, to target: borrowing Connection
    ) throws {
        let found = try source.runs(
            RunSelection(id: run.id), by: RunOrder(.started), addingUpUsage: false)
        guard let run = found.first else { return }
        let gaps = try source.gaps(of: run, in: query.range, now: now).gaps
        try target.withStatement(
            """
            INSERT INTO gap (run_id, from_at_ms, to_at_ms, reason) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO NOTHING
            """
        ) { statement in
            for gap in gaps {
                try statement.bind(run.id.rawValue, at: 1)
                try statement.bind(gap.from.unixMilliseconds, at: 2)
                try statement.bind(gap.to.unixMilliseconds, at: 3)
                try statement.bind(gap.reason.rawValue, at: 4)
                try statement.run()
            }
        }
    }
}
