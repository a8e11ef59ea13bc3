import ArgumentParser

/// How a command prints what it found: `--format`.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Hashable, Sendable {
    /// Aligned, human-scaled, in local time: for eyes.
    case table
    /// RFC 4180 with a header row, base units, UTC.
    case csv
    /// One indented object whose list is named for the command.
    case json
    /// One object a line.
    case ndjson
}
