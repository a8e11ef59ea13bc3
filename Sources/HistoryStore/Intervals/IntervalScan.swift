internal import HistoryModel
internal import SQLite

/// Gives every interval of a run, hot and sealed alike, as a row, in order of time; an hour at a time is
/// held.
///
/// An hour whose intervals are forgotten or cannot be read is one row as long as the hour, made from its
/// summary.
struct IntervalScan: ~Copyable {
    /// An interval, and whether it lies in a block.
    struct Interval {
        var row: SampleRow
        var isSealed: Bool
    }

    /// The hours that should be readable and are not, a sentence each.
    private(set) var problems: [String] = []
    private var blocks: Statement
    private var rows: Statement
    private var block: SampleBlock?
    private var row: SampleRow?
    private var sandbox = ""
    private var first = Int64.min
    private var last = Int64.max
    private var found: [Interval] = []
    private var position = 0

    /// A scan that has no run yet, of statements that `prepare` makes.
    init(_ prepare: (String) throws -> Statement) throws {
        let blocks = try prepare(
            """
            \(SampleBlock.selectWithDetail)
            WHERE b.run_id = ?1 AND b.at_ms BETWEEN ?2 AND ?3 ORDER BY b.at_ms
            """)
        let rows = try prepare(
            """
            SELECT \(SampleRow.selectList) FROM sample
            WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3 ORDER BY at_ms
            """)
        self.blocks = blocks
        self.rows = rows
    }

    /// Begins with the intervals of `run` that start from `first` to `last`, both included.
    mutating func start(
        _ run: RunID, ofSandbox sandbox: String, from first: Int64 = .min, to last: Int64 = .max
    ) throws {
        self.sandbox = sandbox
        (self.first, self.last) = (first, last)
        found.removeAll(keepingCapacity: true)
        position = 0
        (block, row) = (nil, nil)
        blocks.reset()
        rows.reset()
        guard first <= last else { return }
        // A block has the intervals of its hour, whatever its own key within it.
        try blocks.bind(run.rawValue, at: 1)
        try blocks.bind(
            Hour(of: Timestamp(unixMilliseconds: first)).first.unixMilliseconds, at: 2)
        try blocks.bind(Hour(of: Timestamp(unixMilliseconds: last)).last.unixMilliseconds, at: 3)
        try rows.bind(run.rawValue, at: 1)
        try rows.bind(first, at: 2)
        try rows.bind(last, at: 3)
        try nextBlock()
        try nextRow()
    }

    /// Whether there is a ``current``.
    var hasCurrent: Bool { position < found.count }

    /// The interval that it stands at.
    ///
    /// - Precondition: ``hasCurrent``.
    var current: Interval { found[position] }

    /// Goes to the next interval, the first after ``start(_:ofSandbox:from:to:)``.
    ///
    /// - Returns: whether there is one.
    mutating func advance() throws -> Bool {
        position += 1
        guard position >= found.count else { return true }
        found.removeAll(keepingCapacity: true)
        position = 0
        while found.isEmpty {
            let hours = [block?.hour, row.map { Hour(of: $0.at) }]
            guard let hour = hours.compactMap(\.self).min() else { return false }
            try collect(hour)
        }
        return true
    }

    private mutating func collect(_ hour: Hour) throws {
        while let block, block.hour == hour {
            for row in rows(of: block)
            where row.at.unixMilliseconds >= first && row.at.unixMilliseconds <= last {
                found.append(Interval(row: row, isSealed: true))
            }
            try nextBlock()
        }
        while let row, Hour(of: row.at) == hour {
            found.append(Interval(row: row, isSealed: false))
            try nextRow()
        }
        // They are in order unless the clock stepped back or an hour has several blocks.
        let isSorted = zip(found, found.dropFirst()).allSatisfy { $0.row.at <= $1.row.at }
        if !isSorted {
            found.sort { ($0.row.at, $0.row.sequence) < ($1.row.at, $1.row.sequence) }
        }
    }

    private mutating func rows(of block: SampleBlock) -> [SampleRow] {
        switch block.detail(reading: blocks) {
        case .rows(let rows): return rows
        case .forgotten: return [SampleRow(of: block)]
        case .unreadable(let reason):
            let problem =
                "\(block.place(inSandbox: sandbox)): \(reason); the hour is shown by its summary"
            if !problems.contains(problem) { problems.append(problem) }
            return [SampleRow(of: block)]
        }
    }

    private mutating func nextBlock() throws {
        block = try blocks.step() ? SampleBlock(reading: blocks) : nil
    }

    private mutating func nextRow() throws {
        row = try rows.step() ? SampleRow(reading: rows) : nil
    }
}
