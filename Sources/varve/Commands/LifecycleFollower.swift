internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// Prints the events of a catalog as they are written.
struct LifecycleFollower {
    let query: EventQuery
    let catalog: CatalogOptions
    let printing: PrintingOptions

    /// How often the catalog is asked whether anybody has written: a look at shared memory.
    private static let pause: Int32 = 250
    /// After so many looks, whether somebody's recorder was killed is looked at, too.
    private static let careInterval = 20

    /// Goes on until a signal, until nobody reads, or until the one run that is asked for has ended.
    func follow(_ reader: borrowing CatalogReader) throws {
        Interruption.expect()
        try printing.streaming { output, terminal in
            try print(from: reader, to: output, on: terminal)
        }
        if let number = Interruption.signalNumber { throw ExitCode(128 + number) }
    }

    private func print(
        from reader: borrowing CatalogReader, to output: StandardOutput, on terminal: Terminal
    ) throws {
        var version = try reader.dataVersion()
        var hasEnded = try self.hasEnded(by: reader)
        var (events, position) = try reader.events(matching: query)
        var printer = try StreamPrinter(
            EventFields.all(ofOneRun: query.run != nil), as: printing.format, to: output,
            on: terminal, withRoomFor: events.suffix(1_000) + [EventFields.typical])
        try printer.add(events)
        var looks = 0
        while !hasEnded, Interruption.signalNumber == nil {
            guard Interruption.pause(milliseconds: Self.pause, writingTo: 1) else { return }
            looks += 1
            if looks % Self.careInterval == 0 { try catalog.careFor(reader) }
            let now = try reader.dataVersion()
            guard now != version else { continue }
            version = now
            // Asked before: what is written together with the end is printed, too.
            hasEnded = try self.hasEnded(by: reader)
            (events, position) = try reader.events(matching: query, after: position)
            try printer.add(events)
        }
    }

    private func hasEnded(by reader: borrowing CatalogReader) throws -> Bool {
        guard let run = query.run else { return false }
        return try reader.hasEnded(run)
    }
}
