internal import Foundation

/// What was measured: printed at once, and noted in the file that `--results` names for the summary of all
/// that several benchmarks found.
struct Report {
    private let path: String?

    init(_ options: Options) {
        path = options.text("results")
    }

    /// Something that was measured, in words.
    private struct Result: Codable {
        var what: String
        var ours: String
        var floor = "-"
        var ratio = "-"
        var allocations = "-"
        var systemCalls = "-"
        var wanted: String
        var isMet: Bool?

        var cells: [String] {
            [
                what, ours, floor, ratio, allocations, systemCalls, wanted,
                isMet.map { $0 ? "yes" : "no" } ?? "",
            ]
        }
    }

    private static let headings = [
        "what", "ours", "floor", "ratio", "allocations", "system calls", "wanted", "met",
    ]

    /// Prints a table of what things take beside their floors, each time.
    ///
    /// - Parameter hasTargets: `false` beside floors that nothing is wanted of.
    func add(_ comparisons: [Comparison], hasTargets: Bool = true) throws {
        var table = Table(Self.headings + ["times"])
        for comparison in comparisons {
            let target = hasTargets ? Target.of(comparison.what) : nil
            let result = Self.result(of: comparison, target)
            table.add(result.cells + ["\(comparison.ours.count)"])
            if target != nil { try note(result) }
        }
        table.print()
    }

    /// Notes something that has no floor; whoever measured it prints it.
    func add(_ what: String, _ found: String, wanted: String, isMet: Bool) throws {
        try note(Result(what: what, ours: found, wanted: wanted, isMet: isMet))
    }

    /// Prints all that was noted.
    func printSummary() throws {
        guard let path else { throw UsageError() }
        let lines = try Data(contentsOf: URL(fileURLWithPath: path)).split(
            separator: UInt8(ascii: "\n"))
        let results = try lines.map { try JSONDecoder().decode(Result.self, from: $0) }
        var table = Table(Self.headings)
        for result in results { table.add(result.cells) }
        table.print()
        print("\n\(results.count { $0.isMet == true }) of \(results.count) targets are met")
        print("Benchmarks/README.md says what the others are made of")
    }

    private static func result(of comparison: Comparison, _ target: Target?) -> Result {
        func count(_ number: Double?) -> String { number.map { Text.fixed($0, 2) } ?? "-" }
        return Result(
            what: comparison.what, ours: comparison.oursEach.map(Text.time) ?? "-",
            floor: comparison.floorEach.map(Text.time) ?? "-", ratio: count(comparison.ratio),
            allocations: count(comparison.allocationsEach),
            systemCalls: count(comparison.systemCalls), wanted: target?.text ?? "",
            isMet: target?.isMet(by: comparison))
    }

    private func note(_ result: Result) throws {
        guard let path else { return }
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw BenchmarkError("cannot write '\(path)'")
            }
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: JSONEncoder().encode(result) + Data("\n".utf8))
        try file.close()
    }
}
