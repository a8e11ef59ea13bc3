internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore
internal import SQLite

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// `varve query sql`.
struct QuerySQL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Ask the catalog in SQL.",
        discussion: """
            One statement that reads; nothing can be changed with it. Times are Unix milliseconds in \
            columns named ..._at_ms, CPU is in hundredths of a percent in ..._centipercent.

              interval        every interval of every run: run_id, sandbox, at_ms,
                              cpu_max_centipercent, memory_max_bytes, ...; also at
                              (RFC 3339). Fast by run_id, sandbox and at_ms
              run, sandbox, source, run_label, lifecycle_event, gap
                              as they are stored
              sample_block    the summary of each sealed hour
              run_view, usage_view, event_view, gap_view
                              with Unix seconds, for people and for Grafana

            docs/sql.md describes every column.

            Examples:
              varve query sql 'SELECT max(memory_max_bytes) FROM interval'
              varve query sql "SELECT name FROM pragma_table_info('run_view')"
              varve query sql - --format csv < report.sql
            """)

    @Argument(
        help: ArgumentHelp("The statement; - reads it from standard input.", valueName: "sql"))
    var sql: String

    @Option(help: ArgumentHelp("At most so many rows, or 'unlimited'.", valueName: "count"))
    var limit = RowLimitArgument.standard

    @Option(
        help: ArgumentHelp(
            "For so long the statement may take, the printing of rows as they come included: "
                + "30s, 5m, or 'unlimited'.",
            valueName: "duration"))
    var timeout = TimeLimitArgument.standard

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let text = try sql == "-" ? Self.standardInput() : sql
        Interruption.expect()
        let limits = CatalogReader.StatementLimits(
            rows: limit.count, time: timeout.duration,
            shouldStop: { Interruption.signalNumber != nil })
        do {
            try catalog.reading { reader in
                try printing.printing { output, terminal in
                    try answer(text, limits, of: reader, to: output, on: terminal)
                }
            }
        } catch let error as StoreError {
            try Self.say(error, about: text)
        }
    }

    private func answer(
        _ text: String, _ limits: CatalogReader.StatementLimits,
        of reader: borrowing CatalogReader, to output: StandardOutput, on terminal: Terminal
    ) throws {
        var printer: RowPrinter<StandardOutput>?
        let end = try reader.query(text, limits: limits) { names in
            printer = try RowPrinter(names, as: printing.format, to: output, on: terminal)
        } row: { values in
            try printer?.add(values)
        }
        try printer?.finish()
        // What is on a terminal stands before what is said of it.
        try output.flush()
        for problem in end.problems { Console.say("warning: \(problem)".escapedForDisplay) }
        if end.isCut {
            Console.say(
                "only the first \(end.rowCount) rows are shown; --limit N or --limit unlimited gives "
                    + "more")
        }
        if end.rowCount == 0, printing.format == .table { Console.say("no rows") }
    }

    /// Says what is wrong with the statement, and where, and ends with the code that is promised.
    private static func say(_ error: StoreError, about text: String) throws -> Never {
        switch error.code {
        case .statement:
            Console.say("error: \(error)".escapedForDisplay)
            if let offset = error.cause?.offset {
                let width = Terminal.of(descriptor: 2).columns ?? 100
                Console.write(StatementExcerpt(of: text, at: offset, width: width).text)
            }
            throw ExitCode(64)
        case .timeLimit:
            Console.say("error: \(error) with --timeout".escapedForDisplay)
            throw ExitCode.failure
        case .stopped:
            Console.say("interrupted; what was printed is incomplete")
            throw ExitCode(128 + (Interruption.signalNumber ?? 0))
        default: throw error
        }
    }

    /// The statement that comes on standard input.
    private static func standardInput() throws -> String {
        // SQLite takes a million bytes by default.
        let most = 1_000_000
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= most {
            // An array that has so much room.
            let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ValidationError(
                    unsafe "the statement cannot be read from standard input: \(String(cString: strerror(errno)))"
                )
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
        throw ValidationError("the statement on standard input is longer than a million bytes")
    }
}

/// How many rows: a number, or `unlimited`.
struct RowLimitArgument: ExpressibleByArgument, Hashable {
    /// `nil` is all.
    let count: Int?

    static let standard = RowLimitArgument(count: 10_000)

    private init(count: Int?) {
        self.count = count
    }

    init?(argument: String) {
        if argument == "unlimited" {
            count = nil
        } else {
            guard let count = Int(argument), count >= 0 else { return nil }
            self.count = count
        }
    }

    var defaultValueDescription: String { count.map(String.init) ?? "unlimited" }
}

/// For how long: a duration, or `unlimited`.
struct TimeLimitArgument: ExpressibleByArgument, Hashable {
    /// `nil` is for as long as it takes.
    let duration: Duration?

    private let text: String

    static let standard = TimeLimitArgument(duration: .seconds(30), text: "30s")

    private init(duration: Duration?, text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        if argument == "unlimited" {
            self.init(duration: nil, text: argument)
        } else {
            guard let duration = DurationArgument(argument: argument) else { return nil }
            self.init(duration: duration.duration, text: argument)
        }
    }

    var defaultValueDescription: String { text }
}
