internal import HistoryModel
internal import SQLite

/// What is told of pages that could not be read.
extension Salvage {
    mutating func noteDamages(_ target: borrowing Connection) throws {
        for damage in census.damages {
            let shape = census.shapes[damage.table]
            guard let place = Self.order.firstIndex(of: shape.name) else { continue }
            if let count = damage.lostRowCount {
                report.tables[place].lostRowCount += Int64(count)
                find(
                    "\(shape.name): \(count) \(count == 1 ? "row" : "rows") of page \(damage.page) "
                        + "could not be read\(try range(damage, shape, target))")
                continue
            }
            if damage.isInterior, census.isMapWhole {
                find(
                    "\(shape.name): page \(damage.page) could not be read; the pages that it led to were "
                        + "found by themselves")
                continue
            }
            if try target.hasAllRows(damage, of: shape) { continue }
            report.tables[place].unreadablePageCount += 1
            report.tables[place].mayHaveLostMore = true
            find(
                "\(shape.name): page \(damage.page) could not be read"
                    + "\(try range(damage, shape, target))")
        }
        guard !census.isSchemaWhole else { return }
        // Where the list of tables is damaged, a table that nobody leads to may have had more.
        for (place, name) in Self.order.enumerated() {
            if let table = census.shapes.firstIndex(where: { $0.name == name }),
                !census.isRooted(table)
            {
                report.tables[place].mayHaveLostMore = true
            }
        }
    }

    /// Which rows were there, as the end of a sentence; empty if nothing is known.
    private func range(
        _ damage: PageCensus.Damage, _ shape: TableShape, _ target: borrowing Connection
    ) throws -> String {
        switch (damage.after, damage.upTo) {
        case (.row(let after)?, .row(let upTo)?):
            return " (rows from \(text(of: after, shape)) to \(text(of: upTo, shape)))"
        case (.row(let after)?, _): return " (rows after \(text(of: after, shape)))"
        case (_, .row(let upTo)?): return " (rows up to \(text(of: upTo, shape)))"
        case (let after, let upTo):
            guard after != nil || upTo != nil else { return "" }
            var first: Int64?
            var last: Int64?
            if case .rowID(let id)? = after { first = id == .max ? id : id + 1 }
            if case .rowID(let id)? = upTo { last = id }
            let rows =
                switch (first, last) {
                case (let first?, let last?): "rows \(first) to \(last)"
                case (let first?, nil): "rows from \(first)"
                case (nil, let last?): "rows up to \(last)"
                case (nil, nil): "rows"
                }
            return " (\(rows)\(try times(first, last, shape, target)))"
        }
    }

    /// The run and the time of a key, as far as it has them.
    private func text(of key: [SQLValue], _ shape: TableShape) -> String {
        var words: [String] = []
        for (column, value) in zip(shape.columns, key).prefix(2) {
            switch value {
            case .integer(let number) where column.name.hasSuffix("at_ms"):
                words.append("at \(Timestamp(unixMilliseconds: number).rfc3339)")
            case .integer(let number) where column.name == "run_id": words.append("run \(number)")
            case .text(let text): words.append("'\(text)'")
            default: break
            }
        }
        return words.joined(separator: " ")
    }

    private func times(
        _ first: Int64?, _ last: Int64?, _ shape: TableShape, _ target: borrowing Connection
    ) throws -> String {
        guard let key = shape.rowIDColumn.map({ shape.columns[$0].name }),
            let time = ["at_ms", "started_at_ms", "last_at_ms", "first_seen_at_ms"].first(where: {
                name in shape.columns.contains { $0.name == name }
            })
        else { return "" }
        let before = try target.time(
            time, of: shape.name, where: "\(key) < ?1", first ?? 0, key, "DESC")
        let after = try target.time(
            time, of: shape.name, where: "\(key) > ?1", last ?? .max, key, "ASC")
        switch (before, after) {
        case (let before?, let after?): return ", between \(before) and \(after)"
        case (let before?, nil): return ", from \(before) on"
        case (nil, let after?): return ", until \(after)"
        case (nil, nil): return ""
        }
    }
}

extension Connection {
    /// Whether every row that a page can have held is there all the same: it lay elsewhere.
    fileprivate func hasAllRows(
        _ damage: PageCensus.Damage, of shape: TableShape
    ) throws -> Bool {
        guard case .rowID(let after)? = damage.after, case .rowID(let upTo)? = damage.upTo,
            upTo > after, let key = shape.rowIDColumn.map({ shape.columns[$0].name })
        else { return false }
        return try withStatement(
            "SELECT count(*) FROM \(shape.name) WHERE \(key) > ?1 AND \(key) <= ?2"
        ) { statement in
            try statement.bind(after, at: 1)
            try statement.bind(upTo, at: 2)
            let (span, overflow) = upTo.subtractingReportingOverflow(after)
            return try statement.onlyInteger() == span && !overflow
        }
    }

    fileprivate func time(
        _ column: String, of table: String, where condition: String, _ id: Int64, _ key: String,
        _ direction: String
    ) throws -> String? {
        try withStatement(
            "SELECT \(column) FROM \(table) WHERE \(condition) ORDER BY \(key) \(direction) LIMIT 1"
        ) { statement in
            try statement.bind(id, at: 1)
            guard try statement.step(), let time = statement.integer(at: 0) else { return nil }
            return Timestamp(unixMilliseconds: time).rfc3339
        }
    }
}
