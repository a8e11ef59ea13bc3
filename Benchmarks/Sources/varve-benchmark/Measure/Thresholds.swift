internal import Foundation

/// The highest ratios that rows of tables may have, by their names: `thresholds.json`.
///
/// They are wide enough for a machine that is busy, and fail when something has become much slower than
/// it was beside its floor.
struct Thresholds {
    private let path: String
    private let highest: [String: Double]

    /// Those of the file that `--thresholds` names; `nil` without it.
    init?(_ options: Options) throws {
        guard let path = options.text("thresholds") else { return nil }
        self.path = path
        do {
            highest = try JSONDecoder().decode(
                [String: Double].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw BenchmarkError("cannot read the thresholds in '\(path)': \(error)")
        }
    }

    /// Says of each row that has a threshold whether it keeps it.
    ///
    /// - Throws: ``BenchmarkError`` if a ratio is higher, or if nothing was measured of which the file
    ///   speaks.
    func check(_ comparisons: [Comparison]) throws {
        let known = comparisons.compactMap { comparison in
            comparison.ratio.flatMap { ratio in
                highest[comparison.what].map { (comparison.what, ratio, $0) }
            }
        }
        guard !known.isEmpty else {
            throw BenchmarkError("'\(path)' has no threshold for any of these rows")
        }
        let exceeded = known.filter { $0.1 > $0.2 }.map { what, ratio, highest in
            "'\(what)' takes \(Text.fixed(ratio, 2)) times its floor, and may take "
                + "\(Text.fixed(highest, 2)) times"
        }
        guard exceeded.isEmpty else {
            throw BenchmarkError(exceeded.joined(separator: "\nvarve-benchmark: "))
        }
        print("\n\(known.count) ratios are within their thresholds")
    }
}
