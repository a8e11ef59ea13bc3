internal import HistoryModel
internal import HistoryStore

/// Keeps a catalog small while it is recorded into: seals hours that are over and forgets what is old,
/// a little at a time.
struct CatalogUpkeep {
    /// What one step has done.
    struct Report {
        var sealedBlockCount: Int64 = 0
        var sealNanoseconds: Int64 = 0
        /// What went wrong, each once; a catalog that is busy is another step's to keep small.
        var problems: [String] = []
    }

    private var lastSealAt: ContinuousClock.Instant?
    private var hasMoreToSeal = false
    private var closedRunCount = 0
    private var lastPruneAt: ContinuousClock.Instant?
    private var lastPrune: PruneReport?
    private var toldProblems: Set<String> = []
    private var start: (wall: Timestamp, clock: ContinuousClock.Instant)?

    /// Blocks that one step may seal, and things and pages that it may forget: some ten milliseconds.
    private static let sealLimit = 16
    private static let pruneLimit = 256
    /// How often it is looked for what is to be done, if there is no reason to look at once.
    private static let pause = Duration.seconds(60)

    /// Does a little.
    ///
    /// - Parameters:
    ///   - interval: how long a row covers: the last row of an hour is written that much later.
    ///   - isTrimming: whether the catalog's log is cut now and then, which waits for the disk.
    ///   - closedRunCount: how many runs were closed so far: those that were just now are sealed.
    mutating func step(
        _ catalog: borrowing Catalog, interval: Duration, isTrimming: Bool, closedRunCount: Int,
        now: Timestamp
    ) -> Report {
        var report = Report()
        let clock = ContinuousClock.now
        do {
            try seal(catalog, interval: interval, closedRunCount, now: now, clock, &report)
        } catch {
            tell("hours cannot be sealed for now: \(error)", of: error, &report)
        }
        var isDone = false
        do {
            isDone = try prune(catalog, now: now, clock, &report)
        } catch {
            tell("nothing can be forgotten for now: \(error)", of: error, &report)
        }
        do {
            if isTrimming, isDone { try catalog.trimJournal() }
        } catch {
            tell("the catalog's log cannot be cut for now, and grows: \(error)", of: error, &report)
        }
        return report
    }

    private mutating func seal(
        _ catalog: borrowing Catalog, interval: Duration, _ closedRunCount: Int, now: Timestamp,
        _ clock: ContinuousClock.Instant, _ report: inout Report
    ) throws(StoreError) {
        let isDue = lastSealAt.map { clock - $0 >= Self.pause } ?? true
        guard isDue || hasMoreToSeal || closedRunCount != self.closedRunCount else { return }
        // Rows of an hour may come for an interval, and a little for the flush itself.
        let margin = interval.milliseconds.addingReportingOverflow(2_000)
        let settled = now.advanced(byMilliseconds: -(margin.overflow ? 2_000 : margin.partialValue))
        let sealed = try catalog.seal(before: settled, limit: Self.sealLimit)
        lastSealAt = clock
        hasMoreToSeal = sealed.hasMore
        self.closedRunCount = closedRunCount
        report.sealedBlockCount = Int64(sealed.blockCount)
        report.sealNanoseconds = sealed.blockCount > 0 ? sealed.duration.nanoseconds : 0
        for problem in sealed.problems { tell(problem, &report) }
    }

    /// - Returns: Whether it was looked, and nothing is left to be forgotten.
    private mutating func prune(
        _ catalog: borrowing Catalog, now: Timestamp, _ clock: ContinuousClock.Instant,
        _ report: inout Report
    ) throws(StoreError) -> Bool {
        let start = start ?? (now, clock)
        self.start = start
        // A clock that was set forward makes nothing old.
        let passed = Duration.milliseconds(now.milliseconds(since: start.wall))
        guard passed - (clock - start.clock) < .seconds(3600) else {
            tell(
                "nothing is forgotten: the wall clock was set forward since this recorder began",
                &report)
            return false
        }
        let hasMore = lastPrune?.hasMore ?? false
        guard hasMore || lastPruneAt.map({ clock - $0 >= Self.pause }) ?? true else {
            return false
        }
        lastPruneAt = clock
        let pruned = try catalog.prune(
            now: now, limit: Self.pruneLimit, continuing: hasMore ? lastPrune : nil)
        lastPrune = pruned
        if pruned.excessBytes != nil {
            tell(
                "the catalog is larger than --max-size allows, and nothing is left in it that may be "
                    + "forgotten", &report)
        }
        return !pruned.hasMore
    }

    private mutating func tell(
        _ problem: String, of error: StoreError, _ report: inout Report
    ) {
        if !error.isBusy { tell(problem, &report) }
    }

    private mutating func tell(_ problem: String, _ report: inout Report) {
        // What is wrong with a catalog is met again each time; so many different things are told.
        guard toldProblems.count < 100, toldProblems.insert(problem).inserted else { return }
        report.problems.append(problem)
    }
}
