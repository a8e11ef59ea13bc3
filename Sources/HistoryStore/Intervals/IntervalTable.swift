internal import HistoryModel
internal import SQLite

/// The table `interval`: every interval of every run, hot and sealed, as a row.
///
/// `run_id`, `sandbox` and limits of `at_ms` are used to read no more than is asked for; a join with
/// `run` gives the first.
final class IntervalTable: VirtualTable {
    static let name = "interval"

    /// The hours that should be readable and are not, a sentence each, of all queries so far.
    var problems: [String] = []

    /// After the columns that `*` gives: the start as RFC 3339, and as Unix seconds.
    private static let hidden = ["at TEXT HIDDEN", "time REAL HIDDEN"]

    let declaration: String = {
        let columns = IntervalColumn.all.map(\.declaration) + hidden
        // An hour that could not be read may begin with a row that came later for it.
        return """
            CREATE TABLE x (\(columns.joined(separator: ", ")),
                PRIMARY KEY (run_id, at_ms, interval_ms)) WITHOUT ROWID
            """
    }()

    /// What a plan uses, as bits of its number; the arguments come in this order.
    struct Use: OptionSet {
        let rawValue: Int32
        static let run = Use(rawValue: 1)
        static let sandbox = Use(rawValue: 2)
        static let earliest = Use(rawValue: 4)
        static let latest = Use(rawValue: 8)
        static let exact = Use(rawValue: 16)
    }

    private static let places: [IntervalColumn: Int32] = Dictionary(
        uniqueKeysWithValues: IntervalColumn.all.enumerated().map { ($1, Int32($0)) })

    func plan(
        _ constraints: [VirtualTableConstraint], orderedBy order: [VirtualTableOrder]
    ) -> VirtualTablePlan {
        let (run, sandbox, at) = (
            Self.places[.runID], Self.places[.sandbox], Self.places[.at]
        )
        func first(
            _ column: Int32?, _ comparisons: Set<VirtualTableConstraint.Comparison>
        ) -> Int? {
            constraints.firstIndex {
                $0.column == column && comparisons.contains($0.comparison) && $0.isBinary
            }
        }
        var use: Use = []
        var arguments: [Int] = []
        func take(_ what: Use, _ index: Int?) {
            guard let index else { return }
            use.insert(what)
            arguments.append(index)
        }
        take(.run, first(run, [.equal]))
        take(.sandbox, first(sandbox, [.equal]))
        take(.earliest, first(at, [.greater, .greaterOrEqual]))
        take(.latest, first(at, [.less, .lessOrEqual]))
        take(.exact, first(at, [.equal]))

        // Roughly: a thousand runs of a thousand intervals, and opening an hour for each row wanted.
        var rowCount: Int64 =
            use.contains(.run) ? 1_000 : use.contains(.sandbox) ? 10_000 : 1_000_000
        if use.contains(.exact) {
            rowCount = max(1, rowCount / 1_000)
        } else {
            if use.contains(.earliest) { rowCount = max(2, rowCount / 4) }
            if use.contains(.latest) { rowCount = max(2, rowCount / 4) }
        }
        let wanted = order.map(\.column)
        let isOrdered =
            order.allSatisfy { !$0.isDescending }
            && (wanted == [run] || wanted == [run, at] || wanted == [at] && use.contains(.run))
        return VirtualTablePlan(
            number: use.rawValue, arguments: arguments, cost: Double(rowCount) + 360,
            rowCount: rowCount, isOrdered: isOrdered)
    }

    func makeCursor(on database: VirtualTableDatabase) -> any VirtualTableCursor {
        IntervalCursor(of: self, on: database)
    }
}

/// Runs through the runs that are meant, and the intervals of each.
private final class IntervalCursor: VirtualTableCursor {
    private let table: IntervalTable
    private let database: VirtualTableDatabase
    private var runs: Statement?
    private var scan: IntervalScan?
    private var problemCount = 0
    private var sandbox = ""
    private var range = (Int64.min, Int64.max)
    private(set) var isAtEnd = true

