internal import HistoryModel
internal import SQLite

extension CatalogReader {
    /// What is known once intervals were given or written.
    public struct IntervalsEnd: Hashable, Sendable {
        /// How many runs fit.
        public var runCount = 0
        /// How many intervals there were.
        public var intervalCount = 0
        /// What could not be told as it was, a sentence each.
        public var problems: [String] = []

        /// Nothing yet.
        public init() {}
    }

    /// Gives every interval, hot and sealed, of the runs that `query` means: run by run in the order of
    /// their ids, and those of a run in order of time.
    ///
    /// An interval belongs to the window of `query` if it begins in it. An hour at a time is in memory.
    ///
    /// - Parameter body: Is given the name of the sandbox, the interval, and whether it lies in a block.
    /// - Throws: What `body` throws, and ``StoreError``.
    public func forEachInterval(
        matching query: RunQuery, _ body: (String, SampleRow, Bool) throws -> Void
    ) throws -> IntervalsEnd {
        try readForCaller { connection in
            var end = IntervalsEnd()
            var scan = try IntervalScan { sql in try connection.prepare(sql) }
            try connection.forEachRun(matching: query) { run in
                end.runCount += 1
                try scan.start(run.id, ofSandbox: run.sandbox, in: query.range)
                while try scan.advance() {
                    end.intervalCount += 1
                    try body(run.sandbox, scan.current.row, scan.current.isSealed)
                }
            }
            end.problems = scan.problems
            return end
        }
    }
}

extension IntervalScan {
    /// Begins with the intervals of `run` that begin in `range`.
    mutating func start(_ run: RunID, ofSandbox sandbox: String, in range: TimeRange) throws {
        try start(
            run, ofSandbox: sandbox, from: range.start?.unixMilliseconds ?? .min,
            to: range.end?.advanced(byMilliseconds: -1).unixMilliseconds ?? .max)
    }
}

extension Connection {
    /// Gives the runs that `query` means, whatever its order and limit, by their ids; none is kept.
    func forEachRun(matching query: RunQuery, _ body: (RunKey) throws -> Void) throws {
        let selection = RunSelection(query)
        try withStatement(
            """
            SELECT r.id, s.name, r.started_at_ms
            FROM run AS r
            JOIN sandbox AS s ON s.id = r.sandbox_id
            JOIN source AS c ON c.id = s.source_id
            \(selection.condition)
            ORDER BY r.id
            """
        ) { statement in
            try selection.bind(to: &statement)
            while try statement.step() {
                try body(
                    RunKey(
                        id: RunID(rawValue: statement.integer(at: 0) ?? 0),
                        sandbox: statement.text(at: 1) ?? "",
                        startedAt: Timestamp(unixMilliseconds: statement.integer(at: 2) ?? 0)))
            }
        }
    }
}
