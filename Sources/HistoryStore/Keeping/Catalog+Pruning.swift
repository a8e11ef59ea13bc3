public import HistoryModel
internal import SQLite

extension Catalog {
    /// Forgets a little of what is too old, or too much, and gives pages back to the file system.
    ///
    /// Detail goes before summaries, and with it the ends of what runs wrote as text. With the summaries of an hour go, in time, the final moments, the
    /// gaps, and the lives of recorders of which the run is closed: what is left of a run is its row
    /// and its lifecycle. Rows that are not sealed are never forgotten.
    ///
    /// Where the catalog is larger than it may be, the oldest of detail and texts goes until a twentieth is free,
    /// then the oldest final moments and summaries.
    ///
    /// - Parameters:
    ///   - limit: At most so many things are forgotten, and so many pages returned; one transaction.
    ///   - retention: What to go by; `nil` is ``retention``.
    ///   - previous: What the step before has done, where this one continues it.
    public func prune(
        now: Timestamp, limit: Int, retention: Retention? = nil,
        continuing previous: PruneReport? = nil
    ) throws(StoreError) -> PruneReport {
        try write { connection in
            var step = PruneStep(
                now: now, retention: try retention ?? connection.retention(), limit: limit,
                isShrinking: previous?.isShrinking ?? false)
            try step.run(on: connection)
            return step.report
        }
    }

    /// What pruning to the end, and returning all free pages, would do. Does it, and takes it back:
    /// other writers wait meanwhile.
    public func prunePlan(
        now: Timestamp, retention: Retention? = nil
    ) throws(StoreError) -> PruneReport {
        struct TakenBack: Error { var report: PruneReport }
        do {
            try connection.transaction(.immediate, retryingFor: patience) {
                var step = PruneStep(
                    now: now, retention: try retention ?? connection.retention(), limit: .max,
                    isShrinking: false)
                try step.run(on: connection)
                var report = step.report
                report.returnedBytes += try connection.returnFreePages(.max, leaving: 0)
                report.databaseBytes = try connection.pageCount * connection.pageSize
                throw TakenBack(report: report)
            }
            return PruneReport()
        } catch let taken as TakenBack {
            return taken.report
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Gives pages that hold nothing back to the file system, at most `limit`.
    ///
    /// - Returns: How many bytes.
    public func returnFreePages(limit: Int) throws(StoreError) -> Int64 {
        try write { connection in try connection.returnFreePages(limit, leaving: 0) }
    }

    /// Writes the log back into the catalog and cuts its file to nothing, where no reader is in the
    /// way; else another time will do. Where it was done, all of the catalog is on the disk.
    ///
    /// - Throws: ``StoreError`` if the disk does not let it: what was written is in the log, which grows.
    public func trimJournal() throws(StoreError) {
        do {
            _ = try connection.truncateJournal()
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

extension Connection {
    /// - Returns: How many bytes were returned.
    func returnFreePages(_ limit: Int, leaving slack: Int64) throws -> Int64 {
        let free = try freePageCount
        guard free > slack, limit > 0 else { return 0 }
        let before = try pageCount
        try incrementalVacuum(pages: Int(min(free - slack, Int64(limit))))
        return try (before - pageCount) * pageSize
    }
}
