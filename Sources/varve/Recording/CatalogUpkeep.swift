internal import HistoryModel
internal import HistoryStore

/// Keeps a catalog small while it is recorded into: seals hours that are over and forgets what is old,
/// a little at a time.
struct CatalogUpkeep {
    /// What one step has done.
    struct Report {
        var sealedBlockCount: Int64 = 0
        var sealNanoseconds: Int64 = 0
        var problems: [String] = []
    }

    private var lastPruneAt: ContinuousClock.Instant?
    private var lastPrune: PruneReport?
    private var hasMoreToPrune = false

    /// Blocks and pages that one step may take: some tens of milliseconds.
    private static let sealLimit = 16
    private static let pruneLimit = 256
    /// How often it is looked for what is too old.
    private static let pruneInterval = Duration.seconds(60)

    /// Does a little, at most ``sealLimit`` blocks of work.
    ///
    /// - Parameters:
    ///   - interval: how long a row covers: the last row of an hour is written that much later.
    ///   - isTrimming: whether the catalog's log is cut now and then, which waits for the disk.
    mutating func step(
        _ catalog: borrowing Catalog, interval: Duration, isTrimming: Bool, now: Timestamp
    ) throws(StoreError) -> Report {
        var report = Report()
        // Rows of an hour may come for an interval, and a little for the flush itself.
        let margin = interval.milliseconds.addingReportingOverflow(2_000)
        let settled = now.advanced(byMilliseconds: -(margin.overflow ? 2_000 : margin.partialValue))
        let sealed = try catalog.seal(before: settled, limit: Self.sealLimit)
        report.sealedBlockCount = Int64(sealed.blockCount)
        report.sealNanoseconds = sealed.blockCount > 0 ? sealed.duration.nanoseconds : 0
        report.problems = sealed.problems
        let clockNow = ContinuousClock.now
        let isDue = lastPruneAt.map { clockNow - $0 >= Self.pruneInterval } ?? true
        if isDue || hasMoreToPrune {
            lastPruneAt = clockNow
            let pruned = try catalog.prune(
                now: now, limit: Self.pruneLimit, continuing: hasMoreToPrune ? lastPrune : nil)
            lastPrune = pruned
            hasMoreToPrune = pruned.hasMore
            if let excess = pruned.excessBytes {
                report.problems.append(
                    "the catalog is larger than it may be, and nothing is left in it that may be "
                        + "forgotten: raise --max-size by \(ByteText.format(excess)) at least")
            }
            if isTrimming, !pruned.hasMore { catalog.trimJournal() }
        }
        return report
    }
}
