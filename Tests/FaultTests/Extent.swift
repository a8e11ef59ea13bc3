import Foundation

/// How much is tried: a sample, or all of it with `VARVE_FAULTS=all`.
enum Extent {
    static let isWhole = ProcessInfo.processInfo.environment["VARVE_FAULTS"] == "all"

    /// At most so many of something.
    static func atMost(_ limit: Int) -> Int? { isWhole ? nil : limit }

    /// Prints what was found where all of it is tried: somebody looks then.
    static func tell(_ sentence: String, _ counts: [String: Int] = [:]) {
        guard isWhole else { return }
        let lines = counts.sorted { $0.key < $1.key }.map { "    \($0.value) × \($0.key)" }
        print(([sentence] + lines).joined(separator: "\n"))
    }
}
