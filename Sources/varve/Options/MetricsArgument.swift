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
        var metrics: [Metric] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let meant = Self.metrics(named: String(word)) else { return nil }
            for metric in meant where !metrics.contains(metric) { metrics.append(metric) }
        }
        self.init(metrics: metrics, text: argument)
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
