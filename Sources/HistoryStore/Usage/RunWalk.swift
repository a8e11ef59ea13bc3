internal import HistoryModel
internal import SQLite

/// Goes through the rows of a run in the order of their making: hours that are sealed and rows that are
/// not.
///
/// That is the order of time, unless the clock stepped back. Then hours were made in turns, and their
/// rows are merged.
struct RunWalk {
    /// A step of the walk.
    enum Step {
        /// An interval.
        case row(SampleRow)
        /// An hour of which no interval was asked for.
        case outline(HourOutline)
        /// An hour of which none can be read.
        case withoutDetail(HourOutline)
        /// No step: an hour was decoded, and its intervals follow.
        case decoded
    }

    let run: RunID
    let sandbox: String
    private var hours: [HourOutline]
    private var opened: [OpenHour] = []
    private(set) var problems: [String] = []

    /// The rows of an hour that are still to come.
    private struct OpenHour {
        var rows: [SampleRow]
        var next = 0
        var head: SampleRow? { next < rows.count ? rows[next] : nil }
    }

    init(of run: RunID, inSandbox sandbox: String, reading connection: borrowing Connection) throws
    {
        self.run = run
        self.sandbox = sandbox
        hours = try connection.withStatement(HourOutline.query) { statement in
            try statement.bind(run.rawValue, at: 1)
            var hours: [HourOutline] = []
            while try statement.step() { hours.append(HourOutline(reading: statement)) }
            return hours
        }
        let isInOrder = zip(hours, hours.dropFirst()).allSatisfy { $0.lastPlace < $1.firstPlace }
        if !isInOrder { hours.sort { $0.firstPlace < $1.firstPlace } }
    }

    /// Walks.
    ///
    /// - Parameters:
    ///   - needsRows: Whether the intervals of an hour that was not made in turns with others are needed;
    ///     of an hour and, if there is one, that which was made after it.
    mutating func forEachStep(
        reading connection: borrowing Connection,
        needsRows: (_ hour: HourOutline, _ next: HourOutline?, _ isLast: Bool) -> Bool,
        _ body: (Step) throws -> Void
    ) throws {
        try connection.withStatement(Self.hotQuery) { statement in
            try statement.bind(run.rawValue, at: 1)
            var hot = try statement.step() ? SampleRow(reading: statement) : nil
            var reached = 0
            while true {
                let place = min(opened.lazy.compactMap(\.head?.place).min(), hot?.place)
                if reached < hours.count, place.map({ hours[reached].firstPlace < $0 }) ?? true {
                    let hour = hours[reached]
                    let next = reached + 1 < hours.count ? hours[reached + 1] : nil
                    reached += 1
                    let isAlone =
                        (place.map { hour.lastPlace < $0 } ?? true)
                        && (next.map { hour.lastPlace < $0.firstPlace } ?? true)
                    let isLast = next == nil && hot == nil
                    if !isAlone || needsRows(hour, next, isLast) {
                        if let rows = try rows(of: hour, reading: connection) {
                            try body(.decoded)
                            if !rows.isEmpty { opened.append(OpenHour(rows: rows)) }
                        } else {
                            try body(.withoutDetail(hour))
                        }
                    } else {
                        try body(.outline(hour))
                    }
                } else if let row = hot, row.place == place {
                    try body(.row(row))
                    hot = try statement.step() ? SampleRow(reading: statement) : nil
                } else if let index = opened.firstIndex(where: { $0.head?.place == place }) {
                    try pass(index, upTo: nextPlace(after: index, hot, reached), body)
                } else {
                    break
                }
            }
        }
    }

    /// Gives the rows of an open hour that come before `limit`, one at least.
    private mutating func pass(
        _ index: Int, upTo limit: MakingPlace?, _ body: (Step) throws -> Void
    ) throws {
        var hour = opened.remove(at: index)
        repeat {
            try body(.row(hour.rows[hour.next]))
            hour.next += 1
        } while hour.head.map { row in limit.map { row.place < $0 } ?? true } ?? false
        if hour.head != nil { opened.append(hour) }
    }

    /// The first place that is not of the open hour `index`.
    private func nextPlace(after index: Int, _ hot: SampleRow?, _ reached: Int) -> MakingPlace? {
        let others = opened.indices.lazy.filter { $0 != index }
        let sealed = reached < hours.count ? hours[reached].firstPlace : nil
        return min(min(others.compactMap { opened[$0].head?.place }.min(), hot?.place), sealed)
    }

    /// The intervals of `hour` in the order of their making; `nil` if they cannot be read.
    private mutating func rows(
        of hour: HourOutline, reading connection: borrowing Connection
    ) throws -> [SampleRow]? {
        guard hour.hasDetail else { return nil }
        return try connection.withStatement("\(SampleBlock.selectWithDetail) WHERE b.id = ?1") {
            statement in
            try statement.bind(hour.id, at: 1)
            guard try statement.step() else { return nil }
            let block = SampleBlock(reading: statement)
            switch block.detail(reading: statement) {
            case .rows(let rows):
                return rows
            case .forgotten:
                return nil
            case .unreadable(let reason):
                problems.append(
                    "\(block.place(inSandbox: sandbox)): \(reason); its usage is taken from the hour's "
                        + "summary")
                return nil
            }
        }
    }

    private static let hotQuery = """
        SELECT \(SampleRow.selectList) FROM sample WHERE run_id = ?1 ORDER BY sequence, at_ms
        """
}

/// The lesser; `nil` is greater than all.
private func min(_ one: MakingPlace?, _ other: MakingPlace?) -> MakingPlace? {
    guard let one, let other else { return one ?? other }
    return Swift.min(one, other)
}