    init(of table: IntervalTable, on database: VirtualTableDatabase) {
        self.table = table
        self.database = database
    }

    func start(plan: Int32, arguments: [SQLValue]) throws {
        let use = IntervalTable.Use(rawValue: plan)
        var arguments = arguments[...]
        var run: SQLValue?
        var sandbox: SQLValue?
        range = (.min, .max)
        isAtEnd = true
        if use.contains(.run) { run = arguments.popFirst() }
        if use.contains(.sandbox) { sandbox = arguments.popFirst() }
        if use.contains(.earliest) { narrow(from: arguments.popFirst()) }
        if use.contains(.latest) { narrow(to: arguments.popFirst()) }
        if use.contains(.exact), let value = arguments.popFirst() {
            narrow(from: value)
            narrow(to: value)
        }
        try find(run, sandbox)
        try advance()
    }

    /// Looks for the runs. SQLite compares again, so a value of another type than that of its column
    /// (`run_id = '7'`) may be left aside here.
    private func find(_ run: SQLValue?, _ sandbox: SQLValue?) throws {
        var conditions: [String] = []
        if case .integer = run { conditions.append("r.id = ?1") }
        if case .text = sandbox { conditions.append("s.name = ?2") }
        let query = """
            SELECT r.id, s.name FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            WHERE \(conditions.isEmpty ? "?1 IS NULL" : conditions.joined(separator: " AND "))
            ORDER BY r.id
            """
        if runs?.sql != query { runs = try database.prepare(query) }
        if scan == nil { scan = try IntervalScan(database.prepare) }
        runs?.reset()
        if case .integer(let id) = run { try runs?.bind(id, at: 1) }
        if case .text(let name) = sandbox { try runs?.bind(name, at: 2) }
        try scan?.start(RunID(rawValue: 0), ofSandbox: "", from: 1, to: 0)
    }

    private func narrow(from value: SQLValue?) {
        switch value {
        case .integer(let bound): range.0 = max(range.0, bound)
        case .real(let bound): range.0 = max(range.0, Int64(clamping: bound.rounded(.down)))
        default: break
        }
    }

    private func narrow(to value: SQLValue?) {
        switch value {
        case .integer(let bound): range.1 = min(range.1, bound)
        case .real(let bound): range.1 = min(range.1, Int64(clamping: bound.rounded(.up)))
        default: break
        }
    }

    func advance() throws {
        while true {
            let hasNext = try scan?.advance() == true
            noteProblems()
            if hasNext { break }
            guard try runs?.step() == true, let id = runs?.integer(at: 0) else {
                isAtEnd = true
                return
            }
            sandbox = runs?.text(at: 1) ?? ""
            try scan?.start(
                RunID(rawValue: id), ofSandbox: sandbox, from: range.0, to: range.1)
        }
        isAtEnd = false
    }

    /// At once, as a statement may end before the run does.
    private func noteProblems() {
        guard let problems = scan?.problems, problems.count > problemCount else { return }
        for problem in problems[problemCount...] where !table.problems.contains(problem) {
            table.problems.append(problem)
        }
        problemCount = problems.count
    }

    func value(at column: Int32) -> SQLValue {
        guard !isAtEnd, scan?.hasCurrent == true, let interval = scan?.current else { return .null }
        let column = Int(column)
        guard IntervalColumn.all.indices.contains(column) else {
            let at = interval.row.at
            return column == IntervalColumn.all.count
                ? .text(at.rfc3339) : .real(Double(at.unixMilliseconds) / 1_000)
        }
        let wanted = IntervalColumn.all[column]
        if wanted == .sandbox { return .text(sandbox) }
        return wanted.integer(of: interval.row, isSealed: interval.isSealed)
            .map(SQLValue.integer) ?? .null
    }
}

extension Int64 {
    /// `value` held within the range; a value that is no number is 0.
    fileprivate init(clamping value: Double) {
        self = Int64(exactly: value) ?? (value >= 0x1p63 ? .max : value < 0 ? .min : 0)
    }
}
