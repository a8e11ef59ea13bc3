internal import HistoryModel
internal import SQLite

/// Rows on their way into the catalog. No hour of a run is both in rows and in a block: a row that comes
/// for a sealed hour (the clock stepped back, or the row is late) opens it again.
extension Connection {
    func upsert(_ rows: [SampleRow]) throws {
        guard let earliest = rows.lazy.map(\.at).min() else { return }
        let mayBeSealed = try hasBlock(from: Hour(of: earliest))
        // One statement for all: each row binds every parameter anew.
        try withStatement(SampleRow.upsert) { statement in
            for row in rows { try upsert(row, mayBeSealed: mayBeSealed, with: &statement) }
        }
    }

    func upsert(_ row: SampleRow) throws {
        try upsert(row, mayBeSealed: true)
    }

    private func upsert(_ row: SampleRow, mayBeSealed: Bool) throws {
        try withStatement(SampleRow.upsert) { statement in
            try upsert(row, mayBeSealed: mayBeSealed, with: &statement)
        }
    }

    private func upsert(
        _ row: SampleRow, mayBeSealed: Bool, with statement: inout Statement
    ) throws {
        var row = row
        // Another row can have the same key only if the clock stepped back onto it: nothing may be
        // lost then, so the row moves to the next free millisecond.
        while true {
            if mayBeSealed { try makeRoom(for: &row) }
            try row.bind(to: &statement)
            _ = try statement.step()
            let isWritten = changes > 0
            statement.reset()
            if isWritten || row.at.unixMilliseconds == .max { return }
            row.at = row.at.advanced(byMilliseconds: 1)
        }
    }

    /// Whether any run has a block of `hour` or later: in the usual case none has, and no row needs to
    /// be looked at by itself.
    private func hasBlock(from hour: Hour) throws -> Bool {
        try withStatement(SampleBlock.anySinceQuery) { statement in
            try statement.bind(hour.first.unixMilliseconds, at: 1)
            return try statement.step()
        }
    }

    /// Sees to it that the hour of `row` is not sealed, and that the row comes last in order.
    private func makeRoom(for row: inout SampleRow) throws {
        let hour = Hour(of: row.at)
        let latest = try withStatement(SampleBlock.latestQuery) { statement in
            try statement.bind(row.run.rawValue, at: 1)
            return try statement.step() ? statement.integer(at: 0) : nil
        }
        guard let latest, latest >= hour.first.unixMilliseconds else { return }
        try unseal(row.run, hour)
        guard row.sequence == 0 else { return }
        row.sequence = try withStatement(SampleRow.latestSequenceQuery) { statement in
            try statement.bind(row.run.rawValue, at: 1)
            return try statement.onlyInteger().clampingAdd(1)
        }
    }

    /// Turns the block of `hour` into rows again. One that cannot be read stays: its summary is still
    /// true of it, and what comes for the hour will have a block of its own.
    private func unseal(_ run: RunID, _ hour: Hour) throws {
        for (block, detail) in try blocks(of: run, in: hour) {
            guard case .rows(let rows) = detail else { continue }
            try withStatement("DELETE FROM sample_detail WHERE block_id = ?1") { statement in
                try statement.bind(block.id, at: 1)
                _ = try statement.step()
            }
            try withStatement("DELETE FROM sample_block WHERE id = ?1") { statement in
                try statement.bind(block.id, at: 1)
                _ = try statement.step()
            }
            for row in rows { try upsert(row, mayBeSealed: false) }
        }
    }
}

extension SampleBlock {
    static let anySinceQuery =
        "SELECT 1 FROM sample_block WHERE has_detail IN (0, 1) AND at_ms >= ?1 LIMIT 1"

    static let latestQuery =
        "SELECT at_ms FROM sample_block WHERE run_id = ?1 ORDER BY at_ms DESC LIMIT 1"
}

extension SampleRow {
    /// The place of the latest row, or the last place in the latest block, if that is later.
    static let latestSequenceQuery = """
        SELECT sequence FROM (
            SELECT * FROM (SELECT at_ms, sequence FROM sample WHERE run_id = ?1
                ORDER BY at_ms DESC LIMIT 1)
            UNION ALL
            SELECT * FROM (SELECT at_ms, last_sequence FROM sample_block WHERE run_id = ?1
                ORDER BY at_ms DESC LIMIT 1))
        ORDER BY at_ms DESC LIMIT 1
        """
}
