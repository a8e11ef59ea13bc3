internal import HistoryModel
internal import SQLite

/// A bounded piece of pruning, within a transaction.
struct PruneStep {
    let now: Timestamp
    let retention: Retention
    /// How many things may still be forgotten.
    private var budget: Int
    private let pageLimit: Int
    private(set) var report = PruneReport()

    init(now: Timestamp, retention: Retention, limit: Int, isShrinking: Bool) {
        self.now = now
        self.retention = retention
        budget = max(0, limit)
        pageLimit = budget
        report.isShrinking = isShrinking
    }

    mutating func run(on connection: borrowing Connection) throws {
        if let cutoff = retention.detailCutoff(at: now) {
            try forgetDetail(upTo: Self.lastKey(upTo: cutoff), connection)
            try forgetLogs(upTo: cutoff.unixMilliseconds, connection)
        }
        if let cutoff = retention.summaryCutoff(at: now) {
            try forgetSummaries(upTo: Self.lastKey(upTo: cutoff), connection)
            try forgetMoments(upTo: cutoff.unixMilliseconds, connection)
            try forgetGaps(upTo: cutoff, connection)
            try forgetSessions(upTo: cutoff, connection)
        }
        if let cap = retention.maxSizeBytes { try shrink(to: cap, connection) }
        let pages = try connection.pageCount
        let isTooLarge = try retention.maxSizeBytes.map { try pages * connection.pageSize > $0 }
        // Pages that will soon be needed again are not worth moving others about.
        let slack = isTooLarge == true ? 0 : max(16, pages / 100)
        let returned = try connection.returnFreePages(pageLimit, leaving: slack)
        report.returnedBytes += returned
        report.databaseBytes = try connection.pageCount * connection.pageSize
        // Where none is returned none ever will be: a catalog that another tool has made anew may have
        // lost its incremental vacuum.
        report.hasMore = try budget == 0 || (returned > 0 && connection.freePageCount > slack)
    }

    /// The key of the last hour that is over at `cutoff`.
    private static func lastKey(upTo cutoff: Timestamp) -> Int64 {
        cutoff.advanced(byMilliseconds: -Hour.milliseconds).unixMilliseconds
    }

    // MARK: By age

    /// What `query` gives of the oldest, with its size, as far as the budget goes.
    private func oldest(
        _ query: String, upTo last: Int64, atMost limit: Int, _ connection: borrowing Connection
    ) throws -> [(id: Int64, bytes: Int64)] {
        try connection.withStatement(query) { statement in
            try statement.bind(last, at: 1)
            try statement.bind(min(budget, limit), at: 2)
            var found: [(id: Int64, bytes: Int64)] = []
            while try statement.step() {
                found.append((statement.integer(at: 0) ?? 0, statement.integer(at: 1) ?? 0))
            }
            return found
        }
    }

    /// - Returns: How many hours' detail was forgotten.
    @discardableResult
    private mutating func forgetDetail(
        upTo last: Int64, atMost limit: Int = .max, _ connection: borrowing Connection
    ) throws -> Int {
        let found = try oldest(Self.oldDetailQuery, upTo: last, atMost: limit, connection)
        for block in found {
            try connection.change("DELETE FROM sample_detail WHERE block_id = ?1", block.id)
            try connection.change(
                "UPDATE sample_block SET has_detail = 0 WHERE id = ?1", block.id)
            report.detailBytes += block.bytes
        }
        report.detailCount += found.count
        budget -= found.count
        return found.count
    }

    @discardableResult
    private mutating func forgetLogs(
        upTo last: Int64, atMost limit: Int = .max, _ connection: borrowing Connection
    ) throws -> Int {
        let found = try oldest(Self.oldLogsQuery, upTo: last, atMost: limit, connection)
        for log in found {
            try connection.change("DELETE FROM run_log WHERE rowid = ?1", log.id)
            report.logBytes += log.bytes
        }
        report.logCount += found.count
        budget -= found.count
        return found.count
    }

    /// Those whose detail is forgotten; that goes before. Those of a run that is not closed stay: its
    /// summary is still to be made from them.
    @discardableResult
    private mutating func forgetSummaries(
        upTo last: Int64, atMost limit: Int = .max, _ connection: borrowing Connection
    ) throws -> Int {
        let count = try connection.change(
            """
            DELETE FROM sample_block WHERE id IN (SELECT id FROM sample_block
                WHERE has_detail = 0 AND at_ms <= ?1
                    AND run_id NOT IN (SELECT id FROM run WHERE sample_count IS NULL)
                ORDER BY at_ms LIMIT ?2)
            """, last, Int64(min(budget, limit)))
        report.summaryCount += count
        budget -= count
        return count
    }

