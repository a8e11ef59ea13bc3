internal import CSQLite

extension VirtualTableModule {
    /// Asks the table for a plan, and writes it where SQLite looks for it.
    static let bestIndex:
        @convention(c) (Table?, UnsafeMutablePointer<sqlite3_index_info>?) -> Int32 = {
            table, facts in
            guard let table = unsafe table, let facts = unsafe facts,
                let registered = unsafe registered(table)
            else { return SQLITE_MISUSE }
            // Places among SQLite's constraints of those that can be used.
            var places: [Int] = []
            var constraints: [VirtualTableConstraint] = []
            for place in 0..<Int(max(0, unsafe facts.pointee.nConstraint)) {
                // SQLite gives `nConstraint` of them, valid during the call.
                guard let constraint = unsafe facts.pointee.aConstraint?[place],
                    constraint.usable != 0
                else { continue }
                places.append(place)
                unsafe constraints.append(
                    VirtualTableConstraint(
                        column: constraint.iColumn, comparison: comparison(constraint.op),
                        isBinary: isBinary(facts, place)))
            }
            var order: [VirtualTableOrder] = []
            for place in 0..<Int(max(0, unsafe facts.pointee.nOrderBy)) {
                guard let term = unsafe facts.pointee.aOrderBy?[place] else { continue }
                order.append(
                    VirtualTableOrder(column: term.iColumn, isDescending: term.desc != 0))
            }
            let plan = registered.table.plan(constraints, orderedBy: order)
            for (number, index) in plan.arguments.enumerated() where places.indices.contains(index)
            {
                // One for each constraint, as above. `omit` stays 0: SQLite checks the rows itself.
                unsafe facts.pointee.aConstraintUsage?[places[index]].argvIndex = Int32(number) + 1
            }
            unsafe facts.pointee.idxNum = plan.number
            unsafe facts.pointee.estimatedCost = plan.cost
            unsafe facts.pointee.estimatedRows = plan.rowCount
            unsafe facts.pointee.orderByConsumed = plan.isOrdered && !order.isEmpty ? 1 : 0
            return SQLITE_OK
        }

    private static func comparison(_ code: UInt8) -> VirtualTableConstraint.Comparison {
        switch Int32(code) {
        case SQLITE_INDEX_CONSTRAINT_EQ: .equal
        case SQLITE_INDEX_CONSTRAINT_LT: .less
        case SQLITE_INDEX_CONSTRAINT_LE: .lessOrEqual
        case SQLITE_INDEX_CONSTRAINT_GT: .greater
        case SQLITE_INDEX_CONSTRAINT_GE: .greaterOrEqual
        default: .other
        }
    }

    private static func isBinary(
        _ facts: UnsafeMutablePointer<sqlite3_index_info>, _ place: Int
    ) -> Bool {
        // Valid during the call of xBestIndex only, which this is; the name is a constant.
        guard let name = unsafe sqlite3_vtab_collation(facts, Int32(place)) else { return true }
        return unsafe String(cString: name) == "BINARY"
    }
}
