internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// `varve top` where no person looks on: a table, or a record for each slot, at each refresh.
struct TopBatch {
    let plan: TopPlan
    let format: OutputFormat

    /// Prints until it is ended, and never more than `plan.count` refreshes. The first is the second
    /// reading: rates need two.
    func run(to output: StandardOutput, on terminal: Terminal) throws(OutputError) {
        var board = plan.board
        var due = ContinuousClock.now
        var printer = try RecordPrinter(
            plan.subject.liveFields, as: format, listName: plan.subject.listName, to: output,
            on: terminal)
        var problem: String?
        var printed = 0
        board.refresh()
        while plan.count.map({ printed < $0 }) ?? true {
            repeat { due += plan.interval } while due <= .now
            Self.sleep(until: due)
            board.refresh()
            if let note = board.note, note != problem { Console.say(note) }
            problem = board.note
            let rows = plan.order.sorted(board.rows, isReversed: plan.isReversed)
            if format == .table {
                try print(board, rows, isFirst: printed == 0, to: output, on: terminal)
            } else {
                for row in rows { try printer.add(row) }
            }
            printed += 1
            try output.flush()
        }
        if format != .table { try printer.finish() }
    }

    private func print(
        _ board: LiveBoard, _ rows: [LiveRow], isFirst: Bool, to output: StandardOutput,
        on terminal: Terminal
    ) throws(OutputError) {
        let when = board.at?.description(in: .current) ?? ""
        let parts = [when] + LiveTotals(of: rows).parts
        let lines = WrappedParts.lines(of: parts, columns: terminal.columns ?? .max)
        try output.write((isFirst ? "" : "\n") + lines.joined(separator: "\n") + "\n")
        try printRecords(
            rows, plan.subject.liveFields, as: .table, listName: plan.subject.listName, to: output,
            on: terminal)
    }

    private static func sleep(until due: ContinuousClock.Instant) {
        while true {
            let rest = (due - .now).milliseconds
            guard rest >= 0 else { return }
            // Without descriptors a poll only waits; one that a signal cuts short is taken up again.
            _ = poll(nil, 0, Int32(min(rest + 1, 60_000)))
        }
    }
}
