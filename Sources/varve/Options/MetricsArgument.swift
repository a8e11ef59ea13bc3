internal import ArgumentParser
internal import HistoryModel

/// Metrics on the command line: `cpu,memory,disk,net`, or any metric's own name, or `all`.
struct MetricsArgument: ExpressibleByArgument {
    /// What is meant, each once.
    let metrics: [Metric]
    private let text: String

    /// CPU, memory, disk and net.
    static let standard = MetricsArgument(
        metrics: [.cpu, .memory, .diskRead, .diskWrite, .netRx, .netTx],
        text: "cpu,memory,disk,net")

    private init(metrics: [Metric], text: String) {
        self.metrics = metrics
        self.text = text
    }

    init?(argument: String) {
        guard let understood = try? Self.parse(argument) else { return nil }
        self = understood
    }

    /// Understands `argument`, for an option that names the word it does not know.
    ///
    /// - Throws: ``UnknownWord`` with the names that there are.
    @Sendable static func parse(_ argument: String) throws -> MetricsArgument {
        var metrics: [Metric] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let meant = Self.metrics(named: String(word)) else {
                throw UnknownWord(String(word), among: allValueStrings)
            }
            for metric in meant where !metrics.contains(metric) { metrics.append(metric) }
        }
        return MetricsArgument(metrics: metrics, text: argument)
    }

    private static func metrics(named word: String) -> [Metric]? {
        switch word {
        case "all": Metric.allCases
        case "disk": [.diskRead, .diskWrite]
        case "net": [.netRx, .netTx]
        default: Metric(rawValue: word).map { [$0] }
        }
    }

    var defaultValueDescription: String { text }

    static var allValueStrings: [String] {
        ["all", "disk", "net"] + Metric.allCases.map(\.rawValue)
    }
}
