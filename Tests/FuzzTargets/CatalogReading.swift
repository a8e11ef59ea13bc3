internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import PostMortem

/// What the command reads of a catalog, part by part.
enum CatalogReading: CaseIterable {
    case problems, summary, runs, events, series, postMortem, moment, top, usage, report, plainCopy
    case openMetrics, bundle, sql, keeping, comparison

    static let now = SmallCatalog.noon.advanced(byMilliseconds: 7_200_000)
    private static let zone = LocalZone.fixed(secondsEast: 3_600)
    private static let before = SmallCatalog.noon.advanced(byMilliseconds: -86_400_000)

    /// Reads this part of the catalog `file`.
    func read(_ file: ScratchFile) throws {
        let reader = try CatalogReader(path: file.path)
        let now = Self.now
        switch self {
        case .problems:
            for problem in try reader.problems() { try Harmless.check(text: problem, of: "check") }
        case .summary:
            _ = try reader.summary()
            _ = try reader.recorderSessions()
            _ = try reader.sandboxNames(beginningWith: "", limit: 10)
        case .runs:
            for key in RunOrder.Key.allCases {
                _ = try reader.runs(matching: RunQuery(order: RunOrder(key)))
            }
        case .events: _ = try reader.events(matching: EventQuery())
        case .series:
            for run in try Self.someRuns(reader) { try Self.readSeries(reader, of: run) }
        case .postMortem:
            for run in try Self.someRuns(reader) { try Self.readCase(reader, of: run) }
        case .comparison:
            for run in try Self.someRuns(reader) { try Self.compare(reader, run) }
        case .moment:
            for at in [SmallCatalog.noon.advanced(byMilliseconds: 3_010_000), now] {
                _ = try reader.moment(
                    at: at, around: .seconds(300), includingLongEnded: true, now: now)
            }
        case .top: try Self.readTop(reader)
        case .usage:
            _ = try reader.usage(
                by: [.sandbox, .label("team"), .calendar(.day)],
                matching: RunQuery(range: TimeRange(from: Self.before, until: now)),
                zone: Self.zone, now: now)
        case .report: try Self.readReport(reader)
        case .plainCopy: _ = try reader.writePlainCopy(to: file.free("plain.db"), now: now)
        case .openMetrics: _ = try reader.writeOpenMetrics(matching: RunQuery()) { _ in }
        case .bundle:
            for run in try Self.someRuns(reader) {
                let path = file.free("bundle.db")
                _ = try reader.writeBundle(of: RunReference("\(run.id)"), to: path, now: now)
                _ = try CatalogReader(path: path).runs()
            }
        case .sql:
            _ = try reader.query("SELECT *, at, time FROM interval") { _ in
            } row: { _ in
            }
        case .keeping: try Self.keep(reader.path)
        }
    }

    private static func someRuns(_ reader: borrowing CatalogReader) throws -> [Run] {
        Array(try reader.runs().prefix(4))
    }

    private static func readTop(_ reader: borrowing CatalogReader) throws {
        for resource in TopQuery.Resource.allCases {
            for measure in TopQuery.Measure.allCases {
                _ = try reader.top(
                    TopQuery(by: resource, measure, per: .run, precision: .interval), now: now)
            }
        }
    }

    private static func readSeries(_ reader: borrowing CatalogReader, of run: Run) throws {
        let reference = RunReference("\(run.id)")
        var columns: [Series.Column] = []
        for metric in Metric.allCases {
            for statistic in Statistic.allCases { columns.append(.init(metric, statistic)) }
        }
        for step in [SeriesQuery.Step.recorded, .automatic(maximumPoints: 100)] {
            _ = try reader.series(of: reference, SeriesQuery(columns, step: step), now: now)
        }
        _ = try reader.finalSeries(of: reference, SeriesQuery(columns))
        _ = try reader.lifecycle(of: run.id)
        _ = try reader.logs(of: run.id)
    }

    private static func postMortem(
        _ reader: borrowing CatalogReader, of run: Run
    ) throws -> PostMortem {
        PostMortem(of: try reader.caseFile(of: RunReference("\(run.id)"), askedAt: now))
    }

    private static func readCase(_ reader: borrowing CatalogReader, of run: Run) throws {
        let postMortem = try postMortem(reader, of: run)
        for line in PostMortemPage(postMortem, zone: zone).lines {
            try Harmless.check(text: line.text, of: "a post-mortem")
            try require(!line.text.contains("\n"), "a line of a post-mortem is two")
        }
        try Harmless.check(
            markdown: MarkdownDocument(postMortem).text, of: "a post-mortem in Markdown")
        let page = BrowserPage(of: postMortem, in: zone).html.markup
        try Harmless.check(page: page, scripts: 8, of: "a page of a post-mortem")
        try require(!page.contains("<script>alert"), "a page runs what it shows")
    }

    private static func compare(_ reader: borrowing CatalogReader, _ run: Run) throws {
        let first = try postMortem(reader, of: run)
        let comparison = RunComparison(first, first)
        for line in ComparisonPage(comparison, zone: zone).lines {
            try Harmless.check(text: line.text, of: "a comparison")
        }
        try Harmless.check(
            markdown: ComparisonPage.markdown(comparison), of: "a comparison in Markdown")
        let page = ComparisonBrowserPage(of: comparison, in: zone).html.markup
        try require(!page.contains("<script>alert"), "a page runs what it shows")
    }

    private static func readReport(_ reader: borrowing CatalogReader) throws {
        let report = try reader.report(
            from: before, until: now, zone: zone, now: now)
        for line in ReportPage(report, zone: zone).lines {
            try Harmless.check(text: line.text, of: "a report")
        }
        try Harmless.check(markdown: ReportPage.markdown(report), of: "a report in Markdown")
        let page = ReportBrowserPage(of: report, in: zone).html.markup
        try require(!page.contains("<script>alert"), "a page runs what it shows")
    }

    /// What a recorder does that finds such a catalog.
    private static func keep(_ path: String) throws {
        let catalog = try Catalog(path: path, now: now, patience: .zero)
        _ = try catalog.reconcile(
            on: Host(name: "h", bootID: "c"), now: now, evidence: NoEvidence())
        _ = try catalog.seal(before: now, limit: 100)
        _ = try catalog.prunePlan(now: now, retention: Retention())
        _ = try catalog.prune(now: now, limit: 100)
    }
}

/// Nothing outside the catalog tells anything.
private struct NoEvidence: AbandonedRunEvidence {
    func isRunning(_ process: ProcessIdentity) -> Bool { false }
    func lastSample(of run: AbandonedRun) -> Sample? { nil }
    var bootedAt: Timestamp? { nil }
}
