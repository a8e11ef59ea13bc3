import ArgumentParser

/// How `query series` prints what it found.
enum SeriesFormat: String, CaseIterable, ExpressibleByArgument, Hashable, Sendable {
    case table, csv, json, ndjson
    /// OpenMetrics text, with the times of the samples.
    case openmetrics

    /// The format that other commands have, too; `nil` of OpenMetrics.
    var common: OutputFormat? { OutputFormat(rawValue: rawValue) }
}

/// How `db export` writes intervals.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument, Hashable, Sendable {
    case csv, ndjson
    /// OpenMetrics text, with the times of the samples.
    case openmetrics

    /// The format that other commands have, too; `nil` of OpenMetrics.
    var common: OutputFormat? { OutputFormat(rawValue: rawValue) }
}
