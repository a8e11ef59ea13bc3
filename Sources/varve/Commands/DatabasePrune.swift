internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db prune`.
struct DatabasePrune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Forget what is too old, or too much, now.",
        discussion: """
            A recorder does it by itself, a little at a time, by the catalog's own settings; options \
            given here hold for this time only. Detail goes before hourly summaries; runs and their \
            lifecycle stay for ever.
            """)

    @OptionGroup var retention: RetentionOptions

    @Flag(help: "Only tell what would be forgotten.")
    var dryRun = false

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    /// So little that a recorder that waits meanwhile is not kept for long.
    private static let stepLimit = 1_000

    func run() throws {
        let path = try catalog.resolvedPath()
        // Refuses where there is none: one must not be made for this.
        _ = try CatalogReader(path: path)
        let catalog = try Catalog(path: path, now: .now())
        let retention = retention.applied(to: try catalog.retention)
        let report =
            dryRun
            ? try catalog.prunePlan(now: .now(), retention: retention)
            : try Self.prune(catalog, by: retention)
        if printing.format == .table {
            try printing.print(
                Fact.all(of: report),
                Fact.fields(heading: dryRun ? "WOULD PRUNE" : "PRUNED"), listName: "facts",
                emptyNote: "")
        } else {
            try printing.print(
                [report], Self.fields(isDryRun: dryRun), listName: "pruned", emptyNote: "")
        }
        if let excess = report.excessBytes {
            let name = path.escapedForDisplay
            Console.say(
                "\(name) is still \(ByteText.format(excess)) larger than it may be: only runs, their "
                    + "lifecycle and rows that are not sealed yet are left")
        }
    }

    private static func prune(
        _ catalog: borrowing Catalog, by retention: Retention
    ) throws -> PruneReport {
        let now = Timestamp.now()
        let progress = ProgressLine()
        var report = PruneReport()
        repeat {
            let step = try catalog.prune(
                now: now, limit: stepLimit, retention: retention, continuing: report)
            report = report.followed(by: step)
            progress.say(
                "forgot the detail of \(report.detailCount) hours and the summaries of "
                    + "\(report.summaryCount)")
        } while report.hasMore
        while true {
            let returned = try catalog.returnFreePages(limit: stepLimit)
            guard returned > 0 else { break }
            report.returnedBytes += returned
            report.databaseBytes -= returned
            progress.say("returned \(ByteText.format(report.returnedBytes))")
        }
        try catalog.trimJournal()
        return report
    }

    private static func fields(isDryRun: Bool) -> [Field<PruneReport>] {
        [
            Field("is_dry_run") { _ in FieldValue(isDryRun) },
            Field("detail_count") { FieldValue($0.detailCount) },
            Field("detail_bytes") { FieldValue($0.detailBytes) },
            Field("log_count") { FieldValue($0.logCount) },
            Field("log_bytes") { FieldValue($0.logBytes) },
            Field("summary_count") { FieldValue($0.summaryCount) },
            Field("final_moments_count") { FieldValue($0.finalMomentsCount) },
            Field("gap_count") { FieldValue($0.gapCount) },
            Field("recorder_session_count") { FieldValue($0.sessionCount) },
            Field("returned_bytes") { FieldValue($0.returnedBytes) },
            Field("database_bytes") { FieldValue($0.databaseBytes) },
            Field("excess_bytes") { FieldValue($0.excessBytes) },
        ]
    }
}

/// A line of a table of facts.
struct Fact: Sendable {
    let name: String
    let value: String

    static func fields(heading: String) -> [Field<Fact>] {
        [
            Field("fact", heading: heading, isElastic: false) { .text($0.name) },
            Field("value", heading: "") { .text($0.value) },
        ]
    }

    /// `1 run`, `2 runs`.
    static func counted(_ count: some BinaryInteger, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    static func all(of report: PruneReport) -> [Fact] {
        [
            Fact(
                name: "detail",
                value: "\(counted(report.detailCount, "hour")) "
                    + "(\(ByteText.format(report.detailBytes)))"),
            Fact(
                name: "texts", value: "\(report.logCount) (\(ByteText.format(report.logBytes)))"),
            Fact(name: "summaries", value: counted(report.summaryCount, "hour")),
            Fact(name: "final moments", value: "\(report.finalMomentsCount)"),
            Fact(name: "gaps", value: "\(report.gapCount)"),
            Fact(name: "recorders", value: "\(report.sessionCount)"),
            Fact(name: "returned", value: ByteText.format(report.returnedBytes)),
            Fact(name: "size", value: ByteText.format(report.databaseBytes)),
        ]
    }
}
