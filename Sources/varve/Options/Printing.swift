internal import ArgumentParser
internal import HistoryModel

/// How a command prints what it found.
struct PrintingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "table, csv, json (one object) or ndjson (one object a line).", valueName: "format"))
    var format = OutputFormat.table

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
    func printing(_ body: (StandardOutput, Terminal) throws -> Void) throws {
        var terminal = Terminal.of()
        terminal.showsBaseUnits = raw
        try StandardOutput.printing(
            on: terminal, throughPager: format == .table && !noPager, body)
    }

    /// Runs `body` with standard output and never a pager, for what is printed as it happens.
    func streaming(_ body: (StandardOutput, Terminal) throws -> Void) throws {
        var plain = self
        plain.noPager = true
        try plain.printing(body)
    }
}

extension StandardOutput {
    /// Runs `body` with standard output; a reader that goes away ends the program quietly.
    ///
    /// - Parameter throughPager: Whether what is longer than the terminal goes through a pager.
    static func printing(
        on terminal: Terminal, throughPager: Bool,
        _ body: (StandardOutput, Terminal) throws -> Void
    ) throws {
        let output = throughPager ? paged(on: terminal) : StandardOutput()
        do {
            try body(output, terminal)
            try output.flush()
            output.endPaging()
        } catch {
            let wasPaged = output.endPaging()
            guard let error = error as? OutputError, error.isClosedPipe else { throw error }
            // Who leaves the pager early has seen enough, and that is no failure.
            guard wasPaged else { throw ExitCode(error.exitCode) }
        }
    }

    private static func paged(on terminal: Terminal) -> StandardOutput {
        guard terminal.isTerminal, let rows = terminal.rows,
            let pager = Pager(environment: Terminal.variable)
        else { return StandardOutput() }
        return StandardOutput(pager: pager, rows: rows)
    }
}
