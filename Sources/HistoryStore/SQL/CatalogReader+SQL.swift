internal import HistoryModel
public import SQLite

extension CatalogReader {
    /// How much a statement may take.
    public struct StatementLimits: Sendable {
        /// At most so many rows; `nil` is all.
        public var rows: Int?
        /// For so long it may take, the use of its rows included; `nil` is as long as it likes.
        public var time: Duration?
        /// Asked now and then while it runs; it ends once this is true.
        public var shouldStop: @Sendable () -> Bool

        /// Limits, or none.
        public init(
            rows: Int? = nil, time: Duration? = nil,
            shouldStop: @escaping @Sendable () -> Bool = { false }
        ) {
            self.rows = rows
            self.time = time
            self.shouldStop = shouldStop
        }
    }

    /// What is known at the end of a statement.
    public struct StatementEnd: Hashable, Sendable {
        /// How many rows were given.
        public var rowCount = 0
        /// Whether there were more rows than the limit allows.
        public var isCut = false
        /// Hours that should be readable and are not, a sentence each; they were one row each.
        public var problems: [String] = []
    }

    /// Runs one statement of SQL that only reads, and gives its rows one by one.
    ///
    /// Besides the catalog's tables and views there is the table `interval`: every interval of every run,
    /// hot and sealed, with the columns of ``IntervalColumn``, and the hidden `at` (RFC 3339) and `time`
    /// (Unix seconds).
    ///
    /// ```swift
    /// _ = try reader.query("SELECT count(*) FROM interval") { names in print(names) } row: { print($0) }
    /// ```
    ///
    /// - Parameters:
    ///   - begin: Is given the names of the columns, before the first row.
    ///   - row: Is given a value for each column.
    /// - Throws: What `begin` and `row` throw; ``StoreError`` with ``StoreError/Code/statement`` if the
    ///   statement is at fault (its ``StoreError/cause`` knows where), and with
    ///   ``StoreError/Code/timeLimit`` or ``StoreError/Code/stopped`` if it ran into its limits.
    public func query(
        _ sql: String, limits: StatementLimits = StatementLimits(),
        begin: ([String]) throws -> Void, row: ([SQLValue]) throws -> Void
    ) throws -> StatementEnd {
        let intervals = IntervalTable()
        let watch = StatementWatch(limits)
        do {
            try connection.register(intervals, as: IntervalTable.name)
            // Connected now: a virtual table declares itself with a CREATE TABLE, which is refused below.
            _ = try connection.prepare("SELECT 1 FROM \(IntervalTable.name)")
            var end = try connection.transaction(.deferred, retryingFor: patience) {
                try connection.onlyReading {
                    try connection.checking({ watch.isOver }) {
                        try run(sql, watch, begin: begin, row: row)
                    }
                }
            }
            end.problems = intervals.problems
            return end
        } catch let error as SQLiteError {
            if error.isInterrupted, let reason = watch.reason { throw watch.error(reason, path) }
            throw try statementError(error, in: sql)
        }
    }

    private func run(
        _ sql: String, _ watch: StatementWatch, begin: ([String]) throws -> Void,
        row: ([SQLValue]) throws -> Void
    ) throws -> StatementEnd {
        var statement = try connection.prepare(sql)
        let columns = 0..<statement.columnCount
        guard !columns.isEmpty else {
            throw statementFault("it gives no rows: ask with SELECT", sql)
        }
        guard statement.parameterCount == 0 else {
            throw statementFault(
                "it has parameters (?, :name, @name or $name), which nothing gives values here: "
                    + "write the values into it", sql)
        }
        try begin(columns.map { statement.columnName(at: $0) })
        var end = StatementEnd()
        while try statement.step() {
            if let limit = watch.limits.rows, end.rowCount >= limit {
                end.isCut = true
                break
            }
            try row(columns.map { statement.value(at: $0) })
            end.rowCount += 1
            if let reason = watch.reason { throw watch.error(reason, path) }
        }
        return end
    }

    private func statementFault(_ message: String, _ sql: String) -> SQLiteError {
        // 1 is SQLITE_ERROR.
        SQLiteError(operation: .prepare, resultCode: 1, message: message, path: path, sql: sql)
    }
}

/// Looks at the clock, and whether somebody wants an end, while a statement runs.
private final class StatementWatch {
    enum Reason {
        case time(Duration)
        case stop
    }

    let limits: CatalogReader.StatementLimits
    private let start = ContinuousClock.now

    init(_ limits: CatalogReader.StatementLimits) {
        self.limits = limits
    }

    var isOver: Bool { reason != nil }

    /// Why it must end; `nil` if it may go on.
    var reason: Reason? {
        if limits.shouldStop() { return .stop }
        guard let time = limits.time else { return nil }
        return ContinuousClock.now - start > time ? .time(time) : nil
    }

    func error(_ reason: Reason, _ path: String) -> StoreError {
        switch reason {
        case .time(let limit):
            StoreError(
                .timeLimit, path: path,
                "the statement took longer than \(limit.compactText) and was stopped; ask for less "
                    + "(a run_id, a range of at_ms), or give it more time")
        case .stop: StoreError(.stopped, path: path, "the statement was stopped")
        }
    }
}
