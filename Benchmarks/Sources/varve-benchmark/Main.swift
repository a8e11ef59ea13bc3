internal import Floors
internal import Foundation

/// `varve-benchmark`: measures what recording costs, against the least that it could cost.
@main
enum Main {
    static let usage = """
        varve-benchmark recorder [--hours 2] [--slots 1024]
            poll, fold, flush and seal against C that does the same
        varve-benchmark registry [--slots 1024] [--times 500] [--thresholds FILE]
            a write and a snapshot against C on the same registry; writes beside a reader against writes
            alone
        varve-benchmark sampler [--processes 50] [--times 500] [--thresholds FILE]
            one process and a tree of them against C that reads the same files
        varve-benchmark contention [--slots 1024] [--writers N] [--readers N] [--seconds 5]
            what a write takes with and without readers, on all processors; fails if a sample is torn
        varve-benchmark start --varve PATH [--times 50]
            the command's start, and what it adds to a program that it runs
        varve-benchmark codec [--thresholds FILE]
            blocks of a day of 100 sandboxes against varints
        varve-benchmark ten-days [--days 10] [--sandboxes 100] [--step 1]
                [--keep-detail DAYS] [--keep-summaries DAYS] [--check]
            days pushed through with a simulated clock; --check fails if anything keeps growing
        varve-benchmark idle-cost [--varve PATH] [--seconds 120] [--slots 1024] [--processes 1024]
            a real `varve record` beside active slots
        varve-benchmark scale-catalog [--runs 100000]
        varve-benchmark scale-recorder --varve PATH [--slots 10000] [--seconds 40]
        varve-benchmark scale-runs --varve PATH [--at-once 1000]
            what a growing number of runs, slots and programs costs, and by which power it grows
        varve-benchmark queries --day FILE [--times 20] [--only TEXT] [--plain] [--thresholds FILE]
            a day of 100 sandboxes (`day > FILE`) asked for series and peaks, against C that reads the
            same blocks; --plain against SQL on plain tables
        varve-benchmark process --day FILE --varve PATH [--sqlite3 PATH] [--times 100]
                [--thresholds FILE]
            a whole `varve query runs` against the sqlite3 shell
        varve-benchmark summary --results FILE
            what is wanted, and whether it is met, of all that was noted in FILE
        --thresholds fails if a ratio is higher than the file allows; --results notes in FILE what was
        measured, for the summary
        """

    static func main() {
        floor_print_by_lines()
        var arguments = CommandLine.arguments.dropFirst()
        let command = arguments.popFirst() ?? ""
        do {
            let options = try Options(arguments)
            switch command {
            case "recorder": try RecorderBenchmark(options).run()
            case "codec": try CodecBenchmark(options).run()
            case "ten-days": try TenDays(options).run()
            case "registry": try RegistryBenchmark(options).run()
            case "sampler": try SamplerBenchmark(options).run()
            case "contention": try ContentionBenchmark(options).run()
            case "start": try StartBenchmark(options).run()
            case "queries": try QueryBenchmark(options).run()
            case "process": try ProcessBenchmark(options).run()
            case "summary": try Report(options).printSummary()
            case "scale-catalog": try CatalogScale(options).run()
            case "scale-recorder": try RecorderScale(options).run()
            case "scale-runs": try RunScale(options).run()
            case "idle-cost": try IdleCost(options).run()
            default: throw UsageError()
            }
        } catch is UsageError {
            FileHandle.standardError.write(Data((usage + "\n").utf8))
            exit(64)
        } catch {
            FileHandle.standardError.write(Data("varve-benchmark: \(error)\n".utf8))
            exit(1)
        }
    }
}

struct UsageError: Error {}

/// A failed expectation, or something that the benchmark needs and does not find.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// `--name value` and `--flag`.
struct Options {
    private var values: [String: String] = [:]

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else { throw UsageError() }
            if let value = rest.first, !value.hasPrefix("--") {
                values[argument] = rest.removeFirst()
            } else {
                values[argument] = ""
            }
        }
    }

    func has(_ name: String) -> Bool { values["--" + name] != nil }

    func text(_ name: String) -> String? { values["--" + name] }

    func number(_ name: String, or standard: Int) throws -> Int {
        guard let text = values["--" + name] else { return standard }
        guard let number = Int(text), number > 0 else { throw UsageError() }
        return number
    }

    func decimal(_ name: String) throws -> Double? {
        guard let text = values["--" + name] else { return nil }
        guard let number = Double(text), number > 0 else { throw UsageError() }
        return number
    }
}
