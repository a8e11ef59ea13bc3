internal import HistoryModel

/// Turns the lines of a CSV file into rows of runs.
struct CSVImport: ~Copyable {
    private var reader: CSVReader
    private let defaultSandbox: [UInt8]

    init(_ reader: consuming CSVReader, defaultSandbox: String) {
        self.reader = reader
        self.defaultSandbox = Array(defaultSandbox.utf8)
    }

    /// How many lines pass between two calls of `progress`.
    private static let progressStep = 1 << 14

    mutating func collect(
        _ empty: CollectedRuns, _ progress: (ImportFile.Progress) -> Void
    ) throws(ImportError) -> CollectedRuns {
        var runs = empty
        let columns = try header()
        if !columns.unknown.isEmpty {
            let names = columns.unknown.map { "'\($0.escapedForDisplay)'" }
            runs.warnings.append(
                (names.count == 1 ? "column " : "columns ") + names.joined(separator: ", ")
                    + (names.count == 1 ? " is" : " are") + " of no known metric, and left out")
        }
        while try reader.next() {
            try appendLine(columns, to: &runs)
            if runs.rowCount % Self.progressStep == 0 { report(runs, progress) }
        }
        runs.finish()
        report(runs, progress)
        return runs
    }

    private func report(_ runs: CollectedRuns, _ progress: (ImportFile.Progress) -> Void) {
        progress(
            .init(
                done: reader.byteCount, total: reader.file.byteCount, rowCount: runs.rowCount))
    }

    private mutating func header() throws(ImportError) -> CSVColumns {
        guard try reader.next() else {
            throw ImportError(.badColumns, file: reader.file.path, "it is empty")
        }
        let names = reader.fields.map { field in
            reader.text(of: field).split(separator: " ").joined(separator: " ")
        }
        let path = reader.file.path
        let starts = reader.fields.map { $0.start + 1 }
        let line = reader.line
        return try CSVColumns(header: names) { sentence, field in
            ImportError(
                .badColumns, file: path, line: line, column: field.map { starts[$0] } ?? 1,
                sentence)
        }
    }

    private mutating func appendLine(
        _ columns: CSVColumns, to runs: inout CollectedRuns
    ) throws(ImportError) {
        guard reader.fields.count == columns.meanings.count else {
            throw reader.error(
                "this line has \(reader.fields.count) fields, and the first line names "
                    + "\(columns.meanings.count) columns")
        }
        var line = CSVLine()
        for (index, meaning) in columns.meanings.enumerated() {
            let field = reader.fields[index]
            if field.isEmpty { continue }
            let isRead =
                field.isEscaped
                ? line.take(reader.bytes(of: field)[...], as: meaning)
                : line.take(reader.buffer[field.start..<field.end], as: meaning)
            if !isRead { throw unreadable(index, meaning) }
        }
        guard let at = line.at else { throw reader.error("this line has no time") }
        let place = runs.place(
            ofSandbox: line.sandbox ?? defaultSandbox[...], runID: line.runID)
        runs.append(line.row(at: at), to: place)
    }

    private func unreadable(_ index: Int, _ meaning: CSVColumns.Meaning) -> ImportError {
        let text = reader.text(of: reader.fields[index]).escapedForDisplay.truncated(toWidth: 40)
        let what =
            switch meaning {
            case .unixSeconds: "no time in Unix seconds between the years 2000 and 9999"
            case .instant: "no time between the years 2000 and 9999, such as 2026-11-23T03:12:00Z"
            case .runID, .sampleCount, .intervalMilliseconds: "no whole number from 1 on"
            default: "no number"
            }
        return reader.error("'\(text)' is \(what)", field: index)
    }
}