    @discardableResult
    private mutating func forgetMoments(
        upTo last: Int64, atMost limit: Int = .max, _ connection: borrowing Connection
    ) throws -> Int {
        let count = try connection.change(
            """
            DELETE FROM final_moments WHERE run_id IN (SELECT run_id FROM final_moments
                WHERE last_at_ms <= ?1 ORDER BY last_at_ms LIMIT ?2)
            """, last, Int64(min(budget, limit)))
        report.finalMomentsCount += count
        budget -= count
        return count
    }

    /// Neither gaps nor sessions have an order by age, but the keys of both grow with time: what is
    /// old is among the first.
    private mutating func forgetGaps(
        upTo cutoff: Timestamp, _ connection: borrowing Connection
    ) throws {
        let count = try connection.change(
            """
            DELETE FROM gap WHERE to_at_ms <= ?1 AND (run_id, from_at_ms, reason) IN (
                SELECT run_id, from_at_ms, reason FROM gap
                ORDER BY run_id, from_at_ms, reason LIMIT ?2)
            """, cutoff.unixMilliseconds, Int64(budget))
        report.gapCount += count
        budget -= count
    }

    /// A run that is not closed may need the last sign of life of its recorder.
    private mutating func forgetSessions(
        upTo cutoff: Timestamp, _ connection: borrowing Connection
    ) throws {
        let count = try connection.change(
            """
            DELETE FROM recorder_session WHERE heartbeat_at_ms <= ?1
                AND coalesce(ended_at_ms, heartbeat_at_ms) <= ?1
                AND NOT EXISTS (SELECT 1 FROM run AS r WHERE r.id = recorder_session.run_id
                    AND (r.sample_count IS NULL OR r.status = 'Running'))
                AND id IN (SELECT id FROM recorder_session ORDER BY id LIMIT ?2)
            """, cutoff.unixMilliseconds, Int64(budget))
        report.sessionCount += count
        budget -= count
    }

    // MARK: By size

    private mutating func shrink(to cap: Int64, _ connection: borrowing Connection) throws {
        let goal = cap - cap / 20
        guard try connection.usedBytes > (report.isShrinking ? goal : cap) else {
            report.isShrinking = false
            return
        }
        // Looked at again after a few, as only pages that are wholly empty make room.
        let few = 16
        while budget > 0, try connection.usedBytes > goal {
            if try forgetOldestDetailOrLogs(atMost: few, connection) > 0 { continue }
            let moments = try connection.oldest("SELECT min(last_at_ms) FROM final_moments")
            let summary = try connection.oldest(
                "SELECT min(at_ms) FROM sample_block WHERE has_detail = 0")
            let isForgotten =
                if let moments, moments <= summary ?? .max {
                    try forgetMoments(upTo: summary ?? .max, atMost: few, connection)
                } else {
                    try forgetSummaries(upTo: moments ?? .max, atMost: few, connection)
                }
            if isForgotten == 0 { break }
        }
        report.isShrinking = try budget == 0 && connection.usedBytes > goal
        let excess = try connection.usedBytes - cap
        if !report.isShrinking, excess > 0 { report.excessBytes = excess }
    }

    /// Whichever of the two has the older things; with a log goes no hour that begins after it.
    private mutating func forgetOldestDetailOrLogs(
        atMost limit: Int, _ connection: borrowing Connection
    ) throws -> Int {
        let log = try connection.oldest("SELECT min(taken_at_ms) FROM run_log")
        let detail = try connection.oldest(
            "SELECT min(at_ms) FROM sample_block WHERE has_detail = 1")
        return if let log, log <= detail ?? .max {
            try forgetLogs(upTo: detail ?? .max, atMost: limit, connection)
        } else {
            try forgetDetail(upTo: log ?? .max, atMost: limit, connection)
        }
    }

    static let oldLogsQuery = """
        SELECT rowid, length(tail) FROM run_log
        WHERE taken_at_ms <= ?1 ORDER BY taken_at_ms LIMIT ?2
        """

    static let oldDetailQuery = """
        SELECT b.id, length(d.detail)
        FROM sample_block AS b LEFT JOIN sample_detail AS d ON d.block_id = b.id
        WHERE b.has_detail = 1 AND b.at_ms <= ?1 ORDER BY b.at_ms LIMIT ?2
        """
}

extension Connection {
    /// Bytes of pages that hold something.
    fileprivate var usedBytes: Int64 {
        get throws { try (pageCount - freePageCount) * pageSize }
    }

    /// - Returns: How many rows were changed.
    @discardableResult
    fileprivate func change(_ sql: String, _ values: Int64...) throws -> Int {
        try withStatement(sql) { statement in
            for (place, value) in values.enumerated() {
                try statement.bind(value, at: Int32(place) + 1)
            }
            _ = try statement.step()
            return Int(changes)
        }
    }

    fileprivate func oldest(_ sql: String) throws -> Int64? {
        try withStatement(sql) { try $0.step() ? $0.integer(at: 0) : nil }
    }
}
