internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve query usage`.
struct QueryUsage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "What runs used, put together by sandbox, label, day or month.",
        discussion: """
            A window cuts runs exactly: what was used from a to b and from b to c adds up to what was \
            used from a to c. Days and months are those of the local time zone, or of UTC with --utc.

              varve query usage --by label:team,month --since 2026-11-01
              varve query usage --by day --sandbox 'web-*' --since 7d
            """)

    @Option(
        name: .customLong("by"), parsing: .singleValue,
        help: ArgumentHelp(
            "sandbox, label:KEY, day or month, or several separated by commas.",
            valueName: "groups"))
    var groups: [UsageGroupsArgument] = [.standard]

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var window: WindowOptions

    @Flag(help: "Days and months of UTC.")
    var utc = false

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        var groupings: [UsageGrouping] = []
        for grouping in groups.flatMap(\.groupings) where !groupings.contains(grouping) {
            groupings.append(grouping)
        }
        let now = Timestamp.now()
        let query = filter.query(range: try window.range(now: now))
        let progress = ProgressLine()
        let (report, emptyNote) = try catalog.reading { reader in
            let report = try reader.usage(
                by: groupings, matching: query, zone: utc ? .utc : .current, now: now
            ) { reached in
                progress.say(
                    "added up \(reached.runCount) runs, \(reached.hourCount) hours of rows")
            }
            return (
                report, report.groups.isEmpty ? try reader.note(onNothingFitting: query) : ""
            )
        }
        progress.end()
        let isTable = printing.format == .table
        var records = report.groups.map { UsageRecord(keys: $0.keys, $0.range, $0.usage) }
        // A total of one is no news.
        if records.count > (isTable ? 1 : 0) {
            records.append(UsageRecord(keys: nil, report.range, report.total))
        }
        try printing.print(
            records, UsageFields.all(by: groupings, of: records), listName: "usage",
            emptyNote: emptyNote)
        for problem in report.problems { Console.say("warning: \(problem)".escapedForDisplay) }
        if isTable, report.total.isApproximate {
            Console.say(
                "≈ holds hours whose intervals are forgotten: cut in proportion of time, their memory "
                    + "is their average")
        }
    }
}
