internal import ArgumentParser
internal import HistoryModel

/// How a command prints what it found.
struct PrintingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "table, csv, json (one object) or ndjson (one object a line).", valueName: "format"))
    var format = OutputFormat.table

    /// Prints `records`, and says `emptyNote` on stderr if a person would otherwise see nothing.
    func print<Record>(
        _ records: some Sequence<Record>, _ fields: [Field<Record>], listName: String,
        emptyNote: String
    ) throws {
        try printing { output, terminal throws(OutputError) in
            let count = try printRecords(
                records, fields, as: format, listName: listName, to: output, on: terminal)
            if count == 0, format == .table { Console.say(emptyNote) }
        }
    }

    /// Runs `body` with standard output; a reader that goes away ends the program quietly.
    func printing(
        _ body: (StandardOutput, Terminal) throws(OutputError) -> Void
    ) throws {
        do throws(OutputError) {
            let output = StandardOutput()
            try body(output, Terminal.of())
            try output.flush()
        } catch {
            guard !error.isClosedPipe else { throw ExitCode(error.exitCode) }
            throw error
        }
    }
}
