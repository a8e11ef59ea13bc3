internal import ArgumentParser

/// How `query series` prints what it found: as other queries do, or as OpenMetrics text.
struct SeriesPrintingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "table, csv, json (one object), ndjson (one object a line) or openmetrics.",
            valueName: "format"))
    var format = SeriesFormat.table

    @OptionGroup var tables: TableOptions

    /// The options of other queries; OpenMetrics text is printed as data is.
    var common: PrintingOptions {
        var options = PrintingOptions()
        options.format = format.common ?? .csv
        options.raw = tables.raw
        options.noPager = tables.noPager
        return options
    }
}

/// How tables are shown.
struct TableOptions: ParsableArguments {
    @Flag(
        help: """
            Tables with plain numbers, as the data formats have them: bytes, nanoseconds, \
            milliseconds, percent with two decimals, UTC times.
            """)
    var raw = false

    @Flag(
        name: .customLong("no-pager"),
        help: """
            Print long tables straight to the terminal, not through $VARVE_PAGER, $PAGER or less.
            """)
    var noPager = false
}
