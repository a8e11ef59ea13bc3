internal import Foundation

/// A real `varve record` at several numbers of slots, each with a sample each second.
struct RecorderScale {
    private let varve: String
    private let seconds: Int
    private let sizes: [Int]

    init(_ options: Options) throws {
        varve = options.text("varve") ?? ""
        seconds = try options.number("seconds", or: 40)
        let largest = try options.number("slots", or: 10_000)
        sizes = [10, 4, 2, 1].map { largest / $0 }.filter { $0 > 0 }
    }

    func run() throws {
        var measured: [RecorderAtWork.Figures] = []
        for size in sizes {
            print("recording \(size) slots for \(seconds) s …")
            measured.append(
                try RecorderAtWork(
                    varve: varve, slotCount: size, processCount: min(size, 1024), seconds: seconds
                ).measure())
        }
        var table = GrowthTable(sizes)
        table.add("processor, of each second", .seconds, measured.map(\.processorShare))
        table.add(
            "processor, of each slot and second", .seconds,
            zip(measured, sizes).map { $0.processorShare / Double($1) })
        table.add("memory, peak", .bytes, measured.map { Double($0.peakResidentBytes) })
        table.add("file and log, once it ended", .bytes, measured.map { Double($0.databaseBytes) })
        table.add("samples kept, of those written", .number, measured.map(\.sampleShare))
        print("")
        table.print("slots, a sample each second")
    }
}
