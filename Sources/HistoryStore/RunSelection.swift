internal import HistoryModel
internal import SQLite

/// Which runs a statement reads: only the conditions that are there, so that indexes can be used.
struct RunSelection {
    /// What a condition compares with.
    enum Value {
        case integer(Int64)
        case text(String)
    }

    private var conditions: [String] = []
    private var values: [Value] = []
    /// Only those that are closed, or only those that are not.
    var closed: Bool?
    /// The first so many, after so many.
    var limit: Int?
    var offset: Int64 = 0

    init(id: RunID) {
        add("r.id = ?", .integer(id.rawValue))
    }

    /// The runs to which some microsandbox gave this id; it may have given it more than once.
    init(microsandboxID: Int64) {
        add("r.external_id = ? AND c.kind = 'microsandbox'", .integer(microsandboxID))
    }

    /// The runs of the sandbox of this name, which is no pattern.
    init(sandbox: String) {
        add("s.name = ?", .text(sandbox))
    }

    /// What `query` asks for, but for its order and limit.
    init(_ query: RunQuery) {
        self.init(filters: query)
        if let start = query.range.start {
            add(
                "(r.terminated_at_ms IS NULL OR r.terminated_at_ms >= ?)",
                .integer(start.unixMilliseconds))
        }
        if let end = query.range.end {
            add("r.started_at_ms < ?", .integer(end.unixMilliseconds))
        }
    }

    /// All that `query` asks for of a run, whenever it was.
    init(filters query: RunQuery) {
        if let sandbox = query.sandbox {
            if SandboxPattern.isPattern(sandbox) {
                add("(s.name GLOB ? OR s.name = ?)", .text(sandbox), .text(sandbox))
            } else {
                add("s.name = ?", .text(sandbox))
            }
        }
        if let status = query.status { add("r.status = ?", .text(status.rawValue)) }
        if !query.reasons.isEmpty {
            add(
                "r.termination_reason IN (SELECT value FROM json_each(?))",
                .text(StoredCommand.encode(query.reasons.map(\.rawValue))))
        }
        if !query.labels.isEmpty {
            let pairs = query.labels.map { StoredCommand.encode([$0.key, $0.value]) }
            add(
                """
                NOT EXISTS (
                    SELECT 1 FROM json_each(?) AS wanted
                    WHERE NOT EXISTS (SELECT 1 FROM run_label AS l WHERE l.run_id = r.id
                        AND l.key = wanted.value ->> 0 AND l.value = wanted.value ->> 1))
                """, .text("[" + pairs.joined(separator: ",") + "]"))
        }
    }

    /// Demands `condition`, whose parameters are `values`.
    mutating func add(_ condition: String, _ values: Value...) {
        conditions.append(condition)
        self.values += values
    }

    /// The condition alone, of a run `r`, its sandbox `s` and its source `c`.
    var condition: String {
        var conditions = conditions
        if let closed { conditions.append("r.sample_count IS \(closed ? "NOT " : "")NULL") }
        return conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: "\n    AND ")
    }

    private var bound: String {
        guard let limit else { return "" }
        return "LIMIT \(max(0, limit)) OFFSET \(offset)"
    }

    /// The statement that reads ``columns`` in `order`.
    func sql(order: RunOrder) -> String {
        """
        SELECT \(Self.columns)
        FROM run AS r
        JOIN sandbox AS s ON s.id = r.sandbox_id
        JOIN source AS c ON c.id = s.source_id
        \(condition)
        ORDER BY \(order.sql) \(bound)
        """
    }

    /// Binds what the conditions compare with, after `count` parameters that stand before them.
    func bind(to statement: inout Statement, after count: Int32 = 0) throws(SQLiteError) {
        for (index, value) in values.enumerated() {
            switch value {
            case .integer(let integer): try statement.bind(integer, at: count + Int32(index) + 1)
            case .text(let text): try statement.bind(text, at: count + Int32(index) + 1)
            }
        }
    }
}

/// A pattern of names, as SQLite's GLOB understands it.
enum SandboxPattern {
    /// Whether `text` can fit another name than itself.
    static func isPattern(_ text: String) -> Bool {
        text.utf8.contains {
            $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
        }
    }
}
