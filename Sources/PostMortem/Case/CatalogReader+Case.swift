public import HistoryModel
public import HistoryStore

extension CatalogReader {
    /// All that the catalog knows of a run and of what was around it.
    ///
    /// ```swift
    /// let postMortem = PostMortem(of: try reader.caseFile(of: RunReference("build"), askedAt: .now()))
    /// print(postMortem.verdict.sentence)
    /// ```
    ///
    /// - Parameter lookingAround: Whether other runs of the machine are looked at. That takes a look at
    ///   every run that had begun by then, for findings that no verdict rests on.
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is no such run. What of it
    ///   cannot be read is among the problems of the case.
    /// - Complexity: of a run of up to a week it decodes every hour, of a longer one the last only.
    public func caseFile(
        of reference: RunReference, askedAt: Timestamp, lookingAround: Bool = true
    ) throws(StoreError) -> CaseFile {
        let run = try self.run(reference)
        let exact = RunReference("\(run.id)")
        let end = run.terminatedAt ?? askedAt
        var overview = SeriesQuery(
            CaseFile.columns, step: .automatic(maximumPoints: CaseFile.stepLimit))
        let length = end.milliseconds(since: run.startedAt)
        overview.prefersSummaries = length > CaseFile.longestDecoded
        var file = CaseFile(
            of: run, askedAt: askedAt, history: try series(of: exact, overview, now: askedAt))
        file.problems = file.history.problems
        do throws(StoreError) {
            file.moments = (try finalMoments(of: run.id) ?? []).sorted { $0.at < $1.at }
        } catch {
            guard error.code == .malformed else { throw error }
            file.problems.append(error.description)
        }
        if file.moments.isEmpty {
            let range = TimeRange(from: end.advanced(byMilliseconds: -CaseFile.recentLength))
            let recent = try series(
                of: exact, SeriesQuery(CaseFile.columns, in: range), now: askedAt)
            // The hour may be the same that the overview could not read.
            for problem in recent.problems where !file.problems.contains(problem) {
                file.problems.append(problem)
            }
            file.recent = recent
        }
        if run.source.kind == .microsandbox, try hasSeveralHomes() { file.home = run.source.home }
        file.events = try lifecycle(of: run.id)
        file.logs = try logs(of: run.id)
        file.earlier = try runs(before: run, limit: CaseFile.earlierLimit)
        if lookingAround {
            file.neighbours = try neighbours(of: file, now: askedAt)
        }
        return file
    }

    /// The largest users of the machine in the time before its end.
    private func neighbours(
        of file: CaseFile, now: Timestamp
    ) throws(StoreError) -> [Neighbour] {
        let uses = try use(
            besides: file.run, from: file.end.advanced(byMilliseconds: -file.neighbourWindow),
            to: file.end, limit: CaseFile.neighboursLookedAt, now: now)
        let neighbours = uses.map { use in
            var neighbour = Neighbour(run: use.run)
            neighbour.cpuCentipercent = use.cpuCentipercent
            neighbour.memoryBytes = use.memoryBytes
            neighbour.diskBytesPerSecond = use.diskBytesPerSecond
            neighbour.netBytesPerSecond = use.netBytesPerSecond
            return neighbour
        }
        return Array(
            neighbours.sorted { ($0.size, $0.run.id) > ($1.size, $1.run.id) }
                .prefix(CaseFile.neighbourLimit))
    }
}

extension Neighbour {
    /// How much of a machine it takes, to put the large ones first: a core weighs as much as 2 GiB of
    /// memory or 100 MiB of storage a second, which is about what a core's share of a server is.
    fileprivate var size: Double {
        (cpuCentipercent ?? 0) / 10_000 + (memoryBytes ?? 0) / 2_147_483_648
            + (diskBytesPerSecond ?? 0) / 104_857_600
    }
}

extension CaseFile {
    /// So many steps are as much as a wide screen can show.
    static let stepLimit = 400
    /// Of runs that took longer, in milliseconds, the hours' summaries are taken: a week.
    static let longestDecoded: Int64 = 7 * 86_400_000
    /// How much of the end is read as recorded where no moments were kept, in milliseconds.
    static let recentLength: Int64 = 600_000
    /// So many earlier runs tell what is usual.
    static let earlierLimit = 50
    /// How long before the end a neighbour's use counts, in milliseconds: not before the run began, but
    /// for as long as an interval is.
    var neighbourWindow: Int64 { min(90_000, max(10_000, length)) }
    /// So many neighbours are looked at.
    static let neighboursLookedAt = 200
    /// So many are kept.
    static let neighbourLimit = 5
}
